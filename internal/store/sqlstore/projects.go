package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const projectColumns = "id, organization_id, slug, name, platform, settings, version, created_at, first_event_at"

func scanProject(r scanner) (org.Project, error) {
	var p org.Project
	var settings string
	err := r.Scan(projectFields(&p, &settings)...)
	if err != nil {
		return p, err
	}
	return p, readSettings(&p, settings)
}

func projectFields(p *org.Project, settings *string) []any {
	return []any{&p.ID, &p.OrganizationID, &p.Slug, &p.Name, &p.Platform, settings, &p.Version, &p.CreatedAt, &p.FirstEventAt}
}

func readSettings(p *org.Project, text string) error {
	if err := json.Unmarshal([]byte(text), &p.Settings); err != nil {
		return fmt.Errorf("read settings of project %d: %w", p.ID, err)
	}
	return nil
}

// CreateProject implements store.Projects.
func (s *Store) CreateProject(ctx context.Context, p org.Project, k org.Key) (org.Project, org.Key, error) {
	err := s.write(ctx, func(c conn) (err error) {
		p, k, err = insertProject(ctx, c, p, k)
		return err
	})
	return p, k, err
}

func insertProject(ctx context.Context, c conn, p org.Project, k org.Key) (org.Project, org.Key, error) {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return p, k, fmt.Errorf("write settings: %w", err)
	}
	p, err = one(ctx, c, scanProject, `INSERT INTO projects (organization_id, slug, name, platform, settings, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+projectColumns,
		p.OrganizationID, p.Slug, p.Name, p.Platform, string(settings), p.CreatedAt)
	if err != nil {
		return p, k, err
	}
	k.ProjectID = p.ID
	k, err = insertKey(ctx, c, k)
	return p, k, err
}

// GetProject implements store.Projects.
func (s *Store) GetProject(ctx context.Context, id int64) (p org.Project, err error) {
	err = s.readOne(ctx, func(c conn) error {
		p, err = one(ctx, c, scanProject, "SELECT "+projectColumns+" FROM projects WHERE id = $1 AND deleted_at = 0", id)
		return err
	})
	return p, err
}

// ListProjects implements store.Projects.
func (s *Store) ListProjects(ctx context.Context, orgIDs []int64, p store.PageRequest) (store.Page[org.Project], error) {
	if len(orgIDs) == 0 {
		return store.Page[org.Project]{}, nil
	}
	n := len(orgIDs)
	return idPage(ctx, s, idList[org.Project]{
		request: p, scan: scanProject, id: func(p org.Project) int64 { return p.ID }, args: anys(orgIDs),
		query: fmt.Sprintf("SELECT %s FROM projects WHERE organization_id IN %s AND deleted_at = 0 AND id > $%d ORDER BY id LIMIT $%d",
			projectColumns, "("+marks(1, n)+")", n+1, n+2),
	})
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// ProjectIDs implements store.Projects.
func (s *Store) ProjectIDs(ctx context.Context, orgIDs []int64) (ids []int64, err error) {
	if len(orgIDs) == 0 {
		return nil, nil
	}
	err = s.readOne(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, "SELECT id FROM projects WHERE deleted_at = 0 AND organization_id IN ("+
			marks(1, len(orgIDs))+") ORDER BY id", anys(orgIDs)...)
		return err
	})
	return ids, err
}

// AllProjects implements store.Projects.
func (s *Store) AllProjects(ctx context.Context) (rows []org.Project, err error) {
	err = s.read(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanProject, "SELECT "+projectColumns+" FROM projects WHERE deleted_at = 0 ORDER BY id")
		return err
	})
	return rows, err
}

// UpdateProject implements store.Projects.
func (s *Store) UpdateProject(ctx context.Context, before, after org.Project) error {
	return s.revise(ctx, "UPDATE projects SET slug = $1, name = $2, platform = $3 WHERE id = $4 AND deleted_at = 0 AND slug = $5 AND name = $6 AND platform = $7",
		after.Slug, after.Name, after.Platform, after.ID, before.Slug, before.Name, before.Platform)
}

// UpdateSettings implements store.Projects.
func (s *Store) UpdateSettings(ctx context.Context, id, version int64, settings org.Settings) (int64, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return 0, fmt.Errorf("write settings: %w", err)
	}
	err = s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, "UPDATE projects SET settings = $1, version = version + 1 WHERE id = $2 AND version = $3 AND deleted_at = 0",
			string(text), id, version)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
	return version + 1, err
}

// DeleteProject implements store.Projects.
func (s *Store) DeleteProject(ctx context.Context, id, at int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "UPDATE projects SET deleted_at = $1 WHERE id = $2 AND deleted_at = 0", at, id)
	})
}

// DeletedProjects implements store.Projects.
func (s *Store) DeletedProjects(ctx context.Context) (ids []int64, err error) {
	err = s.read(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, `SELECT id FROM projects WHERE deleted_at <> 0 AND (EXISTS (SELECT 1 FROM project_counters p WHERE p.project_id = projects.id)
			OR EXISTS (SELECT 1 FROM project_days d WHERE d.project_id = projects.id) OR EXISTS (SELECT 1 FROM ledger_hours l WHERE l.project_id = projects.id)) ORDER BY id`)
		return err
	})
	return ids, err
}

// markFirstEvent remembers that a project no longer waits, once.
func markFirstEvent(ctx context.Context, c conn, id, at int64) error {
	_, err := c.exec(ctx, "UPDATE projects SET first_event_at = $1 WHERE id = $2 AND first_event_at = 0", at, id)
	return err
}
