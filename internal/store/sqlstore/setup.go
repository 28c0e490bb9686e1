package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

// Install implements store.Setup.
func (s *Store) Install(ctx context.Context, i store.Installation) (store.Installation, error) {
	var done store.Installation
	err := s.write(ctx, func(c conn) (err error) {
		n, err := c.exec(ctx, "UPDATE installation SET installed_at = $1, link_expires_at = 0 WHERE id = 1 AND installed_at = 0", i.User.CreatedAt)
		if err != nil {
			return err
		}
		if n == 0 {
			return store.ErrConflict
		}
		done, err = install(ctx, c, i)
		return err
	})
	return done, err
}

func install(ctx context.Context, c conn, i store.Installation) (_ store.Installation, err error) {
	if i.User, err = insertUser(ctx, c, i.User); err != nil {
		return i, err
	}
	if i.Organization, err = insertOrganization(ctx, c, i.Organization, i.User.ID); err != nil {
		return i, err
	}
	i.Project.OrganizationID = i.Organization.ID
	if i.Project, i.Key, err = insertProject(ctx, c, i.Project, i.Key); err != nil {
		return i, err
	}
	if i.Token == nil {
		return i, nil
	}
	t := *i.Token
	t.UserID = i.User.ID
	if t, err = insertToken(ctx, c, t); err == nil {
		i.Token = &t
	}
	return i, err
}

// PutSetupLink implements store.Setup.
func (s *Store) PutSetupLink(ctx context.Context, hash [32]byte, expires int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "UPDATE installation SET link_hash = $1, link_expires_at = $2 WHERE id = 1", hash[:], expires)
	})
}

// HasSetupLink implements store.Setup.
func (s *Store) HasSetupLink(ctx context.Context, hash [32]byte, now int64) (bool, error) {
	var n int64
	err := s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT count(*) FROM installation WHERE link_hash = $1 AND link_expires_at > $2", []any{hash[:], now}, &n)
	})
	return n == 1, err
}
