package sqlstore_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

func TestNodesMigrateTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, options := range map[string]sqlstore.Options{"sqlite": {DataDir: dir}, "postgres": {URL: sqltest.DatabaseURL(t) + "&pool_max_conns=4"}} {
		errs := make([]error, 4)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				s, err := sqlstore.Open(t.Context(), options)
				if err == nil {
					err = errors.Join(s.Ping(t.Context()), s.Close())
				}
				errs[i] = err
			})
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url := sqltest.DatabaseURL(t)
	for name, database := range map[string]struct {
		driver, source string
		options        sqlstore.Options
	}{
		"sqlite":   {"sqlite3", "file:" + filepath.Join(dir, "mesher.db"), sqlstore.Options{DataDir: dir}},
		"postgres": {"pgx", url, sqlstore.Options{URL: url}},
	} {
		s, err := sqlstore.Open(t.Context(), database.options)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(database.driver, database.source)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), "UPDATE goose_db_version SET version_id = 9999 WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)")
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err = sqlstore.Open(t.Context(), database.options); err == nil || !strings.Contains(err.Error(), "start the newer program") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
