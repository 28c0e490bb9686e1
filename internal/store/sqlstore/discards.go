package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

// ListDiscards implements store.Discards.
func (s *Store) ListDiscards(ctx context.Context, projectID int64) (list []store.Discard, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (store.Discard, error) {
			var d store.Discard
			err := r.Scan(&d.ID, &d.ProjectID, &d.Title, &d.CreatedAt, &d.CreatedBy, &d.Count, &d.LastAt)
			return d, err
		}, "SELECT id, project_id, title, created_at, created_by, count, last_at FROM discards WHERE project_id = $1 ORDER BY id DESC LIMIT 1000", projectID)
		return err
	})
	return list, err
}

// DeleteDiscard implements store.Discards.
func (s *Store) DeleteDiscard(ctx context.Context, projectID, id int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "DELETE FROM discards WHERE project_id = $1 AND id = $2", projectID, id); err != nil {
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM issue_hashes WHERE discard_id = $1", id)
		return err
	})
}
