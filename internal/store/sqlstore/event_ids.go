package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/mesher/mesher/internal/store"
)

// A day file's index of event ids is two tables that the view event_ids shows as
// one. Event ids are random, so each event of a batch would change a page of its
// own in one large index. Instead, batches go into event_ids_new, which is small
// enough to stay in memory, and its ids move to event_ids_old in order, a stretch
// at a time, so that a page of that takes many at once.
const (
	// waitingEventIDs is how many ids may be new: some 120 pages.
	waitingEventIDs = 1 << 16
	// movedEventIDs is how many move at a time. Some 40 ms at worst, of 3 million a day.
	movedEventIDs = 1 << 12
)

// inEventIDs restricts the rows r of table events by a condition on event_id.
func inEventIDs(condition string) string {
	return "r.id IN (SELECT id FROM event_ids WHERE " + condition + ")"
}

// writeEventIDs adds the ids of a batch, and moves as many as came once enough wait.
func writeEventIDs(ctx context.Context, c conn, events []eventRecord) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([][]any, len(events))
	for i := range events {
		rows[i] = []any{events[i].eventID[:], events[i].id}
	}
	slices.SortFunc(rows, func(a, b []any) int { return bytes.Compare(a[0].([]byte), b[0].([]byte)) })
	if err := c.insert(ctx, insert{into: "INSERT INTO event_ids_new (event_id, id) VALUES", rows: rows, then: "ON CONFLICT DO NOTHING"}); err != nil {
		return err
	}
	var m movedIDs
	if err := c.row(ctx, "SELECT waiting, through FROM event_ids_moved", nil, &m.waiting, &m.through); err != nil {
		return err
	}
	m.waiting += int64(len(rows))
	for m.waiting > waitingEventIDs {
		if err := m.move(ctx, c, movedEventIDs); err != nil {
			return err
		}
	}
	return m.save(ctx, c)
}

// movedIDs is the row of event_ids_moved: how many ids wait, and through which they moved last.
type movedIDs struct {
	waiting int64
	through []byte
}

func (m *movedIDs) save(ctx context.Context, c conn) error {
	_, err := c.exec(ctx, "UPDATE event_ids_moved SET waiting = $1, through = $2", m.waiting, m.through)
	return err
}

// move moves the next n ids. Behind the last one it begins at the first again,
// and counts those that came meanwhile.
func (m *movedIDs) move(ctx context.Context, c conn, n int) error {
	var last []byte
	err := c.row(ctx, "SELECT event_id FROM event_ids_new WHERE event_id > $1 ORDER BY event_id LIMIT 1 OFFSET $2", []any{m.through, n - 1}, &last)
	if errors.Is(err, store.ErrNotFound) {
		if _, err := moveEventIDs(ctx, c, m.through, afterEventIDs); err != nil {
			return err
		}
		m.through = beforeEventIDs
		return c.row(ctx, "SELECT COUNT(*) FROM event_ids_new", nil, &m.waiting)
	}
	if err != nil {
		return err
	}
	moved, err := moveEventIDs(ctx, c, m.through, last)
	m.waiting, m.through = m.waiting-moved, last
	return err
}

// Less and more than any event id, which has 16 bytes.
var (
	beforeEventIDs = []byte{0}
	afterEventIDs  = bytes.Repeat([]byte{0xff}, 17)
)

// moveEventIDs moves the ids behind after, up to through.
func moveEventIDs(ctx context.Context, c conn, after, through []byte) (moved int64, err error) {
	const stretch = " FROM event_ids_new WHERE event_id > $1 AND event_id <= $2"
	if _, err := c.exec(ctx, "INSERT INTO event_ids_old (event_id, id) SELECT event_id, id"+stretch+" ORDER BY event_id, id ON CONFLICT DO NOTHING", after, through); err != nil {
		return 0, err
	}
	return c.exec(ctx, "DELETE"+stretch, after, through)
}

// moveAllEventIDs puts the ids of a finished day together.
func moveAllEventIDs(ctx context.Context, c conn) error {
	moved, err := moveEventIDs(ctx, c, beforeEventIDs, afterEventIDs)
	if err != nil || moved == 0 {
		return err
	}
	m := movedIDs{through: beforeEventIDs}
	return m.save(ctx, c)
}

// removeEventIDs forgets the ids of rows that are about to be deleted.
func removeEventIDs(ctx context.Context, c conn, rows []int64) error {
	for _, table := range []string{"event_ids_new", "event_ids_old"} {
		if err := listExec(ctx, c, "DELETE FROM "+table+" WHERE (event_id, id) IN (SELECT event_id, id FROM events WHERE id IN (…))", rows); err != nil {
			return err
		}
	}
	return nil
}
