package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"github.com/mesher/mesher/internal/store"
)

// Kinds of chores.
const (
	choreIssue   = "delete_issue"
	choreProject = "delete_project"
)

// choreStep is how many events one step deletes: some 50 ms of the writer's time.
const choreStep = 500

// chore is a deletion that housekeeping does in steps.
type chore struct {
	id, projectID, issueID int64
	kind                   string
	createdAt              int64
	total                  int64
}

func addChore(ctx context.Context, c conn, ch chore) error {
	_, err := c.exec(ctx, "INSERT INTO chores (kind, project_id, issue_id, created_at, total) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, project_id, issue_id) DO NOTHING",
		ch.kind, ch.projectID, ch.issueID, ch.createdAt, ch.total)
	return err
}

// PurgeProject implements store.Housekeeper.
func (s *Store) PurgeProject(ctx context.Context, projectID, at int64) error {
	return s.write(ctx, func(c conn) error {
		var total int64
		if err := c.row(ctx, "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM project_days WHERE project_id = $1", []any{projectID}, &total); err != nil {
			return err
		}
		return addChore(ctx, c, chore{kind: choreProject, projectID: projectID, createdAt: at, total: total})
	})
}

// Deletions implements store.Housekeeper.
func (s *Store) Deletions(ctx context.Context) (list []store.DeletionProgress, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (store.DeletionProgress, error) {
			var p store.DeletionProgress
			err := r.Scan(&p.ProjectID, &p.IssueID, &p.CreatedAt, &p.Done, &p.Total)
			return p, err
		}, "SELECT project_id, issue_id, created_at, done, total FROM chores ORDER BY id LIMIT 1000")
		return err
	})
	return list, err
}

// DeleteStep implements store.Housekeeper.
func (s *Store) DeleteStep(ctx context.Context) (more bool, err error) {
	ch, err := s.oldestChore(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n, err := s.deleteEvents(ctx, ch)
	if err != nil {
		return false, err
	}
	if n > 0 {
		return true, s.write(ctx, func(c conn) error {
			_, err := c.exec(ctx, "UPDATE chores SET done = done + $1 WHERE id = $2", n, ch.id)
			return err
		})
	}
	return true, s.write(ctx, func(c conn) error {
		more, err := deleteRows(ctx, c, ch)
		if more || err != nil {
			return err
		}
		return finishChore(ctx, c, ch)
	})
}

func (s *Store) oldestChore(ctx context.Context) (ch chore, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT id, kind, project_id, issue_id FROM chores ORDER BY id LIMIT 1", nil, &ch.id, &ch.kind, &ch.projectID, &ch.issueID)
	})
	return ch, err
}

// deleteEvents removes up to choreStep events or log entries from the first
// day that still holds some, and returns how many.
func (s *Store) deleteEvents(ctx context.Context, ch chore) (n int64, err error) {
	m := &eventMatch{projectID: ch.projectID, until: math.MaxInt64}
	if ch.kind == choreIssue {
		if m.issueIDs, err = s.everMerged(ctx, ch.issueID); err != nil {
			return 0, err
		}
	}
	sources, err := s.events.sources(ctx, nil, 0, math.MaxInt64)
	if err != nil {
		return 0, err
	}
	for _, src := range sources {
		n, err := s.deleteIn(ctx, src, m)
		if err == nil && n == 0 && ch.kind == choreProject {
			n, err = s.deleteLogsIn(ctx, src, ch.projectID)
		}
		if err != nil || n > 0 {
			return n, s.finish(err)
		}
	}
	return 0, nil
}

// everMerged lists an issue and those that were merged into it; never nothing, as that would be every issue's events.
func (s *Store) everMerged(ctx context.Context, issueID int64) (ids []int64, err error) {
	err = s.read(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, "SELECT id FROM issues WHERE merged_into = $1", issueID)
		return err
	})
	return append(ids, issueID), err
}

