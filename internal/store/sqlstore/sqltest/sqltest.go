// Package sqltest opens fresh stores for tests, on SQLite and on a throw-away
// PostgreSQL that it starts by itself.
package sqltest

import (
	"testing"

	"github.com/mesher/mesher/internal/store/sqlstore"
)

// SQLite opens an empty store in a folder of the test.
func SQLite(t testing.TB) *sqlstore.Store {
	t.Helper()
	return open(t, sqlstore.Options{DataDir: t.TempDir()})
}

// Memory opens an empty SQLite store in memory.
func Memory(t testing.TB) *sqlstore.Store {
	t.Helper()
	return open(t, sqlstore.Options{Memory: true})
}

// Postgres opens an empty store in a database of its own. Without PostgreSQL's
// programs the test is skipped, or fails when CI=true.
func Postgres(t testing.TB) *sqlstore.Store {
	t.Helper()
	return open(t, sqlstore.Options{URL: migratedURL(t)})
}

// Each runs a test on every database, in parallel.
func Each(t *testing.T, test func(t *testing.T, s *sqlstore.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

func open(t testing.TB, o sqlstore.Options) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}
