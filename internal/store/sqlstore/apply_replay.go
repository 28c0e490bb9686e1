package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// recallReplayed fills in what an earlier delivery made of the rows that the
// partition has already applied. A row that is not stored was dropped then.
func (a *application) recallReplayed(ctx context.Context) error {
	byID := map[int64]int{}
	for i := range a.b.Events {
		if a.result.Events[i].Replayed {
			byID[a.b.Events[i].ID] = i
		}
	}
	if len(byID) == 0 {
		return nil
	}
	ids := sortedKeys(byID)
	err := a.eachSource(ctx, ids[0], ids[len(ids)-1]+1, func(c conn) error {
		return listOf(ctx, c, "SELECT id, issue_id, outcome FROM events WHERE id IN (…)", ids, func(r scanner) error {
			var id, issueID int64
			var outcome issue.Outcome
			err := r.Scan(&id, &issueID, &outcome)
			if i, ok := byID[id]; ok {
				a.result.Events[i].IssueID, a.result.Events[i].Outcome = issueID, outcome
				delete(byID, id)
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, i := range byID {
		a.result.Events[i].Duplicate = true
	}
	return a.recallCounts(ctx)
}

// recallCounts follows merges, so that the facts told again name the issue that is there now.
func (a *application) recallCounts(ctx context.Context) error {
	var ids []int64
	for _, r := range a.result.Events {
		if r.IssueID != 0 {
			ids = append(ids, r.IssueID)
		}
	}
	type count struct{ id, events, users int64 }
	now := map[int64]count{}
	err := listOf(ctx, a.c, `SELECT i.id, t.id, t.event_count, t.user_count FROM issues i
		JOIN issues t ON t.id = CASE WHEN i.merged_into = 0 THEN i.id ELSE i.merged_into END WHERE i.id IN (…)`, unique(ids), func(r scanner) error {
		var id int64
		var n count
		err := r.Scan(&id, &n.id, &n.events, &n.users)
		now[id] = n
		return err
	})
	for i := range a.result.Events {
		if r := &a.result.Events[i]; r.IssueID != 0 {
			n := now[r.IssueID]
			r.IssueID, r.EventCount, r.UserCount = n.id, n.events, n.users
		}
	}
	return err
}

// dropDuplicates finds events that are stored already or come twice in the
// batch. An event can only have been stored after it happened, so that days
// before its timestamp need no look: with a day of slack for wrong clocks,
// nearly always today's and yesterday's index are read.
func (a *application) dropDuplicates(ctx context.Context) error {
	oldest := map[int64][][16]byte{} // by the id to search from
	for _, i := range a.fresh {
		e := &a.b.Events[i]
		from := min(e.Timestamp, e.Received)
		day := day(rollup.Bucket(from, rollup.Day) - 1)
		oldest[day.firstID()] = append(oldest[day.firstID()], e.EventID)
	}
	known := map[eventKey]int64{}
	for _, from := range sortedKeys(oldest) {
		if err := a.findStored(ctx, from, oldest[from], known); err != nil {
			return err
		}
	}
	a.fresh = slices.DeleteFunc(a.fresh, func(i int) bool { return a.isDuplicate(i, known) })
	return nil
}

type eventKey struct {
	projectID int64
	eventID   [16]byte
}

// isDuplicate also remembers the event, so that the next one of the same id in the batch is a duplicate.
func (a *application) isDuplicate(i int, known map[eventKey]int64) bool {
	e := &a.b.Events[i]
	key := eventKey{e.ProjectID, e.EventID}
	if id, ok := known[key]; ok && id != e.ID {
		a.result.Events[i].Duplicate = true
		a.ledger(e, store.Filtered, reasonDuplicate)
		return true
	}
	known[key] = e.ID
	return false
}

func (a *application) findStored(ctx context.Context, from int64, ids [][16]byte, known map[eventKey]int64) error {
	mine := make(map[int64]bool, len(a.b.Events))
	for _, i := range a.fresh {
		mine[a.b.Events[i].ID] = true
	}
	args := make([][]byte, len(ids))
	for i := range ids {
		args[i] = ids[i][:]
	}
	return a.eachSource(ctx, from, math.MaxInt64, func(c conn) error {
		return listOf(ctx, c, "SELECT r.id, r.project_id, r.event_id, r.block_id FROM events r WHERE r.id >= $1 AND "+c.d.withEventID("event_id IN (…)"), args, func(r scanner) error {
			var id, projectID, blockID int64
			var eventID []byte
			if err := r.Scan(&id, &projectID, &eventID, &blockID); err != nil {
				return err
			}
			if mine[id] {
				a.leftovers = append(a.leftovers, leftover{id, blockID})
				return nil
			}
			known[eventKey{projectID, [16]byte(eventID)}] = id
			return nil
		}, from)
	})
}

// eachSource reads what the batch will write to by the writer, which has its
// pages in memory: a reader of SQLite forgets its own with each commit.
func (a *application) eachSource(ctx context.Context, from, until int64, read func(conn) error) error {
	sources, err := a.s.events.sources(ctx, &a.c, from, until)
	if err != nil {
		return err
	}
	written := batchDays(a.b)
	for _, src := range sources {
		access := src.read
		if slices.ContainsFunc(written, src.overlaps) {
			access = src.write
		}
		if err := access(ctx, read); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) ledger(e *store.EventRow, outcome, reason string) {
	a.counters.AddLedger(rollup.LedgerKey{
		ProjectID: e.ProjectID, Minute: rollup.Bucket(e.Received, rollup.Minute), Category: cmp.Or(e.Category, categoryError), Outcome: outcome, Reason: reason,
	}, 1, int64(e.RawBytes))
}
