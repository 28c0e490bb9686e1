package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. One of several starting processes does
// it while the others wait: on PostgreSQL for an advisory lock, on SQLite for a
// transaction in a file beside the store's.
func (s *Store) migrate(ctx context.Context) error {
	if s.d.name != "sqlite" {
		return s.migrateLocked(ctx)
	}
	lock, err := openFile(ctx, filepath.Join(s.options.DataDir, "migrate.lock"), []string{"PRAGMA busy_timeout=120000"}, 1)
	if err != nil {
		return wrapOpen("migrate.lock", err)
	}
	defer lock.Close()
	return s.transact(ctx, lock, nil, func(conn) error { return s.migrateLocked(ctx) })
}

func (s *Store) migrateLocked(ctx context.Context) error {
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
		locker, err := lock.NewPostgresSessionLocker()
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
