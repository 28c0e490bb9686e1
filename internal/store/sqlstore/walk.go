package sqlstore

import (
	"context"
	"math"
)

// eachEvents goes through the events of a source by id, up to so many at a time, with their summaries.
func (s *Store) eachEvents(ctx context.Context, c conn, atOnce int, fn func([]eventRef, []summary) error) error {
	for after := int64(-1); ; {
		refs, err := all(ctx, c, scanEventRef, "SELECT "+eventRefColumns+" FROM events r WHERE r.id > $1 ORDER BY r.id LIMIT $2", after, atOnce)
		if err != nil || len(refs) == 0 {
			return err
		}
		summaries, err := s.loadSummaries(ctx, c, refs)
		if err != nil {
			return err
		}
		if err := fn(refs, summaries); err != nil {
			return err
		}
		after = refs[len(refs)-1].id
	}
}

// eachLogs goes through the blocks of a source's log entries, some at a time, with the rows of their entries made anew.
func (s *Store) eachLogs(ctx context.Context, c conn, fn func([]blockRecord, []logRecord) error) error {
	return eachBlock(ctx, c, "SELECT id, project_id, entries FROM log_blocks WHERE id > $1 ORDER BY id LIMIT 50", func(r scanner) (blockRecord, error) {
		var b blockRecord
		return b, r.Scan(&b.id, &b.projectID, &b.payloads)
	}, func(blocks []blockRecord) error {
		var logs []logRecord
		for _, b := range blocks {
			records, err := s.logRecords(b)
			if err != nil {
				return err
			}
			logs = append(logs, records...)
		}
		return fn(blocks, logs)
	})
}

func eachBlock(ctx context.Context, c conn, query string, scan func(scanner) (blockRecord, error), put func([]blockRecord) error) error {
	for after := int64(math.MinInt64); ; {
		blocks, err := all(ctx, c, scan, query, after)
		if err != nil || len(blocks) == 0 {
			return err
		}
		if err := put(blocks); err != nil {
			return err
		}
		after = blocks[len(blocks)-1].id
	}
}
