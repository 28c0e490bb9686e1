package sqlstore

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// ErrBackupPostgres is returned by Backup on PostgreSQL, which brings its own tool.
var ErrBackupPostgres = errors.New("sqlstore: the database is PostgreSQL: back it up with pg_dump --format=custom and restore it with pg_restore")

// manifestName is the last entry of a backup: a backup without it is incomplete.
const manifestName = "manifest.json"

const backupVersion = 1

// manifest says what a backup holds.
type manifest struct {
	Version int               `json:"version"`
	SHA256  map[string]string `json:"sha256"`
}

// Backup writes a consistent copy of an SQLite store to w as a tar file, while
// the store is in use. Writers wait only for the moment in which the snapshots
// are taken; each copy is checked before it is written. Temporary copies of one
// file at a time are made in folder, which is a good place for the backup too.
func (s *Store) Backup(ctx context.Context, w io.Writer, folder string) error {
	files, ok := s.events.(*fileArchive)
	if !ok {
		return ErrBackupPostgres
	}
	b := &backup{s: s, folder: folder, tar: tar.NewWriter(w), manifest: manifest{Version: backupVersion, SHA256: map[string]string{}}}
	err := b.snapshotAll(ctx, files)
	if err == nil {
		err = b.copyAll(ctx)
	}
	return errors.Join(err, b.release())
}

type backup struct {
	s         *Store
	folder    string
	tar       *tar.Writer
	manifest  manifest
	snapshots []*snapshot
}

// snapshot is a file with a read transaction open on it.
type snapshot struct {
	name    string
	db      *sql.DB
	session *sql.Conn
}

// snapshotAll holds the writer's transaction while it begins a read in every
// file, so that events and counters are of the same moment.
func (b *backup) snapshotAll(ctx context.Context, files *fileArchive) error {
	return b.s.transact(ctx, b.s.main, nil, func(conn) error {
		days, err := files.days(ctx)
		if err != nil {
			return err
		}
		if err := b.snapshot(ctx, "mesher.db", b.s.files.path(mainFile)); err != nil {
			return err
		}
		for _, d := range days {
			if err := b.snapshot(ctx, "events/"+d.String()+".db", files.files.path(d)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *backup) snapshot(ctx context.Context, name, path string) error {
	db, err := b.s.files.open(ctx, path, sqliteRead, 1)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	taken := &snapshot{name: name, db: db}
	b.snapshots = append(b.snapshots, taken)
	if taken.session, err = db.Conn(ctx); err != nil {
		return err
	}
	// A deferred transaction takes its snapshot with the first read.
	if _, err = taken.session.ExecContext(ctx, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil {
		return fmt.Errorf("take snapshot of %s: %w", path, err)
	}
	return nil
}

func (b *backup) copyAll(ctx context.Context) error {
	for _, taken := range b.snapshots {
		if err := b.copy(ctx, taken); err != nil {
			return fmt.Errorf("back up %s: %w", taken.name, err)
		}
	}
	text, err := json.MarshalIndent(b.manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := b.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text))}); err != nil {
		return err
	}
	if _, err := b.tar.Write(text); err != nil {
		return err
	}
	return b.tar.Close()
}

func (b *backup) copy(ctx context.Context, taken *snapshot) error {
	temporary, err := os.CreateTemp(b.folder, ".mesher-backup-*.db")
	if err != nil {
		return err
	}
	path := temporary.Name()
	defer os.Remove(path)
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := taken.session.Raw(func(raw any) error {
		return copyPages(ctx, raw.(driver.Conn).Raw(), path)
	}); err != nil {
		return err
	}
	if err := checkFile(ctx, path); err != nil {
		return err
	}
	return b.add(taken.name, path)
}

// copyPages copies in steps, so that a cancelled backup ends soon.
func copyPages(ctx context.Context, from *sqlite3.Conn, path string) error {
	copying, err := from.BackupInit("main", path)
	if err != nil {
		return err
	}
	for done := false; !done && err == nil; {
		if err = ctx.Err(); err == nil {
			done, err = copying.Step(256)
		}
	}
	return errors.Join(err, copying.Close())
}

func checkFile(ctx context.Context, path string) error {
	db, err := diskVolume("").open(ctx, path, []string{"query_only=ON"}, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the copy is damaged: %s", verdict)
	}
	return nil
}

func (b *backup) add(name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := b.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(b.tar, sum), file); err != nil {
		return err
	}
	b.manifest.SHA256[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func (b *backup) release() error {
	var errs []error
	for _, taken := range b.snapshots {
		if taken.session != nil {
			errs = append(errs, taken.session.Close())
		}
		errs = append(errs, taken.db.Close())
	}
	return errors.Join(errs...)
}

// Restore writes a backup into a data folder that holds no store yet, and
// checks every file. Nothing is left behind when it fails.
func Restore(ctx context.Context, r io.Reader, dataDir string) (err error) {
	if _, err := os.Stat(filepath.Join(dataDir, "mesher.db")); err == nil {
		return fmt.Errorf("%s already holds a store: choose an empty folder", dataDir)
	}
	staging := filepath.Join(dataDir, ".restore")
	if err := os.MkdirAll(filepath.Join(staging, "events"), 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	names, err := unpackBackup(r, staging)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := checkFile(ctx, filepath.Join(staging, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return place(staging, dataDir)
}

// place moves the checked files in; the main file comes last, because it is what makes a store.
func place(staging, dataDir string) error {
	if err := os.Rename(filepath.Join(staging, "events"), filepath.Join(dataDir, "events")); err != nil {
		return err
	}
	return os.Rename(filepath.Join(staging, "mesher.db"), filepath.Join(dataDir, "mesher.db"))
}

func unpackBackup(r io.Reader, folder string) ([]string, error) {
	sums := map[string]string{}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("the backup is incomplete: %w", err)
		}
		if header.Name == manifestName {
			return verifySums(archive, sums)
		}
		if !backupFile(header.Name) {
			return nil, fmt.Errorf("%q does not belong into a backup", header.Name)
		}
		if sums[header.Name], err = unpackFile(archive, filepath.Join(folder, header.Name)); err != nil {
			return nil, err
		}
	}
}

// backupFile admits only the names that Backup writes, so that no file lands elsewhere.
func backupFile(name string) bool {
	inside, isEvents := strings.CutPrefix(name, "events/")
	date, isDB := strings.CutSuffix(inside, ".db")
	_, isDay := parseDay(date)
	return name == "mesher.db" || isEvents && isDB && isDay
}

func unpackFile(r io.Reader, path string) (sum string, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, h), r)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, file.Sync(), file.Close())
}

func verifySums(r io.Reader, sums map[string]string) ([]string, error) {
	var m manifest
	if err := json.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&m); err != nil {
		return nil, fmt.Errorf("read the backup's manifest: %w", err)
	}
	if m.Version != backupVersion {
		return nil, fmt.Errorf("the backup has version %d, this program reads %d", m.Version, backupVersion)
	}
	names := sortedKeys(m.SHA256)
	if !slices.Equal(names, sortedKeys(sums)) {
		return nil, errors.New("the backup does not hold the files its manifest names")
	}
	for _, name := range names {
		if m.SHA256[name] != sums[name] {
			return nil, fmt.Errorf("%s in the backup is damaged", name)
		}
	}
	return names, nil
}
