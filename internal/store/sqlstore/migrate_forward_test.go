package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// TestSchemasMigrateForward makes a database of every schema that ever was,
// with rows as the program of that schema wrote them (testdata/schema has what
// each version added), opens it, and reads the rows through the store.
func TestSchemasMigrateForward(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/sqlite/*.sql")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	for _, file := range files {
		var version int64
		if _, err := fmt.Sscanf(filepath.Base(file), "%d_", &version); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("sqlite/%d", version), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			old := oldSchema{driver: "sqlite3", source: "file:" + filepath.Join(dir, "mesher.db"), dialect: goose.DialectSQLite3, folder: "sqlite", bytes: "x'$1'"}
			old.make(t, version)
			migratedForward(t, sqlstore.Options{DataDir: dir}, version)
		})
		t.Run(fmt.Sprintf("postgres/%d", version), func(t *testing.T) {
			t.Parallel()
			url := sqltest.DatabaseURL(t)
			old := oldSchema{driver: "pgx", source: url, dialect: goose.DialectPostgres, folder: "postgres", bytes: `'\x$1'`}
			old.make(t, version)
			migratedForward(t, sqlstore.Options{URL: url}, version)
		})
	}
}

type oldSchema struct {
	driver, source string
	dialect        goose.Dialect
	folder         string
	// bytes is how the database writes hex(…).
	bytes string
}

var hexBytes = regexp.MustCompile(`hex\((\w*)\)`)

// make migrates an empty database to a version and writes the rows of that version.
func (o oldSchema) make(t *testing.T, version int64) {
	t.Helper()
	db, err := sql.Open(o.driver, o.source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(o.dialect, db, os.DirFS("migrations/"+o.folder))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for v := range version {
		text, err := os.ReadFile(fmt.Sprintf("testdata/schema/%04d.sql", v+1))
		if os.IsNotExist(err) {
			continue // a schema that added nothing to write
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range strings.Split(hexBytes.ReplaceAllString(string(text), o.bytes), ";\n") {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("rows of schema %d: %v in %s", v+1, err, statement)
			}
		}
	}
}

// migratedForward opens the database and finds in it what the version's program had written.
func migratedForward(t *testing.T, o sqlstore.Options, version int64) {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	equal := func(what string, got, want any, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", what, got, err, want)
		}
	}
	p, err := s.GetProject(ctx, 1)
	equal("project", fmt.Sprint(p.Slug, p.Settings.RetentionDays), "shop30", err)
	if version >= 2 {
		countsForward(ctx, s, equal)
	}
	if version >= 3 {
		teams, err := s.ListTeams(ctx, 1)
		equal("teams", len(teams), 1, err)
	}
	if version >= 5 {
		patterns, err := s.LogPatterns(ctx, 1, 10)
		equal("log patterns", len(patterns), 1, err)
	}
	if version >= 6 {
		unread, err := s.CountUnread(ctx, 1)
		equal("unread notifications", unread, int64(1), err)
		identities, err := s.ListIdentities(ctx, 1)
		equal("identities", len(identities), 1, err)
	}
	if version >= 2 {
		want := 2 // which the migration sums up
		if version >= 8 {
			want = 1
		}
		totals, err := s.LedgerTotals(ctx)
		equal("ledger totals", len(totals), want, err)
	}
	if version >= 9 {
		tags, err := s.TagDistribution(ctx, 1, 5)
		equal("tags with what is pending", tags[0].Total, int64(10), err)
	}
}

// countsForward reads two days and the hours around them, so that sums per day and per hour are both read.
func countsForward(ctx context.Context, s *sqlstore.Store, equal func(what string, got, want any, err error)) {
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f := store.StatsFilter{ProjectID: 1, Width: 3600, Range: store.TimeRange{Start: start.Add(-time.Hour).UnixMicro(), End: start.Add(50 * time.Hour).UnixMicro()}}
	i, err := s.GetIssue(ctx, 1)
	equal("issue", fmt.Sprint(i.Title, i.EventCount, i.UserCount), "TimeoutError: too slow7 2", err)
	levels, err := s.Levels(ctx, f)
	equal("errors", levels[event.LevelError], int64(7), err)
	top, err := s.TopIssues(ctx, f, 5)
	equal("top issues", fmt.Sprint(len(top), top[0].Count), "1 7", err)
	keys, err := s.ProjectTags(ctx, f, 5)
	equal("tag keys", fmt.Sprint(len(keys), keys[0].Key, keys[0].Total), "1browser7", err)
	values, err := s.TagValues(ctx, f, "browser", 5)
	equal("tag values", fmt.Sprint(len(values.Values), values.Values[0].Value, values.Total), "1Firefox7", err)
	var stored, filtered int64
	lines, err := s.Ledger(ctx, f)
	for _, l := range lines {
		if l.Outcome == store.Stored {
			stored += l.Quantity
		} else {
			filtered += l.Quantity
		}
	}
	equal("ledger", fmt.Sprint(stored, filtered), "7 5", err)
	usage, err := s.Usage(ctx, 1)
	equal("usage", usage, store.Usage{Days: 2, Events: 7, Bytes: 700}, err)
	through, err := s.AppliedThrough(ctx, "p0")
	equal("applied through", through, uint64(7), err)
}
