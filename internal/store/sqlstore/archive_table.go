package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// dayTables are partitioned by day of the row id.
var dayTables = [...]string{"events", "event_blocks", "log_entries", "log_blocks"}

// tableArchive keeps PostgreSQL's partitions.
type tableArchive struct {
	store *Store

	// mu is never held while the database is asked: who waits for a lock there may
	// wait for a transaction that needs mu.
	mu sync.Mutex
	// made are the days whose partitions are known to exist.
	made map[day]bool
	// unsettled are the days whose word indexes have new words in their lists.
	unsettled map[day]bool
}

func newTableArchive(s *Store) *tableArchive {
	return &tableArchive{store: s, made: map[day]bool{}, unsettled: map[day]bool{}}
}

func (a *tableArchive) sources(_ context.Context, within *conn, from, until int64) ([]source, error) {
	read, write := a.store.read, a.store.write
	if within != nil {
		read = func(_ context.Context, fn func(conn) error) error { return fn(*within) }
		write = read
	}
	return []source{{from: from, until: until, read: read, write: write}}, nil
}

// prepare makes the partitions of the days that rows fall in, outside of any
// transaction: housekeeping makes them ahead, so that this rarely has work.
func (a *tableArchive) prepare(ctx context.Context, days []day) error {
	for _, d := range days {
		if a.isMade(d) {
			continue
		}
		if err := a.store.write(ctx, func(c conn) error { return createPartitions(ctx, c, d) }); err != nil {
			return fmt.Errorf("make partitions of %v: %w", d, err)
		}
		a.setMade(d, true)
	}
	return nil
}

func (a *tableArchive) isMade(d day) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.made[d]
}

func (a *tableArchive) setMade(d day, made bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made[d] = made
}

func partitionName(table string, d day) string {
	return table + "_p" + strings.ReplaceAll(d.String(), "-", "")
}

// createPartitions attaches new tables. To create them as partitions would wait
// for whoever reads the parents, such as pg_dump for hours, and have all others
// wait behind it (PostgreSQL manual, CREATE TABLE and ALTER TABLE).
func createPartitions(ctx context.Context, c conn, d day) error {
	// Two nodes that make the same partition would deadlock on the parents.
	if _, err := c.exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('mesher.partitions'))"); err != nil {
		return err
	}
	for _, table := range dayTables {
		name := partitionName(table, d)
		var attached bool
		if err := c.row(ctx, "SELECT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1))", []any{name}, &attached); err != nil {
			return err
		}
		if attached {
			continue
		}
		for _, statement := range []string{
			fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES)", name, table),
			fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", table, name, d.firstID(), (d + 1).firstID()),
		} {
			if _, err := c.exec(ctx, statement); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *tableArchive) write(ctx context.Context, c conn, w *writing) error {
	a.mu.Lock()
	for i := range w.events {
		a.unsettled[dayOf(w.events[i].id)] = true
	}
	for i := range w.logs {
		a.unsettled[dayOf(w.logs[i].id)] = true
	}
	a.mu.Unlock()
	return c.session.Raw(func(driver any) error {
		return copyRows(ctx, c, driver.(*stdlib.Conn).Conn(), w)
	})
}

// settle spares batches the clean-up of GIN's pending lists (manual, 70.4.1),
// for which one of them would wait once a megabyte has come: 117 ms. It takes
// as much work beside them, and does not wait for their transactions.
func (a *tableArchive) settle(ctx context.Context) error {
	a.mu.Lock()
	unsettled := a.unsettled
	a.unsettled = map[day]bool{}
	a.mu.Unlock()
	for d := range unsettled {
		if err := a.settleDay(ctx, d); err != nil {
			return fmt.Errorf("settle words of %v: %w", d, err)
		}
	}
	return nil
}

func (a *tableArchive) settleDay(ctx context.Context, d day) error {
	return a.store.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `SELECT gin_clean_pending_list(i.indexrelid::regclass) FROM pg_index i
			JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
			WHERE m.amname = 'gin' AND i.indrelid IN (to_regclass($1), to_regclass($2))`, partitionName("events", d), partitionName("log_entries", d))
		return err
	})
}

