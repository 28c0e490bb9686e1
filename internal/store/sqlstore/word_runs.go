package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/mesher/mesher/internal/wordindex"
)

const (
	// mergedRuns is how many runs of a level become one of the next.
	mergedRuns = 8
	// largestRun is how many rows a run may get while its day is written: merging
	// them is part of a batch, which takes some 100 ms longer then. (51,000 rows took
	// 150 ms at 1,000 events/s, and events were seen 450 ms late.)
	largestRun = 1 << 15
	// finishedRun is how many it may get once the day is over.
	finishedRun = 1 << 20
)

// wordRow are the words of a row: its own, and some of a list by their places.
type wordRow struct {
	id     int64
	words  []string
	places []uint32
}

// write adds rows as a run, and merges the runs of a level that is full.
func (x *wordIndex) write(shared []string, rows []wordRow) error {
	slices.SortFunc(rows, func(a, b wordRow) int { return cmp.Compare(a.id, b.id) })
	b := wordindex.NewBuilder(shared)
	for _, r := range rows {
		b.Add(r.id, r.words, r.places)
	}
	if err := x.add(0, b.Write); err != nil {
		return err
	}
	for level := int64(0); ; level++ {
		runs, err := x.listRuns("level = ?", level)
		if err != nil || len(runs) < mergedRuns || rowCount(runs) > largestRun {
			return err
		}
		if err := x.merge(runs, level+1, nil); err != nil {
			return err
		}
	}
}

func rowCount(runs []wordRun) (n int64) {
	for _, r := range runs {
		n += r.Rows
	}
	return n
}

// add stores the run that write gives the leaves of.
func (x *wordIndex) add(level int64, write func(emit func(wordindex.Leaf) error) (wordindex.Run, error)) error {
	var number int64
	if err := x.run("SELECT COALESCE(MAX(number), 0) + 1 FROM "+x.runs, nil, func(r *sqlite3.Stmt) { number = r.ColumnInt64(0) }); err != nil {
		return err
	}
	leaves, _, err := x.db.Prepare("INSERT INTO " + x.leaves + " (run, word, first_id, data) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	empty := true
	run, err := write(func(l wordindex.Leaf) error {
		empty = false
		return stepRow(leaves, []any{number, l.Word, l.First, l.Data}, nil)
	})
	if err = errors.Join(err, leaves.Close()); err != nil || empty {
		return err
	}
	return x.run("INSERT INTO "+x.runs+" (number, level, first_id, last_id, row_count) VALUES (?, ?, ?, ?, ?)", []any{number, level, run.First, run.Last, run.Rows}, nil)
}

// merge makes one run of several. keep is as wordindex.Merge has it.
func (x *wordIndex) merge(runs []wordRun, level int64, keep func([]int64) []int64) error {
	sources := make([]wordindex.Source, len(runs))
	readers := make([]*leafStatement, len(runs))
	for i := range runs {
		readers[i] = x.statement(leavesOfRun)
		sources[i] = wordindex.Source{Run: runs[i].Run, Next: readers[i].next}
	}
	err := x.add(level, func(emit func(wordindex.Leaf) error) (wordindex.Run, error) {
		for i := range runs {
			if err := readers[i].bind(runs[i].Number); err != nil {
				return wordindex.Run{}, err
			}
		}
		return wordindex.Merge(sources, keep, emit)
	})
	for _, r := range readers {
		err = errors.Join(err, r.close())
	}
	for i := range runs {
		if err != nil {
			return err
		}
		err = errors.Join(
			x.run("DELETE FROM "+x.leaves+" WHERE run = ?", []any{runs[i].Number}, nil),
			x.run("DELETE FROM "+x.runs+" WHERE number = ?", []any{runs[i].Number}, nil),
		)
	}
	return err
}

// finish merges the runs of a finished day. With tidied, rows that were deleted are left out of all.
func (x *wordIndex) finish(tidied bool) error {
	runs, err := x.listRuns("TRUE")
	if err != nil {
		return err
	}
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && rowCount(runs[:n+1]) <= finishedRun {
			n++
		}
		if n > 1 || tidied {
			if err := x.mergeTidied(runs[:n], tidied); err != nil {
				return err
			}
		}
		runs = runs[n:]
	}
	return nil
}

func (x *wordIndex) mergeTidied(runs []wordRun, tidied bool) error {
	level := slices.MaxFunc(runs, func(a, b wordRun) int { return cmp.Compare(a.level, b.level) }).level
	if !tidied {
		return x.merge(runs, level, nil)
	}
	last := slices.MaxFunc(runs, func(a, b wordRun) int { return cmp.Compare(a.Last, b.Last) }).Last
	var there []int64
	err := x.run("SELECT id FROM "+x.table.rows+" WHERE id >= ? AND id <= ? ORDER BY id", []any{runs[0].First, last}, func(r *sqlite3.Stmt) {
		there = append(there, r.ColumnInt64(0))
	})
	if err != nil {
		return err
	}
	return x.merge(runs, level, func(ids []int64) []int64 { return common(ids, there) })
}

// common takes the ids out of a sorted list that another sorted list does not have.
func common(ids, there []int64) []int64 {
	kept := ids[:0]
	for _, id := range ids {
		step := 1
		for step < len(there) && there[step-1] < id {
			step *= 2
		}
		n, ok := slices.BinarySearch(there[:min(step, len(there))], id)
		if there = there[n:]; ok {
			kept = append(kept, id)
		}
	}
	return kept
}

// writeWords adds the words of rows to the index of their table. Of shared words, rows have the places.
func (c conn) writeWords(ctx context.Context, table wordTable, shared []string, rows []wordRow) error {
	if len(rows) == 0 {
		return nil
	}
	return c.onWords(ctx, table, func(x *wordIndex) error { return x.write(shared, rows) })
}
