package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// alone runs fn while no other process opens the same SQLite store: turning a
// new file to write-ahead logging fails at once when two do it, and migrations
// must not run twice. The lock is a transaction in a file beside the store's.
// PostgreSQL's nodes wait for an advisory lock instead, in the migrations.
func (s *Store) alone(ctx context.Context, fn func() error) error {
	if s.options.URL != "" || s.options.Memory || s.options.DataDir == "" {
		return fn()
	}
	if err := os.MkdirAll(s.options.DataDir, 0o700); err != nil {
		return wrapOpen("data folder", err)
	}
	lock, err := diskVolume(s.options.DataDir).open(ctx, filepath.Join(s.options.DataDir, "migrate.lock"), []string{"busy_timeout=120000"}, 1)
	if err != nil {
		return wrapOpen("migrate.lock", err)
	}
	defer lock.Close()
	held, err := lock.BeginTx(ctx, nil) // immediate: it waits for the one that holds it
	if err != nil {
		return wrapOpen("migrate.lock", err)
	}
	defer held.Rollback()
	return fn()
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	provider, err := s.migrations()
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	if n := len(applied); n > 0 {
		s.log.InfoContext(ctx, "database schema brought up to date", "migrations", n, "version", applied[n-1].Source.Version)
	}
	return nil
}

func (s *Store) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+s.d.name)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	dialect := goose.DialectSQLite3
	if s.d.name == "postgres" {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // ask every second for five minutes
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, s.main, files, options...)
}

func refuseNewer(ctx context.Context, p *goose.Provider) error {
	version, err := p.GetDBVersion(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sqlstore: read schema version: %w", err)
	}
	var known int64
	for _, source := range p.ListSources() {
		known = max(known, source.Version)
	}
	if version > known {
		return fmt.Errorf("sqlstore: the database has schema %d but this program knows only %d: start the newer program that upgraded it, or restore a backup", version, known)
	}
	return nil
}
