package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/org"
)

// userColumns are what userFields takes; joinedUser are the same of a table joined as u.
const (
	userColumns = "id, email, name, password_hash, created_at"
	joinedUser  = "u.id, u.email, u.name, u.password_hash, u.created_at"
)

func userFields(u *org.User) []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.PasswordHash, &u.CreatedAt}
}

func scanUser(r scanner) (org.User, error) {
	var u org.User
	return u, r.Scan(userFields(&u)...)
}

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, u org.User) (org.User, error) {
	err := s.write(ctx, func(c conn) (err error) {
		u, err = insertUser(ctx, c, u)
		return err
	})
	return u, err
}

func insertUser(ctx context.Context, c conn, u org.User) (org.User, error) {
	return one(ctx, c, scanUser,
		"INSERT INTO users (email, name, password_hash, created_at) VALUES ($1, $2, $3, $4) RETURNING "+userColumns,
		u.Email, u.Name, u.PasswordHash, u.CreatedAt)
}

// GetUser implements store.Users.
func (s *Store) GetUser(ctx context.Context, id int64) (u org.User, err error) {
	err = s.readOne(ctx, func(c conn) error {
		u, err = one(ctx, c, scanUser, "SELECT "+userColumns+" FROM users WHERE id = $1", id)
		return err
	})
	return u, err
}

// UserByEmail implements store.Users.
func (s *Store) UserByEmail(ctx context.Context, email string) (u org.User, err error) {
	err = s.read(ctx, func(c conn) error {
		u, err = one(ctx, c, scanUser, "SELECT "+userColumns+" FROM users WHERE email = $1", email)
		return err
	})
	return u, err
}

// UsersByID implements store.Users.
func (s *Store) UsersByID(ctx context.Context, ids []int64) (map[int64]org.User, error) {
	users := map[int64]org.User{}
	if len(ids) == 0 {
		return users, nil
	}
	err := s.read(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT "+userColumns+" FROM users WHERE id IN (…)", unique(ids), func(r scanner) error {
			u, err := scanUser(r)
			users[u.ID] = u
			return err
		})
	})
	return users, err
}

// CountUsers implements store.Users.
func (s *Store) CountUsers(ctx context.Context) (n int64, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT count(*) FROM users", nil, &n)
	})
	return n, err
}

// SetUserName implements store.Users.
func (s *Store) SetUserName(ctx context.Context, id int64, name string) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "UPDATE users SET name = $1 WHERE id = $2", name, id)
	})
}

// SetPassword implements store.Users.
func (s *Store) SetPassword(ctx context.Context, id int64, hash string, keep int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "UPDATE users SET password_hash = $1 WHERE id = $2", hash, id); err != nil {
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", id, keep)
		return err
	})
}