// copyRows streams rows in COPY's binary format, half the cost of INSERT.
func copyRows(ctx context.Context, c conn, p *pgx.Conn, w *writing) error {
	var room []pgtype.TSVectorLexeme
	for _, t := range []struct {
		table   string
		columns []string
		n       int
		row     func(i int) []any
	}{
		{"event_blocks", []string{"id", "project_id", "summaries", "payloads"}, len(w.eventBlocks), func(i int) []any {
			b := &w.eventBlocks[i]
			return []any{b.id, b.projectID, b.summaries, b.payloads}
		}},
		{"events", []string{"id", "event_id", "project_id", "issue_id", "timestamp", "block_id", "slot", "level", "outcome", "words"}, len(w.events),
			func(i int) []any { return append(w.events[i].row(), tsvector(w.events[i].wordRow(), w.tokens, &room)) }},
		{"log_blocks", []string{"id", "project_id", "entries"}, len(w.logBlocks), func(i int) []any {
			b := &w.logBlocks[i]
			return []any{b.id, b.projectID, b.payloads}
		}},
		{"log_entries", []string{"id", "project_id", "timestamp", "block_id", "slot", "level", "words"}, len(w.logs),
			func(i int) []any { return append(w.logs[i].row(), tsvector(w.logs[i].wordRow(), nil, &room)) }},
	} {
		if t.n == 0 {
			continue
		}
		c.statements.Add(1)
		rows := pgx.CopyFromSlice(t.n, func(i int) ([]any, error) { return t.row(i), nil })
		if _, err := p.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, rows); err != nil {
			return err
		}
	}
	return nil
}

// tsvector is built here, so that both databases split words alike. It is valid
// until room is used for the next.
func tsvector(row wordRow, shared []string, room *[]pgtype.TSVectorLexeme) pgtype.TSVector {
	*room = (*room)[:0]
	for _, w := range row.words {
		*room = append(*room, pgtype.TSVectorLexeme{Word: w})
	}
	for _, place := range row.places {
		*room = append(*room, pgtype.TSVectorLexeme{Word: shared[place]})
	}
	return pgtype.TSVector{Lexemes: *room, Valid: true}
}

func (a *tableArchive) days(ctx context.Context) ([]day, error) {
	var days []day
	err := a.store.read(ctx, func(c conn) error {
		// Of all tables, because a day may have been removed from some of them only.
		return c.each(ctx, "SELECT DISTINCT substring(relname FROM '_p([0-9]{8})$') FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = ANY ($1::regclass[]) AND relname ~ '_p[0-9]{8}$'", []any{dayTables[:]}, func(r scanner) error {
			var digits string
			if err := r.Scan(&digits); err != nil {
				return err
			}
			if d, ok := parseDay(digits[:4] + "-" + digits[4:6] + "-" + digits[6:]); ok {
				days = append(days, d)
			}
			return nil
		})
	})
	slices.Sort(days)
	slices.Reverse(days)
	return days, err
}

// drop holds the parent's lock for one table at a time, so that writers wait
// briefly. While somebody reads for longer, such as pg_dump, it fails: writers
// would wait behind it. Rows go before the blocks that they are in.
func (a *tableArchive) drop(ctx context.Context, d day) error {
	defer a.setMade(d, false)
	for _, table := range dayTables {
		name := partitionName(table, d)
		err := a.store.write(ctx, func(c conn) error {
			if _, err := c.exec(ctx, "SET LOCAL lock_timeout = '200ms'"); err != nil {
				return err
			}
			_, err := c.exec(ctx, "DROP TABLE IF EXISTS "+name)
			return err
		})
		if err != nil {
			return fmt.Errorf("drop %s: %w", name, err)
		}
	}
	// Attachments are few: they have no partitions.
	return a.store.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "DELETE FROM attachments WHERE event >= $1 AND event < $2", d.firstID(), (d + 1).firstID())
		return err
	})
}

func (a *tableArchive) size(ctx context.Context, d day) (int64, error) {
	var total int64
	err := a.store.read(ctx, func(c conn) error {
		for _, table := range dayTables {
			var size int64
			if err := c.row(ctx, "SELECT COALESCE(pg_total_relation_size(to_regclass($1)), 0)", []any{partitionName(table, d)}, &size); err != nil {
				return err
			}
			total += size
		}
		return nil
	})
	return total, err
}

// compact leaves free space to autovacuum, for later rows; it goes back with the partition.
func (a *tableArchive) compact(context.Context, int64) error { return nil }

func (a *tableArchive) close() error { return nil }
