package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// tagKeyValues is how many values TagKeys gives for each key.
const tagKeyValues = 10

// TagKeys implements store.StatsReader. It finds the keys first, one step in
// the index each, and then reads the values of those it returns: reading every
// value of every key takes as long as there are values.
func (s *Store) TagKeys(ctx context.Context, f store.StatsFilter, limit int) (list []store.TagDistribution, err error) {
	f, err = settled(f)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(c conn) error {
		keys, err := tagKeys(ctx, c, f, limit)
		if err != nil || len(keys) == 0 {
			return err
		}
		newest, err := newestHour(ctx, c, f.ProjectID)
		if err != nil {
			return err
		}
		w := where{args: newDaySpans(f.Range, newest).args(f.ProjectID)}
		within := w.numbered(" AND tag IN ("+question(len(keys))+")", anys(keys)...)
		return c.each(ctx, w.frequentValues(fromDaySpans("tag, value, count, last_seen", within), tagKeyValues), w.args, func(r scanner) error {
			var key string
			var v store.TagCount
			var total int64
			err := r.Scan(&key, &v.Value, &v.Count, &v.LastSeen, &total)
			if n := len(list); n == 0 || list[n-1].Key != key {
				list = append(list, store.TagDistribution{Key: key, Total: total})
			}
			if v.Value != rollup.OtherValue {
				last := &list[len(list)-1]
				last.Values = append(last.Values, v)
			}
			return err
		})
	})
	return list, err
}

// frequentValues is a query of the most frequent values of each tag, by key and
// falling count, and of how many its tag has. Other values come last of all.
// Ranking them here spares passing thousands of a tag like user.
func (w *where) frequentValues(from string, perTag int) string {
	return "SELECT tag, value, n, last_seen, total FROM (SELECT tag, value, n, last_seen, CAST(SUM(n) OVER (PARTITION BY tag) AS BIGINT) AS total, " +
		"ROW_NUMBER() OVER (PARTITION BY tag ORDER BY value = '', n DESC, value) AS place FROM (" +
		"SELECT tag, value, CAST(SUM(count) AS BIGINT) AS n, MAX(last_seen) AS last_seen FROM " + from + " GROUP BY tag, value) AS sums) AS ranked" +
		w.numbered(" WHERE place <= ? ORDER BY tag, place", perTag)
}

// tagKeys lists the first keys, by name, that have a value on one of the range's days.
func tagKeys(ctx context.Context, c conn, f store.StatsFilter, limit int) ([]string, error) {
	first, last := hours(f.Range)
	return all(ctx, c, func(r scanner) (key string, err error) { return key, r.Scan(&key) },
		`WITH RECURSIVE keys (tag) AS (
			SELECT MIN(tag) FROM tag_days WHERE project_id = $1
			UNION ALL SELECT (SELECT MIN(g.tag) FROM tag_days g WHERE g.project_id = $1 AND g.tag > keys.tag) FROM keys WHERE keys.tag IS NOT NULL)
		SELECT tag FROM keys WHERE tag IS NOT NULL AND EXISTS (SELECT 1 FROM tag_days g WHERE g.project_id = $1 AND g.tag = keys.tag AND g.day >= $2 AND g.day <= $3) LIMIT $4`,
		f.ProjectID, first/24, last/24, limit)
}
