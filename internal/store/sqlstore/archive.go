package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/issue"
)

// archive keeps events and log entries by the day of their id: SQLite in one
// file per day, PostgreSQL in one table with a partition per day.
type archive interface {
	// sources lists where rows with from ≤ id < until are, newest first. With
	// within, reading happens in that transaction where the database allows it.
	sources(ctx context.Context, within *conn, from, until int64) ([]source, error)
	// prepare makes room for rows of these days, before the transaction that writes them begins.
	prepare(ctx context.Context, days []day) error
	// write stores rows. On PostgreSQL it is part of the transaction c; on
	// SQLite it is durable when it returns, which must be before c commits.
	write(ctx context.Context, c conn, w *writing) error
	// settle moves the words of what was written since it ran from the word index's list of new ones into its tree.
	settle(ctx context.Context) error
	// days lists the days that hold anything, newest first.
	days(ctx context.Context) ([]day, error)
	// drop deletes a day and returns its space.
	drop(ctx context.Context, d day) error
	// size returns the bytes a day occupies.
	size(ctx context.Context, d day) (int64, error)
	// compact returns free space of at most one day before now to the file system.
	compact(ctx context.Context, now int64) error
	close() error
}

// source is one place of the archive.
type source struct {
	from, until int64
	read        func(ctx context.Context, fn func(conn) error) error
	write       func(ctx context.Context, fn func(conn) error) error
}

func (s *source) overlaps(d day) bool { return d.firstID() < s.until && s.from < (d+1).firstID() }

// writing is what a batch adds to the archive.
type writing struct {
	events []eventRecord
	// tokens are words that events name by their places, see eventRecord.
	tokens      []string
	eventBlocks []blockRecord
	logs        []logRecord
	logBlocks   []blockRecord
	// leftovers are rows that an earlier delivery of the same batch wrote before it failed: they are replaced.
	leftovers []leftover
}

// eventRecord is a row of table events with its words.
type eventRecord struct {
	id        int64
	eventID   [16]byte
	projectID int64
	issueID   int64
	timestamp int64
	blockID   int64
	slot      int
	level     uint8
	outcome   issue.Outcome
	words     []string
	// tags are more words, by their places among the writing's tokens.
	tags []uint32
}

// logRecord is a row of table log_entries with its words.
type logRecord struct {
	id        int64
	projectID int64
	timestamp int64
	blockID   int64
	slot      int
	level     uint8
	words     []string
}

// blockRecord is a row of event_blocks or, without summaries, of log_blocks.
type blockRecord struct {
	id        int64
	projectID int64
	summaries []byte
	payloads  []byte
}

type leftover struct{ id, blockID int64 }

const (
	intoEvents      = "INSERT INTO events (id, event_id, project_id, issue_id, timestamp, block_id, slot, level, outcome) VALUES"
	intoEventBlocks = "INSERT INTO event_blocks (id, project_id, summaries, payloads) VALUES"
	intoLogs        = "INSERT INTO log_entries (id, project_id, timestamp, block_id, slot, level) VALUES"
	intoLogBlocks   = "INSERT INTO log_blocks (id, project_id, entries) VALUES"
)

func (e *eventRecord) row() []any {
	return []any{e.id, e.eventID[:], e.projectID, e.issueID, e.timestamp, e.blockID, e.slot, e.level, uint8(e.outcome)}
}

func (e *eventRecord) wordRow() wordRow { return wordRow{e.id, e.words, e.tags} }

func (l *logRecord) wordRow() wordRow { return wordRow{id: l.id, words: l.words} }

func (l *logRecord) row() []any {
	return []any{l.id, l.projectID, l.timestamp, l.blockID, l.slot, l.level}
}
