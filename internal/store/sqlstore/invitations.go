package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

const invitationColumns = "id, organization_id, email, role, invited_by, created_at, expires_at"

func scanInvitation(r scanner) (store.Invitation, error) {
	var i store.Invitation
	return i, r.Scan(&i.ID, &i.OrganizationID, &i.Email, &i.Role, &i.InvitedBy, &i.CreatedAt, &i.ExpiresAt)
}

// CreateInvitation implements store.Invitations.
func (s *Store) CreateInvitation(ctx context.Context, i store.Invitation) (store.Invitation, error) {
	err := s.write(ctx, func(c conn) error {
		return c.row(ctx, `INSERT INTO invitations (hash, organization_id, email, role, invited_by, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			[]any{i.Hash[:], i.OrganizationID, i.Email, int(i.Role), i.InvitedBy, i.CreatedAt, i.ExpiresAt}, &i.ID)
	})
	return i, err
}

// InvitationByHash implements store.Invitations.
func (s *Store) InvitationByHash(ctx context.Context, hash [32]byte, now int64) (i store.Invitation, err error) {
	err = s.read(ctx, func(c conn) error {
		i, err = one(ctx, c, scanInvitation, "SELECT "+invitationColumns+" FROM invitations WHERE hash = $1 AND expires_at > $2", hash[:], now)
		return err
	})
	i.Hash = hash
	return i, err
}

// ListInvitations implements store.Invitations.
func (s *Store) ListInvitations(ctx context.Context, orgID, now int64) (rows []store.Invitation, err error) {
	err = s.read(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanInvitation,
			"SELECT "+invitationColumns+" FROM invitations WHERE organization_id = $1 AND expires_at > $2 ORDER BY id", orgID, now)
		return err
	})
	return rows, err
}

// DeleteInvitation implements store.Invitations.
func (s *Store) DeleteInvitation(ctx context.Context, orgID, id int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "DELETE FROM invitations WHERE organization_id = $1 AND id = $2", orgID, id)
	})
}

// AcceptInvitation implements store.Invitations.
func (s *Store) AcceptInvitation(ctx context.Context, i store.Invitation, userID, at int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "DELETE FROM invitations WHERE id = $1 AND expires_at > $2", i.ID, at); err != nil {
			return err
		}
		_, err := c.exec(ctx, `INSERT INTO members (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role WHERE members.role < excluded.role`,
			i.OrganizationID, userID, int(i.Role), at)
		return err
	})
}
