package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/mesher/mesher/internal/issue"
)

// Transferred says how far a table has come in Transfer.
type Transferred struct {
	Table string
	Rows  int64
	// Verified is set when the target's count was found equal.
	Verified bool
}

// Transfer copies everything from an SQLite store that is not in use into an
// empty PostgreSQL one, table by table, and counts every table on both sides
// afterwards. It calls progress now and then.
func Transfer(ctx context.Context, from, to *Store, progress func(Transferred)) error {
	if from.d.name != "sqlite" || to.d.name != "postgres" {
		return errors.New("sqlstore: a transfer goes from SQLite to PostgreSQL")
	}
	t := &transfer{from: from, to: to, progress: progress, rows: map[string]int64{}}
	if err := t.refuseUsed(ctx); err != nil {
		return err
	}
	tables, err := t.tables(ctx)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := t.copyTable(ctx, table); err != nil {
			return fmt.Errorf("transfer %s: %w", table, err)
		}
	}
	if err := t.copyDays(ctx); err != nil {
		return err
	}
	return t.verify(ctx)
}

type transfer struct {
	from, to *Store
	progress func(Transferred)
	// rows counts what was read, by table.
	rows map[string]int64
}

// transferStep is how many rows are copied at a time.
const transferStep = 1000

func (t *transfer) refuseUsed(ctx context.Context) error {
	var n int64
	if err := t.to.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT (SELECT COUNT(*) FROM issues) + (SELECT COUNT(*) FROM users)", nil, &n)
	}); err != nil {
		return err
	}
	if n > 0 {
		return errors.New("sqlstore: the PostgreSQL database is in use already: transfer into an empty one")
	}
	return nil
}

// tables lists what the main file holds, goose's and SQLite's own tables left out.
func (t *transfer) tables(ctx context.Context) (names []string, err error) {
	err = t.from.read(ctx, func(c conn) error {
		names, err = all(ctx, c, func(r scanner) (name string, err error) { return name, r.Scan(&name) },
			"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name")
		return err
	})
	return names, err
}

func (t *transfer) copyTable(ctx context.Context, table string) error {
	// Migrations leave rows in some tables.
	if err := t.to.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "DELETE FROM "+table)
		return err
	}); err != nil {
		return err
	}
	return t.from.read(ctx, func(c conn) error {
		rows, err := c.q.QueryContext(ctx, "SELECT * FROM "+table)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		var part [][]any
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			if part = append(part, values); len(part) == transferStep {
				if err := t.put(ctx, table, columns, part); err != nil {
					return err
				}
				part = part[:0]
			}
		}
		return errors.Join(rows.Err(), t.put(ctx, table, columns, part), t.moveSequence(ctx, table, columns))
	})
}

func (t *transfer) put(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	t.rows[table] += int64(len(rows))
	t.progress(Transferred{Table: table, Rows: t.rows[table]})
	return t.to.write(ctx, func(c conn) error {
		return c.session.Raw(func(raw any) error {
			_, err := raw.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			return err
		})
	})
}

// moveSequence lets the next generated id follow the copied ones.
func (t *transfer) moveSequence(ctx context.Context, table string, columns []string) error {
	if !slices.Contains(columns, "id") {
		return nil
	}
	return t.to.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT MAX(id) FROM "+table+")) WHERE pg_get_serial_sequence($1, 'id') IS NOT NULL AND EXISTS (SELECT 1 FROM "+table+")", table)
		return err
	})
}

// copyDays copies events and log entries, and makes their words anew.
func (t *transfer) copyDays(ctx context.Context) error {
	days, err := t.from.events.days(ctx)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := t.to.events.prepare(ctx, []day{d}); err != nil {
			return err
		}
		sources, err := t.from.events.sources(ctx, nil, d.firstID(), (d + 1).firstID())
		if err != nil {
			return err
		}
		for _, src := range sources {
			if err := src.read(ctx, func(c conn) error {
				return errors.Join(t.copyEvents(ctx, c), t.copyLogs(ctx, c), t.copyAttachments(ctx, c))
			}); err != nil {
				return fmt.Errorf("transfer events of %v: %w", d, err)
			}
		}
	}
	return nil
}

func (t *transfer) copyEvents(ctx context.Context, c conn) error {
	err := t.from.eachEvents(ctx, c, transferStep, func(refs []eventRef, summaries []summary) error {
		w := &writing{}
		for i, r := range refs {
			w.events = append(w.events, eventRecord{id: r.id, eventID: r.eventID, projectID: r.projectID, issueID: r.issueID, timestamp: r.timestamp,
				blockID: r.blockID, slot: r.slot, level: r.level, outcome: issue.Outcome(r.outcome), words: t.to.d.summaryWords(&summaries[i], r)})
		}
		return t.write(ctx, w, "events", len(refs))
	})
	if err != nil {
		return err
	}
	return t.copyBlocks(ctx, c)
}

func (t *transfer) write(ctx context.Context, w *writing, table string, n int) error {
	t.rows[table] += int64(n)
	t.progress(Transferred{Table: table, Rows: t.rows[table]})
	return t.to.write(ctx, func(c conn) error { return t.to.events.write(ctx, c, w) })
}

func (t *transfer) copyBlocks(ctx context.Context, c conn) error {
	return eachBlock(ctx, c, "SELECT id, project_id, summaries, payloads FROM event_blocks WHERE id > $1 ORDER BY id LIMIT 50", func(r scanner) (blockRecord, error) {
		var b blockRecord
		return b, r.Scan(&b.id, &b.projectID, &b.summaries, &b.payloads)
	}, func(blocks []blockRecord) error {
		return t.write(ctx, &writing{eventBlocks: blocks}, "event_blocks", len(blocks))
	})
}

func (t *transfer) copyLogs(ctx context.Context, c conn) error {
	return t.to.eachLogs(ctx, c, func(blocks []blockRecord, logs []logRecord) error {
		t.rows["log_entries"] += int64(len(logs))
		return t.write(ctx, &writing{logBlocks: blocks, logs: logs}, "log_blocks", len(blocks))
	})
}

// verify counts every table on the other side.
func (t *transfer) verify(ctx context.Context) error {
	var wrong []string
	err := t.to.read(ctx, func(c conn) error {
		for _, table := range sortedKeys(t.rows) {
			var n int64
			if err := c.row(ctx, "SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
				return err
			}
			if n != t.rows[table] {
				wrong = append(wrong, fmt.Sprintf("%s has %d rows instead of %d", table, n, t.rows[table]))
				continue
			}
			t.progress(Transferred{Table: table, Rows: n, Verified: true})
		}
		return nil
	})
	if len(wrong) > 0 {
		err = errors.Join(err, errors.New("sqlstore: the transfer is incomplete: "+strings.Join(wrong, ", ")))
	}
	return err
}
