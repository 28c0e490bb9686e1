package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// sqliteReaders bounds the readers of one file. Each connection has its own
// page cache, and two cores answer no more at a time.
const sqliteReaders = 4

// sqliteWrite is the set-up of a writing connection. FULL makes every commit
// durable: the log is acknowledged right after it, so a commit lost to a power
// cut would not be delivered again. (Measured: no difference to NORMAL at
// batches of thousands, and one sync per batch otherwise.) Pages of 16 KB took
// 8 % fewer bytes and a third less CPU than 4 KB. The timeout comes first: the
// others wait for a lock too.
var sqliteWrite = []string{
	"busy_timeout=10000", "page_size=16384", "journal_mode=WAL", "synchronous=FULL",
	"cache_size=-8192", "temp_store=MEMORY",
}

var sqliteRead = []string{
	"busy_timeout=10000", "cache_size=-4096", "temp_store=MEMORY", "query_only=ON",
}

func (s *Store) openSQLite(ctx context.Context) error {
	s.d = &dialect{
		name: "sqlite", insert: insertPrepared, ownWords: true, tagMark: "T", bind: questionMarks, classify: classifySQLite,
		withEventID: inEventIDs,
	}
	s.files = diskVolume(s.options.DataDir)
	if s.options.Memory {
		s.files = newMemoryVolume()
	}
	path := s.files.path(mainFile)
	var err error
	if s.main, err = s.files.open(ctx, path, sqliteWrite, 1); err != nil {
		return wrapOpen(path, err)
	}
	if s.reader, err = s.files.open(ctx, path, sqliteRead, sqliteReaders); err != nil {
		return wrapOpen(path, err)
	}
	days, err := newSegments(s)
	if err != nil {
		return wrapOpen("events folder", err)
	}
	s.events = &fileArchive{store: s, files: days}
	return nil
}

// mainFile holds everything but events and log entries.
const mainFile = "mesher.db"

// openFile opens an SQLite file with at most limit connections, each set up by the pragmas.
func openFile(ctx context.Context, uri url.URL, pragmas []string, limit int) (*sql.DB, error) {
	options := uri.Query()
	options["_pragma"] = pragmas
	uri.RawQuery = options.Encode()
	opener, err := new(driver.SQLite).OpenConnector(uri.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{opener})
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func classifySQLite(err error) failure {
	switch {
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY), errors.Is(err, sqlite3.CONSTRAINT_ROWID):
		return failureConflict
	case errors.Is(err, sqlite3.TOOBIG), errors.Is(err, sqlite3.MISMATCH), errors.Is(err, sqlite3.CONSTRAINT):
		return failureData
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED):
		return failureRetry
	case errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.IOERR), errors.Is(err, sqlite3.CANTOPEN):
		return failureUnavailable
	}
	return failureOther
}
