package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/mesher/mesher/internal/store"
)

// conn runs statements, in a transaction but for readOne. Statements use $n
// placeholders; flags are integers 0 and 1, never booleans.
type conn struct {
	q querier
	// session is the connection of q, for what database/sql cannot say.
	session    *sql.Conn
	d          *dialect
	statements *atomic.Int64
	// explain is given every statement before it runs; nil except in the test of query plans.
	explain func(c conn, query string, args []any)
}

// querier is a transaction, or a connection outside of one.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (s *Store) connOf(q querier, session *sql.Conn) conn {
	return conn{q: q, session: session, d: s.d, statements: s.statements, explain: s.explain}
}

// scanner is a row under the cursor.
type scanner interface{ Scan(dest ...any) error }

// exec runs a statement and returns the number of rows it touched.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if c.explain != nil {
		c.explain(c, query, args)
	}
	c.statements.Add(1)
	r, err := c.q.ExecContext(ctx, c.d.bind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// execOne is exec for a statement that must touch a row: store.ErrNotFound when it did not.
func (c conn) execOne(ctx context.Context, query string, args ...any) error {
	n, err := c.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

func (c conn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if c.explain != nil {
		c.explain(c, query, args)
	}
	c.statements.Add(1)
	return c.q.QueryContext(ctx, c.d.bind(query), args...)
}

// row reads the first row into dest; store.ErrNotFound when there is none.
func (c conn) row(ctx context.Context, query string, args []any, dest ...any) error {
	rows, err := c.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return store.ErrNotFound
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

// each calls scan for every row.
func (c conn) each(ctx context.Context, query string, args []any, scan func(scanner) error) error {
	rows, err := c.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all collects every row of a query.
func all[T any](ctx context.Context, c conn, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var list []T
	err := c.each(ctx, query, args, func(row scanner) error {
		v, err := scan(row)
		if err == nil {
			list = append(list, v)
		}
		return err
	})
	return list, err
}

// one reads a single row; store.ErrNotFound when there is none.
func one[T any](ctx context.Context, c conn, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	list, err := all(ctx, c, scan, query, args...)
	var v T
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, store.ErrNotFound
	}
	return list[0], nil
}

// read runs fn on one consistent snapshot.
func (s *Store) read(ctx context.Context, fn func(c conn) error) error {
	return s.finish(s.transact(ctx, s.reader, &sql.TxOptions{ReadOnly: true, Isolation: s.readIsolation()}, fn))
}

// readOne runs a single statement, or one for each part of a list. A transaction
// around it would be two round trips more to PostgreSQL.
func (s *Store) readOne(ctx context.Context, fn func(c conn) error) error {
	session, err := s.reader.Conn(ctx)
	if err != nil {
		return s.finish(err)
	}
	defer session.Close() // back to the pool
	return s.finish(fn(s.connOf(session, session)))
}

// readIsolation makes several statements of one read agree; SQLite's transactions always do.
func (s *Store) readIsolation() sql.IsolationLevel {
	if s.d.name == "postgres" {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// maxAttempts bounds the retries of a write that lost against another transaction.
const maxAttempts = 5

// write runs fn in a transaction that is committed when fn returns nil. fn may
// run again after a deadlock or a serialization failure, so it must not keep
// state between runs. Unique violations are store.ErrConflict.
func (s *Store) write(ctx context.Context, fn func(c conn) error) error {
	for attempt := 1; ; attempt++ {
		err := s.transact(ctx, s.main, nil, fn)
		if err == nil || attempt == maxAttempts || s.d.classify(err) != failureRetry {
			return s.finish(err)
		}
	}
}

// revise runs an update whose condition names what is overwritten too:
// store.ErrStale when it is not that any more.
func (s *Store) revise(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, query, args...)
		if err == nil && n == 0 {
			err = store.ErrStale
		}
		return err
	})
}

func (s *Store) transact(ctx context.Context, db *sql.DB, o *sql.TxOptions, fn func(c conn) error) error {
	session, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer session.Close() // back to the pool
	tx, err := session.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer tx.Rollback() // no effect after Commit
	if err := fn(s.connOf(tx, session)); err != nil {
		return err
	}
	return tx.Commit()
}

// finish turns what a driver says into the sentinels of package store.
func (s *Store) finish(err error) error {
	if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrStale) {
		return err
	}
	switch s.d.classify(err) {
	case failureConflict:
		return fmt.Errorf("%w: %w", store.ErrConflict, err)
	case failureUnavailable, failureRetry:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	default:
		return err
	}
}
