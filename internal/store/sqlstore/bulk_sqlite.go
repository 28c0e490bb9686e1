package sqlstore

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// insertPrepared steps one prepared statement per row, past database/sql:
// without a network between, that is cheaper than compiling long statements,
// and a RETURNING row costs a tenth of what it does through sql.Rows.
func insertPrepared(ctx context.Context, c conn, in insert) error {
	c.statements.Add(1)
	return c.onSQLite(ctx, func(db *sqlite3.Conn) error {
		statement, _, err := db.Prepare(c.d.bind(in.into + " (" + marks(1, len(in.rows[0])) + ") " + in.then))
		if err != nil {
			return err
		}
		defer statement.Close()
		for _, row := range in.rows {
			if err := stepRow(statement, row, in.scan); err != nil {
				return err
			}
		}
		return statement.Close()
	})
}

// onSQLite runs fn with the connection past database/sql, in the transaction of c.
func (c conn) onSQLite(ctx context.Context, fn func(*sqlite3.Conn) error) error {
	return c.session.Raw(func(raw any) error {
		db := raw.(driver.Conn).Raw()
		if old := db.SetInterrupt(ctx); old != ctx {
			defer db.SetInterrupt(old)
		}
		return fn(db)
	})
}

func stepRow(statement *sqlite3.Stmt, row []any, scan func(scanner) error) error {
	if err := bindAll(statement, row); err != nil {
		return err
	}
	for statement.Step() {
		if err := scan(steppedRow{statement}); err != nil {
			return err
		}
	}
	if err := statement.Err(); err != nil {
		return err
	}
	return statement.Reset()
}

func bindAll(s *sqlite3.Stmt, values []any) error {
	for i, v := range values {
		if err := bindValue(s, i+1, v); err != nil {
			return err
		}
	}
	return nil
}

func bindValue(s *sqlite3.Stmt, at int, v any) error {
	switch v := v.(type) {
	case int64:
		return s.BindInt64(at, v)
	case int:
		return s.BindInt64(at, int64(v))
	case uint8:
		return s.BindInt64(at, int64(v))
	case string:
		return s.BindText(at, v)
	case []byte:
		return s.BindBlob(at, v)
	}
	return fmt.Errorf("sqlstore: cannot bind a %T", v)
}

// steppedRow is the row a statement stands on.
type steppedRow struct{ s *sqlite3.Stmt }

// Scan implements scanner for what RETURNING clauses return.
func (r steppedRow) Scan(dest ...any) error {
	for i, d := range dest {
		n, ok := d.(*int64)
		if !ok {
			return fmt.Errorf("sqlstore: cannot scan into a %T", d)
		}
		*n = r.s.ColumnInt64(i)
	}
	return nil
}
