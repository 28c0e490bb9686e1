package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"slices"

	"github.com/mesher/mesher/internal/rollup"
)

// fileArchive keeps SQLite's day files.
type fileArchive struct {
	store *Store
	files *segments
}

func (a *fileArchive) sources(_ context.Context, _ *conn, from, until int64) ([]source, error) {
	days, err := a.files.days()
	if err != nil {
		return nil, err
	}
	var list []source
	for _, d := range days {
		lo, hi := max(from, d.firstID()), min(until, (d+1).firstID())
		if lo < hi {
			list = append(list, a.source(d, lo, hi))
		}
	}
	return list, nil
}

func (a *fileArchive) source(d day, from, until int64) source {
	return source{from: from, until: until,
		read: func(ctx context.Context, fn func(conn) error) error {
			return a.files.use(ctx, d, func(g *segment) error {
				return a.store.transact(ctx, g.reader, &sql.TxOptions{ReadOnly: true}, fn)
			})
		},
		write: func(ctx context.Context, fn func(conn) error) error {
			return a.files.use(ctx, d, func(g *segment) error { return a.store.transact(ctx, g.writer, nil, fn) })
		},
	}
}

// prepare has nothing to do: a day's file is made when it is first used.
func (a *fileArchive) prepare(context.Context, []day) error { return nil }

// write commits one transaction per day, before the caller commits the
// counters. When that second commit is lost, the rows are leftovers of the next delivery.
func (a *fileArchive) write(ctx context.Context, _ conn, w *writing) error {
	byDay := map[day]*writing{}
	of := func(id int64) *writing {
		d := dayOf(id)
		if byDay[d] == nil {
			byDay[d] = &writing{tokens: w.tokens}
		}
		return byDay[d]
	}
	// A block lies in the day of its first row; blocks never span days.
	for _, b := range w.eventBlocks {
		of(b.id).eventBlocks = append(of(b.id).eventBlocks, b)
	}
	for _, e := range w.events {
		of(e.id).events = append(of(e.id).events, e)
	}
	for _, b := range w.logBlocks {
		of(b.id).logBlocks = append(of(b.id).logBlocks, b)
	}
	for _, l := range w.logs {
		of(l.id).logs = append(of(l.id).logs, l)
	}
	for _, l := range w.leftovers {
		of(l.id).leftovers = append(of(l.id).leftovers, l)
	}
	for _, d := range slices.Sorted(maps.Keys(byDay)) {
		src := a.source(d, 0, 0)
		err := src.write(ctx, func(c conn) error {
			if err := writeSegment(ctx, c, byDay[d]); err != nil {
				return err
			}
			return writeEventIDs(ctx, c, byDay[d].events)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeSegment(ctx context.Context, c conn, w *writing) error {
	if err := removeLeftovers(ctx, c, w.leftovers); err != nil {
		return err
	}
	if err := writeRows(ctx, c, w); err != nil {
		return err
	}
	events, logs := make([]wordRow, len(w.events)), make([]wordRow, len(w.logs))
	for i := range w.events {
		events[i] = w.events[i].wordRow()
	}
	for i := range w.logs {
		logs[i] = w.logs[i].wordRow()
	}
	return errors.Join(c.writeWords(ctx, eventTable, w.tokens, events), c.writeWords(ctx, logTable, nil, logs))
}

func writeRows(ctx context.Context, c conn, w *writing) error {
	var events, blocks, logs, logBlocks [][]any
	for i := range w.events {
		events = append(events, w.events[i].row())
	}
	for _, b := range w.eventBlocks {
		blocks = append(blocks, []any{b.id, b.projectID, b.summaries, b.payloads})
	}
	for i := range w.logs {
		logs = append(logs, w.logs[i].row())
	}
	for _, b := range w.logBlocks {
		logBlocks = append(logBlocks, []any{b.id, b.projectID, b.payloads})
	}
	for _, in := range []insert{
		{into: intoEventBlocks, rows: blocks},
		{into: intoEvents, rows: events},
		{into: intoLogBlocks, rows: logBlocks, then: "ON CONFLICT (id) DO UPDATE SET entries = excluded.entries"},
		{into: intoLogs, rows: logs, then: "ON CONFLICT (id) DO UPDATE SET block_id = excluded.block_id, slot = excluded.slot"},
	} {
		if err := c.insert(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// removeLeftovers removes whole blocks with all their rows: the log may hand out
// less at once than before the crash, and a row that stayed would point into a
// block that is gone. Those of later messages come again.
func removeLeftovers(ctx context.Context, c conn, leftovers []leftover) error {
	if len(leftovers) == 0 {
		return nil
	}
	var blocks []int64
	for _, l := range leftovers {
		blocks = append(blocks, l.blockID)
	}
	blocks = unique(blocks)
	// A block has the id of its first row, so nothing before the first block needs a look.
	var ids []int64
	err := listOf(ctx, c, "SELECT id FROM events WHERE id >= $1 AND block_id IN (…)", blocks, func(r scanner) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, slices.Min(blocks))
	if err != nil {
		return err
	}
	return errors.Join(
		removeEventIDs(ctx, c, ids),
		listExec(ctx, c, "DELETE FROM events WHERE id IN (…)", ids),
		listExec(ctx, c, "DELETE FROM event_blocks WHERE id IN (…)", blocks),
	)
}

// settle has nothing to do: package wordindex keeps no such list.
func (a *fileArchive) settle(context.Context) error { return nil }

func (a *fileArchive) days(context.Context) ([]day, error) { return a.files.days() }

func (a *fileArchive) drop(_ context.Context, d day) error { return a.files.drop(d) }

func (a *fileArchive) size(_ context.Context, d day) (int64, error) { return a.files.size(d), nil }

// compact puts the parts of finished days' indexes together, empties their
// write-ahead logs, and rewrites the first of them that is a quarter empty.
func (a *fileArchive) compact(ctx context.Context, now int64) error {
	days, err := a.files.days()
	if err != nil {
		return err
	}
	for _, d := range days {
		if rollup.Start(int64(d)+1, rollup.Day)+finishedAfter > now {
			continue // still written
		}
		done, err := a.compactDay(ctx, d)
		if done || err != nil {
			return err
		}
	}
	return nil
}

func (a *fileArchive) compactDay(ctx context.Context, d day) (rewritten bool, err error) {
	err = a.files.use(ctx, d, func(g *segment) error {
		var free, pages int64
		if err := g.writer.QueryRowContext(ctx, "SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count").Scan(&free, &pages); err != nil {
			return err
		}
		rewritten = free*4 > pages
		if err := a.store.transact(ctx, g.writer, nil, func(c conn) error { return moveAllEventIDs(ctx, c) }); err != nil {
			return err
		}
		for _, table := range []wordTable{eventTable, logTable, goneTable} {
			err := a.store.transact(ctx, g.writer, nil, func(c conn) error {
				return c.onWords(ctx, table, func(x *wordIndex) error { return x.finish(rewritten) })
			})
			if err != nil {
				return err
			}
		}
		if rewritten {
			if err := g.rewrite(ctx); err != nil {
				return err
			}
		}
		if info, err := os.Stat(g.path + "-wal"); err != nil || info.Size() == 0 {
			return nil
		}
		_, err := g.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		return err
	})
	return rewritten, err
}

// finishedAfter is for how long after its end a day may be written, in µs:
// rows belong to the day of their admission, but the log may lag behind.
const finishedAfter = rollup.Hour * 1_000_000

func (a *fileArchive) close() error { return a.files.close() }
