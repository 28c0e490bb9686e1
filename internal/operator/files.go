package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// Save writes a new file that only its owner may read. The file appears under
// its name when it is complete and on disk; one that exists is not touched.
func Save(path string, write func(w io.Writer) error) (err error) {
	if exists(path) {
		return fault.New(fault.Conflict, "%s exists already: choose another name, or remove it first", path)
	}
	partial := path + ".partial"
	file, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the file: %w", err)
	}
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, path)
}

// Restore writes a backup into a data folder that is empty or does not exist yet.
func Restore(ctx context.Context, r io.Reader, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if len(entries) > 0 {
		return fault.New(fault.Conflict, "%s is not empty: name a new folder with --data, or move the old one away first", dir)
	}
	if err := sqlstore.Restore(ctx, r, dir); err != nil {
		return fault.Wrap(err, fault.Invalid, "the backup was not restored")
	}
	return nil
}

// Migrate brings the schema of an installation up to date, or creates it, and
// returns the store's backend. A running server is left alone: it did so when it started.
func Migrate(ctx context.Context, o Options) (backend string, err error) {
	if o.DatabaseURL == "" {
		if Running(ctx, o.DataDir) {
			return "", errRunning(o.DataDir, "it brought the schema up to date when it started; to upgrade, stop it, migrate, and start the new version")
		}
		held, err := lock(o.DataDir)
		if err != nil {
			return "", err
		}
		defer held.Close()
	}
	s, err := sqlstore.Open(ctx, sqlstore.Options{URL: o.DatabaseURL, DataDir: o.DataDir})
	if err != nil {
		return "", err
	}
	return s.Backend(), s.Close()
}

// Move copies a stopped installation from SQLite in dir to the empty PostgreSQL
// database at url, and counts every table on both sides. No server can start on
// the folder meanwhile.
func Move(ctx context.Context, dir, url string, progress func(sqlstore.Transferred)) (err error) {
	if err := holdsStore(dir); err != nil {
		return err
	}
	if Running(ctx, dir) {
		return errRunning(dir, "stop it first, so that nothing arrives while the store is copied")
	}
	held, err := lock(dir)
	if err != nil {
		return err
	}
	defer held.Close()
	from, err := sqlstore.Open(ctx, sqlstore.Options{DataDir: dir})
	if err != nil {
		return fmt.Errorf("open the store in %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := sqlstore.Open(ctx, sqlstore.Options{URL: url})
	if err != nil {
		return fmt.Errorf("open the PostgreSQL database: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return sqlstore.Transfer(ctx, from, to, progress)
}

func errRunning(dir, advice string) error {
	return fault.New(fault.Conflict, "a server runs on %s: %s", dir, advice)
}
