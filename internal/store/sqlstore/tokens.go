package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const tokenColumns = "id, user_id, name, hint, scopes, created_at, expires_at, last_used_at"

func scanToken(r scanner) (store.Token, error) {
	var t store.Token
	var scopes string
	err := r.Scan(&t.ID, &t.UserID, &t.Name, &t.Hint, &scopes, &t.CreatedAt, &t.ExpiresAt, &t.LastUsedAt)
	t.Scopes = org.ParseScopeSet(scopes)
	return t, err
}

// CreateToken implements store.Tokens.
func (s *Store) CreateToken(ctx context.Context, t store.Token) (store.Token, error) {
	err := s.write(ctx, func(c conn) (err error) {
		t, err = insertToken(ctx, c, t)
		return err
	})
	return t, err
}

func insertToken(ctx context.Context, c conn, t store.Token) (store.Token, error) {
	return one(ctx, c, scanToken, `INSERT INTO tokens (hash, user_id, name, hint, scopes, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+tokenColumns,
		t.Hash[:], t.UserID, t.Name, t.Hint, t.Scopes.String(), t.CreatedAt, t.ExpiresAt)
}

// TokenByHash implements store.Tokens.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte, now int64) (t store.Token, u org.User, err error) {
	err = s.read(ctx, func(c conn) error {
		t, err = one(ctx, c, scanToken, "SELECT "+tokenColumns+" FROM tokens WHERE hash = $1 AND (expires_at = 0 OR expires_at > $2)", hash[:], now)
		if err != nil {
			return err
		}
		u, err = one(ctx, c, scanUser, "SELECT "+userColumns+" FROM users WHERE id = $1", t.UserID)
		return err
	})
	t.Hash = hash
	return t, u, err
}

// TouchToken implements store.Tokens.
func (s *Store) TouchToken(ctx context.Context, id, usedAt int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "UPDATE tokens SET last_used_at = $1 WHERE id = $2 AND last_used_at < $1", usedAt, id)
		return err
	})
}

// ListTokens implements store.Tokens.
func (s *Store) ListTokens(ctx context.Context, userID int64) (rows []store.Token, err error) {
	err = s.read(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanToken, "SELECT "+tokenColumns+" FROM tokens WHERE user_id = $1 ORDER BY id", userID)
		return err
	})
	return rows, err
}

// DeleteToken implements store.Tokens.
func (s *Store) DeleteToken(ctx context.Context, userID, id int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "DELETE FROM tokens WHERE user_id = $1 AND id = $2", userID, id)
	})
}
