package sqlstore

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"

	sqlite "github.com/ncruces/go-sqlite3/driver"
)

// keptStatements bounds the idle compiled statements of one connection, at some 10 KB each.
const keptStatements = 24

// connector opens SQLite connections that keep compiled statements: a search
// compiles the same few statements for every day, which took a third of its time.
type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keepingConn{Conn: opened.(sqlite.Conn), idle: map[string]*list.Element{}, recent: list.New()}, nil
}

// keepingConn is a connection with the statements it ran last. Like every
// driver.Conn it is used by one goroutine at a time.
type keepingConn struct {
	sqlite.Conn
	idle   map[string]*list.Element
	recent *list.List // of keptStatement, most recently used first
}

type keptStatement struct {
	query     string
	statement driver.Stmt
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &keptRows{rows, c, keptStatement{query, s}}, nil
}

// ExecContext implements driver.ExecerContext. Without arguments it may be a script of several statements.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, nil)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return result, c.keep(keptStatement{query, s})
}

// take hands out an idle statement, or a new one: one that is running is never shared.
func (c *keepingConn) take(ctx context.Context, query string) (driver.Stmt, error) {
	if e, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return c.recent.Remove(e).(keptStatement).statement, nil
	}
	return c.PrepareContext(ctx, query)
}

// keep takes back a statement that has been reset.
func (c *keepingConn) keep(s keptStatement) error {
	if _, twice := c.idle[s.query]; twice {
		return s.statement.Close()
	}
	c.idle[s.query] = c.recent.PushFront(s)
	if c.recent.Len() > keptStatements {
		return c.forget(c.recent.Back())
	}
	return nil
}

func (c *keepingConn) forget(e *list.Element) error {
	s := c.recent.Remove(e).(keptStatement)
	delete(c.idle, s.query)
	return s.statement.Close()
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	var errs []error
	for c.recent.Len() > 0 {
		errs = append(errs, c.forget(c.recent.Front()))
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows
	conn *keepingConn
	kept keptStatement
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		return errors.Join(err, r.kept.statement.Close())
	}
	return r.conn.keep(r.kept)
}
