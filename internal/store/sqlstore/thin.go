package sqlstore

import (
	"context"
	"errors"

	"github.com/mesher/mesher/internal/store"
)

// Thin implements store.Retention.
func (s *Store) Thin(ctx context.Context, projectID int64) (store.Usage, error) {
	days, err := s.projectDays(ctx, projectID)
	if err != nil {
		return store.Usage{}, err
	}
	for _, d := range days {
		n, err := s.thinDay(ctx, d, projectID)
		if err != nil {
			return store.Usage{}, err
		}
		if n > 0 {
			return s.shrink(ctx, d, projectID, n)
		}
	}
	if len(days) == 0 {
		return store.Usage{}, nil
	}
	return s.dropOldest(ctx, days[0], projectID)
}

// projectDays lists the days of a project that hold anything, oldest first.
func (s *Store) projectDays(ctx context.Context, projectID int64) (days []day, err error) {
	err = s.read(ctx, func(c conn) error {
		days, err = all(ctx, c, func(r scanner) (d day, err error) { return d, r.Scan(&d) },
			"SELECT day FROM project_days WHERE project_id = $1 ORDER BY day", projectID)
		return err
	})
	return days, err
}

// thinDay deletes events of the most frequent issue of a day, between its first and its last.
func (s *Store) thinDay(ctx context.Context, d day, projectID int64) (n int64, err error) {
	sources, err := s.events.sources(ctx, nil, d.firstID(), (d + 1).firstID())
	if err != nil {
		return 0, err
	}
	for _, src := range sources {
		err = src.write(ctx, func(c conn) error {
			var issueID, first, last int64
			err := c.row(ctx, `SELECT issue_id, MIN(id), MAX(id) FROM events WHERE project_id = $1 AND id >= $2 AND id < $3
				GROUP BY issue_id HAVING COUNT(*) > 2 ORDER BY COUNT(*) DESC LIMIT 1`, []any{projectID, src.from, src.until}, &issueID, &first, &last)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			m := eventMatch{projectID: projectID, issueIDs: []int64{issueID}}
			refs, err := m.refs(ctx, c, span{from: first + 1, until: last, ascending: true, limit: choreStep})
			n = int64(len(refs))
			if err != nil {
				return err
			}
			return s.removeRefs(ctx, c, refs)
		})
		if err != nil || n > 0 {
			break
		}
	}
	return n, s.finish(err)
}

// shrink takes the average size of n events off the project's usage.
func (s *Store) shrink(ctx context.Context, d day, projectID, n int64) (store.Usage, error) {
	removed := store.Usage{Events: n}
	err := s.write(ctx, func(c conn) error {
		var before store.Usage
		if err := c.row(ctx, "SELECT events, logs, bytes FROM project_days WHERE project_id = $1 AND day = $2", []any{projectID, int64(d)}, &before.Events, &before.Logs, &before.Bytes); err != nil {
			return err
		}
		removed.Bytes = before.Bytes / max(before.Events+before.Logs, 1) * n
		_, err := c.exec(ctx, "UPDATE project_days SET events = events - $1, bytes = bytes - $2 WHERE project_id = $3 AND day = $4", n, removed.Bytes, projectID, int64(d))
		return err
	})
	return removed, err
}

// dropOldest removes what is left of a project's oldest day.
func (s *Store) dropOldest(ctx context.Context, d day, projectID int64) (removed store.Usage, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT events, logs, bytes FROM project_days WHERE project_id = $1 AND day = $2", []any{projectID, int64(d)}, &removed.Events, &removed.Logs, &removed.Bytes)
	})
	if err != nil {
		return removed, err
	}
	for {
		n, err := s.deletePart(ctx, d, projectID)
		if err != nil {
			return removed, err
		}
		if n == 0 {
			return removed, s.expireProject(ctx, d, projectID)
		}
	}
}
