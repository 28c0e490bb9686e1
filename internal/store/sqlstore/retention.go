package sqlstore

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// Expire implements store.Retention.
func (s *Store) Expire(ctx context.Context, keep map[int64]int64, others int64) (more bool, err error) {
	days, err := s.events.days(ctx)
	if err != nil {
		return false, err
	}
	for i := len(days) - 1; i >= 0; i-- {
		more, err := s.expireDay(ctx, days[i], keep, others)
		if more || err != nil {
			return more, err
		}
	}
	return false, nil
}

func (s *Store) expireDay(ctx context.Context, d day, keep map[int64]int64, others int64) (more bool, err error) {
	projects, err := s.projectsOf(ctx, d)
	if err != nil {
		return false, err
	}
	var over []int64
	for _, p := range projects {
		limit, ok := keep[p]
		if !ok {
			limit = others
		}
		if rollup.Start(int64(d)+1, rollup.Day) <= limit {
			over = append(over, p)
		}
	}
	switch {
	case len(projects) == 0 && rollup.Start(int64(d)+1, rollup.Day) > others:
		return false, nil // today, before its first event, or a day ahead
	case len(over) == len(projects):
		return true, s.dropDay(ctx, d)
	case len(over) == 0:
		return false, nil
	}
	return true, s.expireProject(ctx, d, over[0])
}

func (s *Store) projectsOf(ctx context.Context, d day) (ids []int64, err error) {
	err = s.read(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, "SELECT project_id FROM project_days WHERE day = $1 ORDER BY project_id", int64(d))
		return err
	})
	return ids, err
}

func (s *Store) dropDay(ctx context.Context, d day) error {
	if err := s.events.drop(ctx, d); err != nil {
		return fmt.Errorf("drop events of %v: %w", d, err)
	}
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "DELETE FROM project_days WHERE day = $1", int64(d))
		return err
	})
}

// expireProject deletes a part of a project's rows of a day, and its usage with the last of them.
func (s *Store) expireProject(ctx context.Context, d day, projectID int64) error {
	n, err := s.deletePart(ctx, d, projectID)
	if err != nil || n > 0 {
		return err
	}
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "DELETE FROM project_days WHERE project_id = $1 AND day = $2", projectID, int64(d))
		return err
	})
}

func (s *Store) deletePart(ctx context.Context, d day, projectID int64) (n int64, err error) {
	sources, err := s.events.sources(ctx, nil, d.firstID(), (d + 1).firstID())
	if err != nil {
		return 0, err
	}
	m := &eventMatch{projectID: projectID}
	for _, src := range sources {
		if n, err = s.deleteIn(ctx, src, m); err == nil && n == 0 {
			n, err = s.deleteLogsIn(ctx, src, projectID)
		}
		if err != nil || n > 0 {
			break
		}
	}
	return n, s.finish(err)
}

const usageColumns = "COUNT(*), CAST(COALESCE(SUM(events), 0) AS BIGINT), CAST(COALESCE(SUM(logs), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)"

// Usage implements store.Retention.
func (s *Store) Usage(ctx context.Context, projectID int64) (u store.Usage, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT "+usageColumns+" FROM project_days WHERE project_id = $1", []any{projectID}, &u.Days, &u.Events, &u.Logs, &u.Bytes)
	})
	return u, err
}

// Expirable implements store.Retention.
func (s *Store) Expirable(ctx context.Context, projectID, before int64) (u store.Usage, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT "+usageColumns+" FROM project_days WHERE project_id = $1 AND day < $2",
			[]any{projectID, rollup.Bucket(before, rollup.Day)}, &u.Days, &u.Events, &u.Logs, &u.Bytes)
	})
	return u, err
}

// DiskBytes implements store.Retention.
func (s *Store) DiskBytes(ctx context.Context) (total int64, err error) {
	if s.d.name == "postgres" {
		err = s.read(ctx, func(c conn) error {
			return c.row(ctx, "SELECT pg_database_size(current_database())", nil, &total)
		})
		return total, err
	}
	days, err := s.events.days(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range days {
		size, err := s.events.size(ctx, d)
		if err != nil {
			return 0, err
		}
		total += size
	}
	return total + s.files.size(s.files.path(mainFile)), nil
}
