package sqlstore

import (
	"context"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"github.com/mesher/mesher/internal/wordindex"
)

// wordIndex is the index of words of a table of a day file. Its statements run
// past database/sql, which would take longer than they do. It is of one goroutine.
type wordIndex struct {
	db     *sqlite3.Conn
	table  wordTable
	runs   string // names of tables
	leaves string
	at     *leafStatement
	after  *leafStatement
	// gone are the rows that were deleted, nil where those of others need no care.
	gone *wordIndex
}

// goneTable is the index of the events that were deleted, all under goneWord. It
// keeps searches from looking up row after row of an issue that is no more. Log
// entries are deleted with their project only, which nobody searches then.
var goneTable = wordTable{rows: "events", words: "event_gone"}

const goneWord = "gone"

// onWords runs fn with the index of a table, in the transaction of c.
func (c conn) onWords(ctx context.Context, table wordTable, fn func(*wordIndex) error) error {
	return c.onSQLite(ctx, func(db *sqlite3.Conn) error {
		x := newWordIndex(db, table)
		if table == eventTable {
			x.gone = newWordIndex(db, goneTable)
		}
		return errors.Join(fn(x), x.close())
	})
}

func newWordIndex(db *sqlite3.Conn, table wordTable) *wordIndex {
	return &wordIndex{db: db, table: table, runs: table.words + "_runs", leaves: table.words + "_leaves"}
}

func (x *wordIndex) close() error {
	if x == nil {
		return nil
	}
	return errors.Join(x.at.close(), x.after.close(), x.gone.close())
}

// wordRun is a row of the table of runs. Runs of a level have about as many rows.
type wordRun struct {
	wordindex.Run
	level int64
}

// listRuns lists runs in the order of their rows.
func (x *wordIndex) listRuns(condition string, args ...any) (runs []wordRun, err error) {
	err = x.run("SELECT number, level, first_id, last_id, row_count FROM "+x.runs+" WHERE "+condition+" ORDER BY first_id", args, func(r *sqlite3.Stmt) {
		runs = append(runs, wordRun{level: r.ColumnInt64(1), Run: wordindex.Run{
			Number: r.ColumnInt64(0), First: r.ColumnInt64(2), Last: r.ColumnInt64(3), Rows: r.ColumnInt64(4),
		}})
	})
	return runs, err
}

// run runs a statement and calls row for each row of it.
func (x *wordIndex) run(query string, args []any, row func(*sqlite3.Stmt)) error {
	s, _, err := x.db.Prepare(query)
	if err != nil {
		return err
	}
	if err = bindAll(s, args); err == nil {
		for s.Step() {
			row(s)
		}
	}
	return errors.Join(err, s.Err(), s.Close())
}

// find returns the first ids that match, up to so many.
func (x *wordIndex) find(q wordindex.Query, most int) (ids []int64, err error) {
	runs, err := x.runsOf(q)
	if err != nil {
		return nil, err
	}
	isGone, err := x.isGone(q)
	if err != nil {
		return nil, err
	}
	var goneErr error
	err = wordindex.Find(x, runs, q, func(id int64) bool {
		var gone bool
		if gone, goneErr = isGone(id); goneErr != nil {
			return false
		}
		if !gone {
			ids = append(ids, id)
		}
		return len(ids) < most
	})
	return ids, errors.Join(err, goneErr)
}

// runsOf are the runs that may have rows of a query's span.
func (x *wordIndex) runsOf(q wordindex.Query) ([]wordindex.Run, error) {
	list, err := x.listRuns("last_id >= ? AND first_id < ?", q.From, q.Until)
	runs := make([]wordindex.Run, len(list))
	for i := range list {
		runs[i] = list[i].Run
	}
	return runs, err
}

// isGone tells of ids in the query's order whether they were deleted.
func (x *wordIndex) isGone(q wordindex.Query) (func(id int64) (bool, error), error) {
	var runs []wordindex.Run
	var err error
	if x.gone != nil {
		runs, err = x.gone.runsOf(q)
	}
	if err != nil || len(runs) == 0 {
		return func(int64) (bool, error) { return false, nil }, err
	}
	return wordindex.NewCursor(x.gone, runs, goneWord, q.Ascending).Has, nil
}

// Which leaves of a run are read.
const (
	leafAt      = "WHERE run = ? AND (word, first_id) <= (?, ?) ORDER BY word DESC, first_id DESC LIMIT 1"
	leafAfter   = "WHERE run = ? AND (word, first_id) > (?, ?) ORDER BY word, first_id LIMIT 1"
	leavesOfRun = "WHERE run = ? ORDER BY word, first_id"
)

// At implements wordindex.Leaves.
func (x *wordIndex) At(run int64, word string, id int64) (wordindex.Leaf, bool, error) {
	if x.at == nil {
		x.at = x.statement(leafAt)
	}
	return x.at.one(run, []byte(word), id)
}

// After implements wordindex.Leaves.
func (x *wordIndex) After(run int64, word string, id int64) (wordindex.Leaf, bool, error) {
	if x.after == nil {
		x.after = x.statement(leafAfter)
	}
	return x.after.one(run, []byte(word), id)
}

// leafStatement reads leaves. Each is valid until the next is read.
type leafStatement struct {
	s    *sqlite3.Stmt
	err  error // of preparing it
	leaf wordindex.Leaf
}

func (x *wordIndex) statement(which string) *leafStatement {
	s, _, err := x.db.Prepare("SELECT word, first_id, data FROM " + x.leaves + " " + which)
	return &leafStatement{s: s, err: err}
}

func (l *leafStatement) one(args ...any) (wordindex.Leaf, bool, error) {
	if err := l.bind(args...); err != nil {
		return l.leaf, false, err
	}
	leaf, ok, err := l.next()
	return leaf, ok, errors.Join(err, l.s.Reset())
}

func (l *leafStatement) bind(args ...any) error {
	if l.err != nil {
		return l.err
	}
	return bindAll(l.s, args)
}

func (l *leafStatement) next() (wordindex.Leaf, bool, error) {
	if !l.s.Step() {
		return l.leaf, false, l.s.Err()
	}
	l.leaf.Word = l.s.ColumnBlob(0, l.leaf.Word[:0])
	l.leaf.First = l.s.ColumnInt64(1)
	l.leaf.Data = l.s.ColumnBlob(2, l.leaf.Data[:0])
	return l.leaf, true, nil
}

func (l *leafStatement) close() error {
	if l == nil || l.s == nil {
		return nil
	}
	return l.s.Close()
}
