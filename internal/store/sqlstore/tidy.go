package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/rollup"
)

// For how many days rollups are kept: minutes as long as charts read them,
// the ledger by minute a quarter, hours long enough to compare a year with the last.
const (
	ledgerDays = 92
	rollupDays = 760
)

// daysAhead is how many partitions exist before their day begins.
const daysAhead = 3

// Tidy implements store.Retention.
func (s *Store) Tidy(ctx context.Context, now int64) error {
	return errors.Join(s.dropRollups(ctx, now), s.foldTags(ctx, now), s.dropPatterns(ctx, now-patternDays*rollup.Day*1_000_000), s.prepareAhead(ctx, now), s.dropNotifications(ctx, now), s.events.compact(ctx, now))
}

// SettleWords implements store.Housekeeper.
func (s *Store) SettleWords(ctx context.Context) error { return s.events.settle(ctx) }

// dropRollups goes project by project: that is the order of every index these
// tables have, and no writer waits for more than one project's rows.
func (s *Store) dropRollups(ctx context.Context, now int64) error {
	var projects []int64
	err := s.read(ctx, func(c conn) (err error) {
		projects, err = all(ctx, c, scanID, "SELECT id FROM projects UNION SELECT project_id FROM project_counters ORDER BY 1")
		return err
	})
	for _, id := range projects {
		if err == nil {
			err = s.write(ctx, func(c conn) error { return dropProjectRollups(ctx, c, id, now) })
		}
	}
	if err != nil {
		return fmt.Errorf("drop old rollups: %w", err)
	}
	return nil
}

func dropProjectRollups(ctx context.Context, c conn, projectID, now int64) error {
	hour := rollup.Bucket(now, rollup.Hour)
	for _, old := range []struct {
		rows   string
		before int64
	}{
		{"project_minutes WHERE project_id = $1 AND bucket < $2", rollup.Bucket(now, rollup.Minute) - rollup.MinutesKept/rollup.Minute},
		{"ledger WHERE project_id = $1 AND minute < $2", rollup.Bucket(now, rollup.Minute) - ledgerDays*rollup.Day/rollup.Minute},
		{"ledger_hours WHERE project_id = $1 AND hour < $2", hour - rollupDays*24},
		{"project_hours WHERE project_id = $1 AND bucket < $2", hour - rollupDays*24},
		{"issue_hours WHERE project_id = $1 AND hour < $2", hour - rollupDays*24},
		{"tag_hours WHERE project_id = $1 AND hour < $2", hour - rollupDays*24},
		{"issue_days WHERE project_id = $1 AND day < $2", hour/24 - rollupDays},
		{"tag_days WHERE project_id = $1 AND day < $2", hour/24 - rollupDays},
		{"project_users WHERE project_id = $1 AND hour < $2", hour - rollupDays*24},
		{"attachment_days WHERE project_id = $1 AND day < $2", hour/24 - ledgerDays},
	} {
		if _, err := c.exec(ctx, "DELETE FROM "+old.rows, projectID, old.before); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) prepareAhead(ctx context.Context, now int64) error {
	today := day(rollup.Bucket(now, rollup.Day))
	var days []day
	for n := range day(daysAhead + 1) {
		days = append(days, today+n)
	}
	return s.events.prepare(ctx, days)
}