// deleteIn deletes the newest of a source's events that match, up to choreStep, and returns how many.
func (s *Store) deleteIn(ctx context.Context, src source, m *eventMatch) (int64, error) {
	of := sweep{from: src.from, projectID: m.projectID, issues: len(m.issueIDs)}
	if of.issues > 0 {
		of.issueID = m.issueIDs[of.issues-1]
	}
	until, resumed := s.sweeps.position(of, src.until)
	var ids []int64
	err := src.read(ctx, func(c conn) error {
		refs, err := m.refs(ctx, c, span{from: src.from, until: until, limit: choreStep})
		for _, r := range refs {
			ids = append(ids, r.id)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		s.sweeps.forget(of)
		if resumed { // for those that came meanwhile
			return s.deleteIn(ctx, src, m)
		}
		return 0, nil
	}
	err = src.write(ctx, func(c conn) error {
		var refs []eventRef
		err := listOf(ctx, c, "SELECT "+eventRefColumns+" FROM events r WHERE r.id IN (…)", ids, func(r scanner) error {
			ref, err := scanEventRef(r)
			refs = append(refs, ref)
			return err
		})
		if err != nil {
			return err
		}
		return s.removeRefs(ctx, c, refs)
	})
	if err == nil {
		s.sweeps.reached(of, ids[len(ids)-1])
	}
	return int64(len(ids)), err
}

// removeRefs deletes events and blanks their slots, so that nothing of them is left in their blocks.
func (s *Store) removeRefs(ctx context.Context, c conn, refs []eventRef) error {
	var ids []int64
	slots := map[int64][]int{}
	for _, r := range refs {
		ids = append(ids, r.id)
		slots[r.blockID] = append(slots[r.blockID], r.slot)
	}
	if err := s.blankSlots(ctx, c, slots); err != nil {
		return err
	}
	if c.d.ownWords {
		gone := make([]wordRow, len(ids))
		for i, id := range ids {
			gone[i] = wordRow{id: id, words: []string{goneWord}}
		}
		if err := errors.Join(c.writeWords(ctx, goneTable, nil, gone), removeEventIDs(ctx, c, ids)); err != nil {
			return err
		}
	}
	if err := listExec(ctx, c, "DELETE FROM attachments WHERE event IN (…)", ids); err != nil {
		return err
	}
	return listExec(ctx, c, "DELETE FROM events WHERE id IN (…)", ids)
}

func (s *Store) blankSlots(ctx context.Context, c conn, slots map[int64][]int) error {
	for _, id := range sortedKeys(slots) {
		var summaries, payloads []byte
		if err := c.row(ctx, "SELECT summaries, payloads FROM event_blocks WHERE id = $1", []any{id}, &summaries, &payloads); err != nil {
			return err
		}
		summaries, left, err := s.blank(summaries, slots[id])
		if err != nil {
			return err
		}
		if payloads, _, err = s.blank(payloads, slots[id]); err != nil {
			return err
		}
		if left {
			_, err = c.exec(ctx, "UPDATE event_blocks SET summaries = $1, payloads = $2 WHERE id = $3", summaries, payloads, id)
		} else {
			_, err = c.exec(ctx, "DELETE FROM event_blocks WHERE id = $1", id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blank empties slots of a block; left is false when none has anything left.
func (s *Store) blank(block []byte, slots []int) (packed []byte, left bool, err error) {
	rows, err := s.codec.unpack(block)
	if err != nil {
		return nil, false, err
	}
	for _, slot := range slots {
		if slot < len(rows) {
			rows[slot] = nil
		}
	}
	for _, row := range rows {
		left = left || len(row) > 0
	}
	return s.codec.pack(slices.Values(rows)), left, nil
}

// deleteLogsIn deletes whole log blocks of a project, and returns how many entries these had.
func (s *Store) deleteLogsIn(ctx context.Context, src source, projectID int64) (n int64, err error) {
	err = src.write(ctx, func(c conn) error {
		n, err = s.deleteLogBlocks(ctx, c, src, projectID)
		return err
	})
	return n, err
}

func (s *Store) deleteLogBlocks(ctx context.Context, c conn, src source, projectID int64) (int64, error) {
	var blocks, ids []int64
	err := c.each(ctx, "SELECT id, entries FROM log_blocks WHERE project_id = $1 AND id >= $2 AND id < $3 LIMIT 16", []any{projectID, src.from, src.until}, func(r scanner) error {
		var id int64
		var block []byte
		if err := r.Scan(&id, &block); err != nil {
			return err
		}
		slots, err := s.codec.unpack(block)
		for _, slot := range slots {
			var l store.LogRow
			err = errors.Join(err, json.Unmarshal(slot, &l))
			ids = append(ids, l.ID)
		}
		blocks = append(blocks, id)
		return err
	})
	if err != nil || len(blocks) == 0 {
		return 0, err
	}
	if err := listExec(ctx, c, "DELETE FROM log_entries WHERE id IN (…)", ids); err != nil {
		return 0, err
	}
	return int64(len(ids)), listExec(ctx, c, "DELETE FROM log_blocks WHERE id IN (…)", blocks)
}
