package sqlstore

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/rollup"
)

// dayValues is how many values of a tag a finished day counts one by one. An
// hour admits hourValues of them as they come, so a day may have 24 times as
// many; a chart over a month would read them all.
const dayValues = 100

// foldTags keeps the most frequent values of each tag of finished days, and
// counts the rest together. A day is finished when the next one is over, as
// events may come late. It goes tag by tag, so that writers wait briefly.
func (s *Store) foldTags(ctx context.Context, now int64) error {
	var days []projectDay
	err := s.read(ctx, func(c conn) (err error) {
		days, err = all(ctx, c, func(r scanner) (d projectDay, err error) { return d, r.Scan(&d.projectID, &d.day) },
			"SELECT project_id, day FROM project_days WHERE tags_folded = 0 AND day < $1 ORDER BY day, project_id", rollup.Bucket(now, rollup.Day)-1)
		return err
	})
	for _, d := range days {
		if err == nil {
			err = s.foldDay(ctx, d)
		}
	}
	if err != nil {
		return fmt.Errorf("fold tag values: %w", err)
	}
	return nil
}

func (s *Store) foldDay(ctx context.Context, d projectDay) error {
	var crowded []string
	err := s.read(ctx, func(c conn) (err error) {
		crowded, err = all(ctx, c, func(r scanner) (tag string, err error) { return tag, r.Scan(&tag) },
			"SELECT tag FROM tag_days WHERE project_id = $1 AND day = $2 AND value <> '' GROUP BY tag HAVING COUNT(*) > $3 ORDER BY tag", d.projectID, int64(d.day), dayValues)
		return err
	})
	if err != nil {
		return err
	}
	for _, tag := range crowded {
		if err := s.write(ctx, func(c conn) error { return foldTag(ctx, c, d, tag) }); err != nil {
			return err
		}
	}
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "UPDATE project_days SET tags_folded = 1 WHERE project_id = $1 AND day = $2", d.projectID, int64(d.day))
		return err
	})
}

func foldTag(ctx context.Context, c conn, d projectDay, tag string) error {
	var rest rollup.TagCount
	err := c.each(ctx, `DELETE FROM tag_days WHERE project_id = $1 AND day = $2 AND tag = $3 AND value <> '' AND value NOT IN (
			SELECT value FROM tag_days WHERE project_id = $1 AND day = $2 AND tag = $3 AND value <> '' ORDER BY count DESC, value LIMIT $4)
		RETURNING count, last_seen`, []any{d.projectID, int64(d.day), tag, dayValues}, func(r scanner) error {
		var n rollup.TagCount
		err := r.Scan(&n.Count, &n.LastSeen)
		rest = rest.Plus(n)
		return err
	})
	if err != nil {
		return err
	}
	return c.insert(ctx, insert{
		into: "INSERT INTO tag_days (project_id, tag, day, value, count, last_seen) VALUES",
		rows: [][]any{{d.projectID, tag, int64(d.day), rollup.OtherValue, rest.Count, rest.LastSeen}},
		then: addToTagDay,
	})
}

// addToTagDay ends an insert into tag_days that counts on.
const addToTagDay = "ON CONFLICT (project_id, tag, day, value) DO UPDATE SET count = tag_days.count + excluded.count, last_seen = CASE WHEN excluded.last_seen > tag_days.last_seen THEN excluded.last_seen ELSE tag_days.last_seen END"
