package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const organizationColumns = "id, slug, name, created_at"

func scanOrganization(r scanner) (org.Organization, error) {
	var o org.Organization
	return o, r.Scan(&o.ID, &o.Slug, &o.Name, &o.CreatedAt)
}

// CreateOrganization implements store.Organizations.
func (s *Store) CreateOrganization(ctx context.Context, o org.Organization, owner int64) (org.Organization, error) {
	err := s.write(ctx, func(c conn) (err error) {
		o, err = insertOrganization(ctx, c, o, owner)
		return err
	})
	return o, err
}

func insertOrganization(ctx context.Context, c conn, o org.Organization, owner int64) (org.Organization, error) {
	o, err := one(ctx, c, scanOrganization,
		"INSERT INTO organizations (slug, name, created_at) VALUES ($1, $2, $3) RETURNING "+organizationColumns,
		o.Slug, o.Name, o.CreatedAt)
	if err != nil {
		return o, err
	}
	return o, insertMember(ctx, c, org.Member{OrganizationID: o.ID, UserID: owner, Role: org.Owner, CreatedAt: o.CreatedAt})
}

// GetOrganization implements store.Organizations.
func (s *Store) GetOrganization(ctx context.Context, id int64) (o org.Organization, err error) {
	err = s.readOne(ctx, func(c conn) error {
		o, err = one(ctx, c, scanOrganization, "SELECT "+organizationColumns+" FROM organizations WHERE id = $1 AND deleted_at = 0", id)
		return err
	})
	return o, err
}

// UpdateOrganization implements store.Organizations.
func (s *Store) UpdateOrganization(ctx context.Context, before, after org.Organization) error {
	return s.revise(ctx, "UPDATE organizations SET slug = $1, name = $2 WHERE id = $3 AND deleted_at = 0 AND slug = $4 AND name = $5",
		after.Slug, after.Name, after.ID, before.Slug, before.Name)
}

// DeleteOrganization implements store.Organizations.
func (s *Store) DeleteOrganization(ctx context.Context, id, at int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "UPDATE organizations SET deleted_at = $1 WHERE id = $2 AND deleted_at = 0", at, id); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "UPDATE projects SET deleted_at = $1 WHERE organization_id = $2 AND deleted_at = 0", at, id); err != nil {
			return err
		}
		for _, table := range []string{"team_members", "team_projects"} {
			if _, err := c.exec(ctx, "DELETE FROM "+table+" WHERE team_id IN (SELECT id FROM teams WHERE organization_id = $1)", id); err != nil {
				return err
			}
		}
		for _, table := range []string{"members", "invitations", "audit_log", "teams"} {
			if _, err := c.exec(ctx, "DELETE FROM "+table+" WHERE organization_id = $1", id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Memberships implements store.Organizations.
func (s *Store) Memberships(ctx context.Context, userID int64) (rows []store.Membership, err error) {
	err = s.readOne(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanMembership, `SELECT o.id, o.slug, o.name, o.created_at, m.role
			FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 AND o.deleted_at = 0 ORDER BY o.id`, userID)
		return err
	})
	return rows, err
}

func scanMembership(r scanner) (store.Membership, error) {
	var m store.Membership
	o := &m.Organization
	return m, r.Scan(&o.ID, &o.Slug, &o.Name, &o.CreatedAt, &m.Role)
}

// OrganizationIDs implements store.Organizations.
func (s *Store) OrganizationIDs(ctx context.Context) (ids []int64, err error) {
	err = s.readOne(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, "SELECT id FROM organizations WHERE deleted_at = 0 ORDER BY id")
		return err
	})
	return ids, err
}

func scanID(r scanner) (int64, error) {
	var id int64
	return id, r.Scan(&id)
}
