package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/store"
)

// tagKeyValues is how many values ProjectTags gives for each key.
const tagKeyValues = 10

// TagValues implements store.StatsReader. The fields that are searched like
// tags have no counters of their own, but those of the issues.
func (s *Store) TagValues(ctx context.Context, f store.StatsFilter, key string, limit int) (store.TagDistribution, error) {
	values := store.TagDistribution{Key: key}
	f, err := settled(f)
	if err != nil {
		return values, err
	}
	counts := tagSums{}
	err = s.read(ctx, func(c conn) error {
		if column, ok := searchedColumns[key]; ok {
			return addColumnValues(ctx, c, f, key, column, counts)
		}
		return addProjectTags(ctx, c, f, []string{key}, counts)
	})
	if keys := counts.distributions(limit); len(keys) > 0 {
		values = keys[0]
	}
	return values, err
}

// TagKeys implements store.StatsReader.
func (s *Store) TagKeys(ctx context.Context, f store.StatsFilter, limit int) (keys []string, err error) {
	if f, err = settled(f); err != nil {
		return nil, err
	}
	err = s.readOne(ctx, func(c conn) error {
		keys, err = tagKeys(ctx, c, f, limit)
		return err
	})
	return keys, err
}

// ProjectTags implements store.StatsReader. It finds the keys first, one step in
// the index each, and then reads the values of those it returns: reading every
// value of every key takes as long as there are values.
func (s *Store) ProjectTags(ctx context.Context, f store.StatsFilter, limit int) ([]store.TagDistribution, error) {
	f, err := settled(f)
	if err != nil {
		return nil, err
	}
	counts := tagSums{}
	err = s.read(ctx, func(c conn) error {
		keys, err := tagKeys(ctx, c, f, limit)
		if err != nil || len(keys) == 0 {
			return err
		}
		return addProjectTags(ctx, c, f, keys, counts)
	})
	return counts.distributions(tagKeyValues), err
}

// addProjectTags adds the counters of some keys in a range. A month has
// thousands of a tag like user: adding them up here takes half as long as
// having either database group, order or rank them.
func addProjectTags(ctx context.Context, c conn, f store.StatsFilter, keys []string, counts tagSums) error {
	newest, err := newestHour(ctx, c, f.ProjectID)
	if err != nil {
		return err
	}
	w := where{}
	var parts []string
	for _, s := range countSpans("tag", newDaySpans(f.Range, newest)) {
		parts = append(parts, w.numbered("SELECT tag, value, count, last_seen FROM "+s.table+" WHERE project_id = ? AND tag IN ("+question(len(keys))+") AND "+s.bucket+" >= ? AND "+s.bucket+" <= ?",
			slices.Concat([]any{f.ProjectID}, anys(keys), []any{s.first, s.last})...))
	}
	return counts.addRows(ctx, c, projectTags, strings.Join(parts, " UNION ALL "), w.args)
}

// addColumnValues adds the values of one of searchedColumns as those of a key, by the events of their issues in a range.
func addColumnValues(ctx context.Context, c conn, f store.StatsFilter, key, column string, counts tagSums) error {
	w := issuesSeen(f)
	counted, err := countedIssues(ctx, c, w, f.ProjectID, countColumn{"n", f.Range})
	if err != nil {
		return err
	}
	query := "WITH " + counted + w.numbered(" SELECT CAST(? AS TEXT), ", key) + column + ", CAST(SUM(n) AS BIGINT), MAX(last_seen) FROM counted JOIN issues ON id = counted_id WHERE n > 0 AND " + column + " <> '' GROUP BY " + column
	return counts.addRows(ctx, c, projectTags, query, w.args)
}

// tagKeys lists the first keys, by name, that have a counted value on one of the range's days.
func tagKeys(ctx context.Context, c conn, f store.StatsFilter, limit int) ([]string, error) {
	first, last := hours(f.Range)
	return all(ctx, c, func(r scanner) (key string, err error) { return key, r.Scan(&key) },
		`WITH RECURSIVE keys (tag) AS (
			SELECT MIN(tag) FROM tag_days WHERE project_id = $1
			UNION ALL SELECT (SELECT MIN(g.tag) FROM tag_days g WHERE g.project_id = $1 AND g.tag > keys.tag) FROM keys WHERE keys.tag IS NOT NULL)
		SELECT tag FROM keys WHERE tag IS NOT NULL AND EXISTS (SELECT 1 FROM tag_days g WHERE g.project_id = $1 AND g.tag = keys.tag AND g.day >= $2 AND g.day <= $3 AND g.value <> '') LIMIT $4`,
		f.ProjectID, first/24, last/24, limit)
}
