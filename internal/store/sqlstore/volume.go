package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3/vfs/memdb"
)

// volume is where SQLite's files are. Names are slash-separated, paths are
// what open, size and remove take.
type volume interface {
	path(name string) string
	open(ctx context.Context, path string, pragmas []string, limit int) (*sql.DB, error)
	// names lists the files of a folder, which need not exist before.
	names(folder string) ([]string, error)
	// size counts the write-ahead log too; it is 0 for a file that does not exist.
	size(path string) int64
	remove(path string) error
	// release forgets files that do not outlive the store.
	release()
}

// diskVolume keeps files in a folder.
type diskVolume string

func (v diskVolume) path(name string) string {
	return filepath.Join(string(v), filepath.FromSlash(name))
}

func (v diskVolume) open(ctx context.Context, path string, pragmas []string, limit int) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return openFile(ctx, url.URL{Scheme: "file", OmitHost: true, Path: abs}, pragmas, limit)
}

func (v diskVolume) names(folder string) (names []string, err error) {
	if err := os.MkdirAll(v.path(folder), 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(v.path(folder))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (v diskVolume) size(path string) int64 { return fileBytes(path) }

func (v diskVolume) remove(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (diskVolume) release() {}

// memoryVolume keeps files in memory until it is closed, under a name that no other has.
type memoryVolume struct {
	prefix string
	mu     sync.Mutex
	// files are kept from vanishing with their last connection.
	files map[string]bool
}

func newMemoryVolume() *memoryVolume {
	return &memoryVolume{prefix: "/" + rand.Text(), files: map[string]bool{}}
}

func (v *memoryVolume) path(name string) string { return path.Join(v.prefix, name) }

func (v *memoryVolume) open(ctx context.Context, path string, pragmas []string, limit int) (*sql.DB, error) {
	v.mu.Lock()
	if !v.files[path] {
		memdb.Create(strings.TrimPrefix(path, "/"), nil)
		v.files[path] = true
	}
	v.mu.Unlock()
	return openFile(ctx, url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "vfs=memdb"}, pragmas, limit)
}

func (v *memoryVolume) names(folder string) (names []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for file := range v.files {
		if path.Dir(file) == v.path(folder) {
			names = append(names, path.Base(file))
		}
	}
	return names, nil
}

func (v *memoryVolume) size(path string) (bytes int64) {
	v.mu.Lock()
	exists := v.files[path]
	v.mu.Unlock()
	if !exists {
		return 0
	}
	db, err := v.open(context.Background(), path, nil, 1)
	if err != nil {
		return 0
	}
	defer db.Close()
	if err := db.QueryRow("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&bytes); err != nil {
		return 0
	}
	return bytes
}

func (v *memoryVolume) remove(path string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.files, path)
	memdb.Delete(strings.TrimPrefix(path, "/"))
	return nil
}

func (v *memoryVolume) release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for file := range v.files {
		memdb.Delete(strings.TrimPrefix(file, "/"))
	}
	clear(v.files)
}
