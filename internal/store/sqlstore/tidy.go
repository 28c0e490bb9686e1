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
	return errors.Join(s.dropRollups(ctx, now), s.dropPatterns(ctx, now-patternDays*rollup.Day*1_000_000), s.prepareAhead(ctx, now), s.dropNotifications(ctx, now), s.events.compact(ctx, now))
}

func (s *Store) dropRollups(ctx context.Context, now int64) error {
	hour := rollup.Bucket(now, rollup.Hour)
	for _, old := range []struct {
		statement string
		before    int64
	}{
		{"DELETE FROM project_minutes WHERE bucket < $1", rollup.Bucket(now, rollup.Minute) - rollup.MinutesKept/rollup.Minute},
		{"DELETE FROM ledger WHERE minute < $1", rollup.Bucket(now, rollup.Minute) - ledgerDays*rollup.Day/rollup.Minute},
		{"DELETE FROM project_hours WHERE bucket < $1", hour - rollupDays*24},
		{"DELETE FROM issue_hours WHERE hour < $1", hour - rollupDays*24},
		{"DELETE FROM tag_hours WHERE hour < $1", hour - rollupDays*24},
		{"DELETE FROM issue_days WHERE day < $1", hour/24 - rollupDays},
		{"DELETE FROM tag_days WHERE day < $1", hour/24 - rollupDays},
		{"DELETE FROM project_users WHERE hour < $1", hour - rollupDays*24},
	} {
		if err := s.write(ctx, func(c conn) error {
			_, err := c.exec(ctx, old.statement, old.before)
			return err
		}); err != nil {
			return fmt.Errorf("drop old rollups: %w", err)
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
