package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// ownWordsVersion is the migration that has package wordindex find words; FTS5 did so before.
const ownWordsVersion = 8

// migrate applies the steps in migrations/segment that the file lacks; PRAGMA user_version counts them.
func (g *segment) migrate(ctx context.Context, s *Store) error {
	steps, err := fs.Glob(migrations, "migrations/segment/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := g.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("%s has schema %d but this program knows only %d: start the newer program that wrote it", g.path, version, len(steps))
	}
	if version < ownWordsVersion {
		if err := registerFTS5(ctx, g.writer); err != nil {
			return err
		}
	}
	if version > 0 && version < len(steps) {
		s.log.InfoContext(ctx, "a day's events are brought up to date", "day", g.day, "version", len(steps))
	}
	for ; version < len(steps); version++ {
		err := s.transact(ctx, g.writer, nil, func(c conn) error { return s.migrateSegment(ctx, c, steps[version], version+1) })
		if err != nil {
			return fmt.Errorf("upgrade %s: %w", g.path, err)
		}
	}
	return nil
}

// registerFTS5 lets the connection of a writer read and drop the tables of FTS5.
func registerFTS5(ctx context.Context, db *sql.DB) error {
	session, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer session.Close() // back to the pool
	return conn{session: session}.onSQLite(ctx, func(db *sqlite3.Conn) error { return fts5.Register(db) })
}

func (s *Store) migrateSegment(ctx context.Context, c conn, step string, version int) error {
	script, err := fs.ReadFile(migrations, step)
	if err != nil {
		return err
	}
	if _, err := c.q.ExecContext(ctx, string(script)); err != nil {
		return err
	}
	if version == ownWordsVersion {
		if err := s.indexWords(ctx, c); err != nil {
			return err
		}
	}
	_, err = c.q.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", version))
	return err
}

// indexedAtOnce is how many events are held in memory while the words of a day are indexed anew.
const indexedAtOnce = 4096

// indexWords makes the indexes of a day's words from its blocks.
func (s *Store) indexWords(ctx context.Context, c conn) error {
	err := s.eachEvents(ctx, c, indexedAtOnce, func(refs []eventRef, summaries []summary) error {
		rows := make([]wordRow, len(refs))
		for i := range refs {
			rows[i] = wordRow{id: refs[i].id, words: s.d.summaryWords(&summaries[i], refs[i])}
		}
		return c.writeWords(ctx, eventTable, nil, rows)
	})
	if err != nil {
		return err
	}
	return s.eachLogs(ctx, c, func(_ []blockRecord, logs []logRecord) error {
		rows := make([]wordRow, len(logs))
		for i := range logs {
			rows[i] = logs[i].wordRow()
		}
		return c.writeWords(ctx, logTable, nil, rows)
	})
}
