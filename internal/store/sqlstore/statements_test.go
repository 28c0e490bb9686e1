package sqlstore

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// kept lists the queries whose statements the only connection of db keeps, the last used first.
func kept(t *testing.T, db *sql.DB) (queries []string) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(raw any) error {
		for e := raw.(*keepingConn).recent.Front(); e != nil; e = e.Next() {
			queries = append(queries, e.Value.(keptStatement).query)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

func openOne(t *testing.T) *sql.DB {
	t.Helper()
	db, err := openFile(t.Context(), url.URL{Scheme: "file", OmitHost: true, Path: filepath.Join(t.TempDir(), "a.db")}, sqliteWrite, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("statements must not keep a file open: %v", err)
		}
	})
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE n (v INTEGER) STRICT; INSERT INTO n VALUES (1), (2), (3)"); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	const query, update = "SELECT v FROM n WHERE v > ? ORDER BY v", "UPDATE n SET v = v WHERE v = ?"
	for want := range int64(3) {
		var v int64
		if err := db.QueryRowContext(t.Context(), query, want).Scan(&v); err != nil || v != want+1 {
			t.Fatalf("the first above %d is %d: %v", want, v, err)
		}
		if _, err := db.ExecContext(t.Context(), update, want); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept(t, db); !slices.Equal(got, []string{update, query}) {
		t.Errorf("kept %q", got)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE n ADD COLUMN w INTEGER"); err != nil {
		t.Fatal(err)
	}
	var v int64
	if err := db.QueryRowContext(t.Context(), query, 2).Scan(&v); err != nil || v != 3 {
		t.Errorf("after a change of the schema: %d, %v", v, err)
	}
	for i := range 2 * keptStatements {
		if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", i)).Scan(&v); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept(t, db); len(got) != keptStatements || got[0] != fmt.Sprintf("SELECT %d", 2*keptStatements-1) {
		t.Errorf("kept %d statements, the last of them %q", len(got), got[0])
	}
}

func TestRunningStatementIsNotShared(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const query = "SELECT v FROM n WHERE v <= ? ORDER BY v"
	outer, err := tx.QueryContext(t.Context(), query, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	var seen []int64
	for outer.Next() {
		var v, inner int64
		if err := outer.Scan(&v); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRowContext(t.Context(), query, 1).Scan(&inner); err != nil || inner != 1 {
			t.Fatalf("the inner query read %d: %v", inner, err)
		}
		seen = append(seen, v)
	}
	if err := outer.Err(); err != nil || !slices.Equal(seen, []int64{1, 2, 3}) {
		t.Errorf("the outer query read %v: %v", seen, err)
	}
}

func TestFailedStatementIsNotKept(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	const query = "SELECT json_extract(CASE v WHEN ? THEN '{' ELSE '{}' END, '$') FROM n"
	rows, err := db.QueryContext(t.Context(), query, 2)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err == nil || n != 1 {
		t.Errorf("malformed JSON in the second row: %d rows and %v", n, err)
	}
	rows.Close() // says the same again
	if _, err := db.ExecContext(t.Context(), "INSERT INTO n VALUES (?)", "no number"); err == nil {
		t.Error("a strict table took a text for a number")
	}
	if got := kept(t, db); len(got) != 0 {
		t.Errorf("kept %q", got)
	}
}

// SQLite looks at the value of a plain LIMIT placeholder, and compiles the statement again for each.
func TestLimitsDoNotCompileAgain(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	query := questionMarks("SELECT v FROM n WHERE v >= $1 ORDER BY v LIMIT $2 OFFSET $3")
	for limit := range int64(3) {
		var v int64
		if err := db.QueryRowContext(t.Context(), query, 0, limit+1, limit).Scan(&v); err != nil || v != limit+1 {
			t.Fatalf("row %d is %d: %v", limit, v, err)
		}
	}
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(raw any) error {
		s := raw.(*keepingConn).recent.Front().Value.(keptStatement).statement
		if n := s.(interface {
			Status(op sqlite3.StmtStatus, reset bool) int
		}).Status(sqlite3.STMTSTATUS_REPREPARE, false); n != 0 {
			t.Errorf("compiled again %d times", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
