package sqlstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

const categoryAttachment = "attachment"

// Reasons in the ledger for attachments that are not kept.
const (
	reasonNoEvent  = "no_event"
	reasonPerEvent = "attachments_per_event"
	reasonPerDay   = "attachments_per_day"
)

// attachmentHash identifies a file within its event.
func attachmentHash(f *store.AttachmentRow) []byte {
	h := sha256.New()
	h.Write([]byte(f.Name))
	h.Write([]byte{0})
	h.Write(f.Content)
	return h.Sum(nil)[:16]
}

// writeAttachments keeps the files of events that are stored, beside them, as
// far as the quotas allow.
func (a *application) writeAttachments(ctx context.Context) error {
	var fresh []*store.AttachmentRow
	for i := range a.b.Attachments {
		if f := &a.b.Attachments[i]; f.Seq > a.applied {
			fresh = append(fresh, f)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	events, err := a.eventsOf(ctx, fresh)
	if err != nil {
		return err
	}
	quota := attachmentQuota{a: a, left: map[projectDay]int64{}, used: map[projectDay]int64{}}
	stored := map[projectDay]int64{} // by the day of the event
	for _, f := range fresh {
		outcome, reason, err := a.keepAttachment(ctx, f, events[eventKey{f.ProjectID, f.EventID}], &quota)
		if err != nil {
			return fmt.Errorf("write attachment: %w", err)
		}
		if outcome == store.Stored {
			stored[projectDay{f.ProjectID, dayOf(events[eventKey{f.ProjectID, f.EventID}])}] += int64(len(f.Content))
		}
		a.counters.AddLedger(rollup.LedgerKey{
			ProjectID: f.ProjectID, Minute: rollup.Bucket(f.Received, rollup.Minute), Category: categoryAttachment, Outcome: outcome, Reason: reason,
		}, 1, int64(len(f.Content)))
	}
	return a.addAttachmentBytes(ctx, stored, quota.used)
}

// eventsOf returns the row ids of the events that files belong to: of this
// batch, or stored before.
func (a *application) eventsOf(ctx context.Context, files []*store.AttachmentRow) (map[eventKey]int64, error) {
	rows := map[eventKey]int64{}
	for _, i := range a.fresh {
		rows[eventKey{a.b.Events[i].ProjectID, a.b.Events[i].EventID}] = a.b.Events[i].ID
	}
	var missing [][]byte
	first := int64(math.MaxInt64)
	for _, f := range files {
		if rows[eventKey{f.ProjectID, f.EventID}] == 0 {
			missing = append(missing, f.EventID[:])
			first = min(first, day(rollup.Bucket(f.Received, rollup.Day)-1).firstID())
		}
	}
	if len(missing) == 0 {
		return rows, nil
	}
	err := a.eachSource(ctx, first, math.MaxInt64, func(c conn) error {
		return listOf(ctx, c, "SELECT r.id, r.project_id, r.event_id FROM events r WHERE r.id >= $1 AND "+c.d.withEventID("event_id IN (…)"), missing, func(r scanner) error {
			var id, projectID int64
			var eventID []byte
			err := r.Scan(&id, &projectID, &eventID)
			if err == nil {
				rows[eventKey{projectID, [16]byte(eventID)}] = id
			}
			return err
		}, first)
	})
	return rows, err
}

// keepAttachment writes one file beside its event and says what became of it.
// On SQLite the day's file commits before the counters: a file that an earlier
// delivery of the same record wrote is known by the record's id.
func (a *application) keepAttachment(ctx context.Context, f *store.AttachmentRow, event int64, quota *attachmentQuota) (outcome, reason string, err error) {
	if event == 0 {
		return store.Discarded, reasonNoEvent, nil
	}
	if ok, err := quota.allows(ctx, f); !ok || err != nil {
		return store.RateLimited, reasonPerDay, err
	}
	sources, err := a.s.events.sources(ctx, &a.c, event, event+1)
	if err != nil {
		return "", "", err
	}
	outcome, reason = store.Discarded, reasonNoEvent
	for _, src := range sources {
		err := src.write(ctx, func(c conn) error {
			outcome, reason, err = insertAttachment(ctx, c, f, event)
			return err
		})
		if err != nil {
			return "", "", err
		}
	}
	if outcome == store.Stored {
		quota.take(f)
	}
	return outcome, reason, nil
}

func insertAttachment(ctx context.Context, c conn, f *store.AttachmentRow, event int64) (outcome, reason string, err error) {
	hash := attachmentHash(f)
	var known int64
	err = c.row(ctx, "SELECT id FROM attachments WHERE event = $1 AND hash = $2", []any{event, hash}, &known)
	switch {
	case err == nil && known == f.ID:
		return store.Stored, "", nil
	case err == nil:
		return store.Filtered, reasonDuplicate, nil
	case !errors.Is(err, store.ErrNotFound):
		return "", "", err
	}
	var count, bytes int64
	if err := c.row(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachments WHERE event = $1", []any{event}, &count, &bytes); err != nil {
		return "", "", err
	}
	if count >= store.MaxEventAttachments || bytes+int64(len(f.Content)) > store.MaxEventAttachmentBytes {
		return store.RateLimited, reasonPerEvent, nil
	}
	_, err = c.exec(ctx, "INSERT INTO attachments (event, hash, id, name, content_type, size, content) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		event, hash, f.ID, f.Name, f.ContentType, int64(len(f.Content)), nonNil(f.Content))
	return store.Stored, "", err
}

// nonNil keeps an empty file from being written as NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// attachmentQuota is what projects may still keep of the days of a batch.
type attachmentQuota struct {
	a          *application
	left, used map[projectDay]int64
}

func (q *attachmentQuota) key(f *store.AttachmentRow) projectDay {
	return projectDay{f.ProjectID, day(rollup.Bucket(f.Received, rollup.Day))}
}

func (q *attachmentQuota) allows(ctx context.Context, f *store.AttachmentRow) (bool, error) {
	key := q.key(f)
	left, known := q.left[key]
	if !known {
		var p org.Project
		var settings string
		var used int64
		err := q.a.c.row(ctx, `SELECT COALESCE((SELECT settings FROM projects WHERE id = $1), '{}'),
			COALESCE((SELECT bytes FROM attachment_days WHERE project_id = $1 AND day = $2), 0)`, []any{key.projectID, int64(key.day)}, &settings, &used)
		if err == nil {
			err = readSettings(&p, settings)
		}
		if err != nil {
			return false, err
		}
		left = cmp.Or(p.Settings.AttachmentQuota, store.DayAttachmentBytes) - used
		q.left[key] = left
	}
	return int64(len(f.Content)) <= left, nil
}

func (q *attachmentQuota) take(f *store.AttachmentRow) {
	key := q.key(f)
	q.left[key] -= int64(len(f.Content))
	q.used[key] += int64(len(f.Content))
}

// addAttachmentBytes counts on what projects occupy and what is used of their quotas.
func (a *application) addAttachmentBytes(ctx context.Context, stored, used map[projectDay]int64) error {
	rows := func(sums map[projectDay]int64) (rows [][]any) {
		for key, n := range sums {
			rows = append(rows, []any{key.projectID, int64(key.day), n})
		}
		sortRows(rows)
		return rows
	}
	var days [][]any
	for _, r := range rows(stored) {
		days = append(days, []any{r[0], r[1], int64(0), int64(0), r[2]})
	}
	for _, in := range []insert{
		{into: "INSERT INTO attachment_days (project_id, day, bytes) VALUES", rows: rows(used),
			then: "ON CONFLICT (project_id, day) DO UPDATE SET bytes = attachment_days.bytes + excluded.bytes"},
		{into: "INSERT INTO project_days (project_id, day, events, logs, bytes) VALUES", rows: days,
			then: "ON CONFLICT (project_id, day) DO UPDATE SET bytes = project_days.bytes + excluded.bytes"},
	} {
		if err := a.c.insert(ctx, in); err != nil {
			return err
		}
	}
	return nil
}
