package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const sessionColumns = "id, user_id, created_at, last_seen_at, expires_at, address, user_agent"

func sessionFields(v *store.Session) []any {
	return []any{&v.ID, &v.UserID, &v.CreatedAt, &v.LastSeenAt, &v.ExpiresAt, &v.Address, &v.UserAgent}
}

func scanSession(r scanner) (store.Session, error) {
	var v store.Session
	return v, r.Scan(sessionFields(&v)...)
}

// CreateSession implements store.Sessions.
func (s *Store) CreateSession(ctx context.Context, v store.Session) (store.Session, error) {
	err := s.write(ctx, func(c conn) error {
		return c.row(ctx, `INSERT INTO sessions (hash, user_id, created_at, last_seen_at, expires_at, address, user_agent)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			[]any{v.Hash[:], v.UserID, v.CreatedAt, v.LastSeenAt, v.ExpiresAt, v.Address, v.UserAgent}, &v.ID)
	})
	return v, err
}

// SessionByHash implements store.Sessions.
func (s *Store) SessionByHash(ctx context.Context, hash [32]byte, now int64) (store.Session, org.User, error) {
	v, u := store.Session{Hash: hash}, org.User{}
	err := s.readOne(ctx, func(c conn) error {
		return c.row(ctx, `SELECT s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at, s.address, s.user_agent, `+joinedUser+`
			FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND s.expires_at > $2`,
			[]any{hash[:], now}, append(sessionFields(&v), userFields(&u)...)...)
	})
	return v, u, err
}

// TouchSession implements store.Sessions.
func (s *Store) TouchSession(ctx context.Context, id, lastSeen, expires int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "UPDATE sessions SET last_seen_at = $1, expires_at = $2 WHERE id = $3", lastSeen, expires, id)
		return err
	})
}

// ListSessions implements store.Sessions.
func (s *Store) ListSessions(ctx context.Context, userID, now int64) (rows []store.Session, err error) {
	err = s.read(ctx, func(c conn) error {
		rows, err = all(ctx, c, scanSession,
			"SELECT "+sessionColumns+" FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC", userID, now)
		return err
	})
	return rows, err
}

// DeleteSession implements store.Sessions.
func (s *Store) DeleteSession(ctx context.Context, userID, id int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id = $2", userID, id)
	})
}

// DeleteSessionsExcept implements store.Sessions.
func (s *Store) DeleteSessionsExcept(ctx context.Context, userID, keep int64) (n int64, err error) {
	err = s.write(ctx, func(c conn) error {
		n, err = c.exec(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", userID, keep)
		return err
	})
	return n, err
}

// DeleteExpired implements store.Sessions.
func (s *Store) DeleteExpired(ctx context.Context, now int64) error {
	return s.write(ctx, func(c conn) error {
		for _, statement := range []string{
			"DELETE FROM sessions WHERE expires_at <= $1",
			"DELETE FROM invitations WHERE expires_at <= $1",
			"UPDATE installation SET link_expires_at = 0 WHERE link_expires_at <= $1",
		} {
			if _, err := c.exec(ctx, statement, now); err != nil {
				return err
			}
		}
		return nil
	})
}
