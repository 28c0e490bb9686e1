package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const tokenColumns = "id, user_id, name, hint, scopes, created_at, expires_at, last_used_at"

func tokenFields(t *store.Token, scopes *string) []any {
	return []any{&t.ID, &t.UserID, &t.Name, &t.Hint, scopes, &t.CreatedAt, &t.ExpiresAt, &t.LastUsedAt}
}

func scanToken(r scanner) (store.Token, error) {
	var t store.Token
	var scopes string
	err := r.Scan(tokenFields(&t, &scopes)...)
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
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte, now int64) (store.Token, org.User, error) {
	t, u := store.Token{Hash: hash}, org.User{}
	var scopes string
	err := s.readOne(ctx, func(c conn) error {
		return c.row(ctx, `SELECT t.id, t.user_id, t.name, t.hint, t.scopes, t.created_at, t.expires_at, t.last_used_at, `+joinedUser+`
			FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND (t.expires_at = 0 OR t.expires_at > $2)`,
			[]any{hash[:], now}, append(tokenFields(&t, &scopes), userFields(&u)...)...)
	})
	t.Scopes = org.ParseScopeSet(scopes)
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
