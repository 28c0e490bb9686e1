package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// IdentityUser implements store.Identities.
func (s *Store) IdentityUser(ctx context.Context, i store.Identity) (u org.User, err error) {
	err = s.write(ctx, func(c conn) error {
		var userID int64
		if err := c.row(ctx, "UPDATE user_identities SET email = CASE WHEN $1 = '' THEN email ELSE $1 END, last_used_at = $2 WHERE issuer = $3 AND subject = $4 RETURNING user_id",
			[]any{i.Email, i.LastUsedAt, i.Issuer, i.Subject}, &userID); err != nil {
			return err
		}
		u, err = one(ctx, c, scanUser, "SELECT "+userColumns+" FROM users WHERE id = $1", userID)
		return err
	})
	return u, err
}

// LinkIdentity implements store.Identities.
func (s *Store) LinkIdentity(ctx context.Context, i store.Identity) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "INSERT INTO user_identities (user_id, issuer, subject, email, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6)",
			i.UserID, i.Issuer, i.Subject, i.Email, i.CreatedAt, i.LastUsedAt)
		return err
	})
}

// ListIdentities implements store.Identities.
func (s *Store) ListIdentities(ctx context.Context, userID int64) (list []store.Identity, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (i store.Identity, err error) {
			return i, r.Scan(&i.ID, &i.UserID, &i.Issuer, &i.Subject, &i.Email, &i.CreatedAt, &i.LastUsedAt)
		}, "SELECT id, user_id, issuer, subject, email, created_at, last_used_at FROM user_identities WHERE user_id = $1 ORDER BY id", userID)
		return err
	})
	return list, err
}

// UnlinkIdentity implements store.Identities.
func (s *Store) UnlinkIdentity(ctx context.Context, userID, id int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "DELETE FROM user_identities WHERE id = $1 AND user_id = $2", id, userID); err != nil {
			return err
		}
		u, err := one(ctx, c, scanUser, "SELECT "+userColumns+" FROM users WHERE id = $1", userID)
		if err == nil && u.PasswordHash == "" {
			err = store.ErrConflict
		}
		return err
	})
}
