// Package sqlstore implements internal/store on SQLite and PostgreSQL with one
// SQL text for both. It is the only package that holds SQL.
//
// The statements use $n placeholders, integer Unix µs and integer buckets
// computed in Go; what the databases do differently is a field of dialect, and
// their migrations are twins. On PostgreSQL everything is in one database,
// events and log entries in tables partitioned by day. On SQLite the main file
// mesher.db holds all but those, which live in one file per UTC day.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// Options say which database to open.
type Options struct {
	// URL is a postgres:// URL or key=value string; empty selects SQLite in DataDir.
	// Of pgxpool's parameters it may have pool_max_conns (16), pool_max_conn_lifetime (1h) and pool_max_conn_idle_time (30m).
	URL string
	// DataDir is the folder of the SQLite files; it is created when missing.
	DataDir string
	// Memory keeps SQLite's files in memory and forgets them at Close, instead of in DataDir: for trials and tests.
	Memory bool
	// Log receives what the store does by itself, such as migrations; nil discards.
	Log *slog.Logger
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	d       *dialect
	options Options
	// main takes writes, and on PostgreSQL reads too; reader is SQLite's pool of readers.
	main   *sql.DB
	reader *sql.DB
	log    *slog.Logger
	// events keeps events and log entries by day.
	events archive
	// files is where SQLite's files are, nil on PostgreSQL.
	files  volume
	codec  *codec
	values *valueSets
	users  *knownUsers
	weeks  *weeks
	sweeps sweeps

	// statements counts what was sent to the database, so that tests can assert round trips.
	statements *atomic.Int64
	explain    func(c conn, query string, args []any)
}

// Open opens the database, creates it when it is new and brings its schema up
// to date. Several processes may do so at once. It fails when the schema is
// newer than this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	packer, err := newCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, log: o.Log, codec: packer, values: newValueSets(), users: newKnownUsers(), weeks: newWeeks(), statements: new(atomic.Int64)}
	err = s.alone(ctx, func() error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.migrate(ctx)
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context) error {
	if s.options.URL != "" {
		return s.openPostgres(ctx)
	}
	if s.options.DataDir == "" && !s.options.Memory {
		return errors.New("sqlstore: neither a database URL nor a data folder was given")
	}
	return s.openSQLite(ctx)
}

// Close releases every connection. Calls in flight fail.
func (s *Store) Close() error {
	var errs []error
	if s.events != nil {
		errs = append(errs, s.events.close())
	}
	s.codec.close()
	if s.reader != nil && s.reader != s.main {
		errs = append(errs, s.reader.Close())
	}
	if s.main != nil {
		errs = append(errs, s.main.Close())
	}
	if s.files != nil {
		s.files.release()
	}
	return errors.Join(errs...)
}

// Ping says whether the database answers; store.ErrUnavailable when not.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT 1", nil, &one)
	})
}

// Statements returns how many statements were sent since the store was opened.
func (s *Store) Statements() int64 { return s.statements.Load() }

// Backend names the database: "sqlite" or "postgres".
func (s *Store) Backend() string { return s.d.name }

func wrapOpen(what string, err error) error {
	return fmt.Errorf("sqlstore: open %s: %w", what, err)
}
