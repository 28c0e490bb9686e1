package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
)

const keyColumns = "id, project_id, public_key, label, active, rate_limit_per_minute, created_at, last_used_at"

func scanKey(r scanner) (org.Key, error) {
	var k org.Key
	var active int
	err := r.Scan(keyFields(&k, &active)...)
	k.Active = active == 1
	return k, err
}

func keyFields(k *org.Key, active *int) []any {
	return []any{&k.ID, &k.ProjectID, &k.Public, &k.Label, active, &k.RateLimitPerMinute, &k.CreatedAt, &k.LastUsedAt}
}

// ListKeys implements store.Keys.
func (s *Store) ListKeys(ctx context.Context, projectID int64) (rows []org.Key, err error) {
	err = s.read(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanKey, "SELECT "+keyColumns+" FROM project_keys WHERE project_id = $1 ORDER BY id", projectID)
		return err
	})
	return rows, err
}

// GetKey implements store.Keys.
func (s *Store) GetKey(ctx context.Context, projectID, id int64) (k org.Key, err error) {
	err = s.read(ctx, func(c conn) error {
		k, err = one(ctx, c, scanKey, "SELECT "+keyColumns+" FROM project_keys WHERE project_id = $1 AND id = $2", projectID, id)
		return err
	})
	return k, err
}

// FirstKeys implements store.Keys.
func (s *Store) FirstKeys(ctx context.Context, projectIDs []int64) (map[int64]org.Key, error) {
	keys := map[int64]org.Key{}
	if len(projectIDs) == 0 {
		return keys, nil
	}
	err := s.read(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT "+keyColumns+" FROM project_keys WHERE active = 1 AND project_id IN (…) ORDER BY id DESC", unique(projectIDs), func(r scanner) error {
			k, err := scanKey(r)
			keys[k.ProjectID] = k // the oldest comes last
			return err
		})
	})
	return keys, err
}

// CreateKey implements store.Keys.
func (s *Store) CreateKey(ctx context.Context, k org.Key) (org.Key, error) {
	err := s.write(ctx, func(c conn) (err error) {
		k, err = insertKey(ctx, c, k)
		return err
	})
	return k, err
}

func insertKey(ctx context.Context, c conn, k org.Key) (org.Key, error) {
	return one(ctx, c, scanKey, `INSERT INTO project_keys (project_id, public_key, label, active, rate_limit_per_minute, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+keyColumns,
		k.ProjectID, k.Public, k.Label, flag(k.Active), k.RateLimitPerMinute, k.CreatedAt)
}

// UpdateKey implements store.Keys.
func (s *Store) UpdateKey(ctx context.Context, before, after org.Key) error {
	return s.revise(ctx, `UPDATE project_keys SET label = $1, active = $2, rate_limit_per_minute = $3 WHERE project_id = $4 AND id = $5
		AND label = $6 AND active = $7 AND rate_limit_per_minute = $8`,
		after.Label, flag(after.Active), after.RateLimitPerMinute, after.ProjectID, after.ID, before.Label, flag(before.Active), before.RateLimitPerMinute)
}

// DeleteKey implements store.Keys.
func (s *Store) DeleteKey(ctx context.Context, projectID, id int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "DELETE FROM project_keys WHERE project_id = $1 AND id = $2", projectID, id)
	})
}

// KeyByPublic implements store.Keys.
func (s *Store) KeyByPublic(ctx context.Context, public string) (org.Key, org.Project, error) {
	var k org.Key
	var p org.Project
	var active int
	var settings string
	err := s.readOne(ctx, func(c conn) error {
		return c.row(ctx, `SELECT k.id, k.project_id, k.public_key, k.label, k.active, k.rate_limit_per_minute, k.created_at, k.last_used_at,
				p.id, p.organization_id, p.slug, p.name, p.platform, p.settings, p.version, p.created_at, p.first_event_at
			FROM project_keys k JOIN projects p ON p.id = k.project_id WHERE k.public_key = $1 AND p.deleted_at = 0`,
			[]any{public}, append(keyFields(&k, &active), projectFields(&p, &settings)...)...)
	})
	if err != nil {
		return k, p, err
	}
	k.Active = active == 1
	return k, p, readSettings(&p, settings)
}

// TouchKeys implements store.Keys.
func (s *Store) TouchKeys(ctx context.Context, usedAt map[int64]int64) error {
	return s.write(ctx, func(c conn) error {
		for _, id := range sortedKeys(usedAt) { // in order, so that two nodes cannot deadlock
			if _, err := c.exec(ctx, "UPDATE project_keys SET last_used_at = $1 WHERE id = $2 AND last_used_at < $1", usedAt[id], id); err != nil {
				return err
			}
		}
		return nil
	})
}
