package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// tell publishes what a committed batch means to the projects that somebody
// listens to. Facts of a batch that was applied before are the same again, with the same ids.
func (p *Processor) tell(ctx context.Context, b batch, result *store.Result) error {
	var facts []eventlog.Fact
	counted := map[int64]*counted{}
	var order []int64
	wanted := map[int64]bool{}
	i := 0
	for it := range b.items() {
		project := it.record().ProjectID
		listened, asked := wanted[project]
		if !asked {
			listened = p.parts.Facts.Wanted(project)
			wanted[project] = listened
		}
		if !listened {
			i += len(it.events)
			continue
		}
		for e := range it.events {
			row, applied := &it.events[e], result.Events[i]
			i++
			if applied.Duplicate || applied.Discarded {
				continue
			}
			var err error
			if facts, err = p.eventFacts(ctx, facts, it.rules, told{row, applied}); err != nil {
				return err
			}
			if counted[applied.IssueID] == nil {
				counted[applied.IssueID] = newCounted(row, applied)
				order = append(order, applied.IssueID)
			}
			counted[applied.IssueID].add(row, applied)
		}
		for l := range it.logs {
			f, err := view.LogStored(it.logs[l])
			if err != nil {
				return err
			}
			facts = append(facts, f)
		}
	}
	for _, id := range order {
		f, err := view.IssueCounted(counted[id].projectID, b.through(), counted[id].IssueCount)
		if err != nil {
			return err
		}
		facts = append(facts, f)
	}
	if err := p.parts.Facts.Publish(ctx, facts); err != nil {
		return fmt.Errorf("tell facts: %w", err)
	}
	return nil
}

// told is a stored event with what became of it.
type told struct {
	row     *store.EventRow
	applied store.Applied
}

// eventFacts appends event.stored and, where the event changed its issue's state, that.
func (p *Processor) eventFacts(ctx context.Context, facts []eventlog.Fact, r *rules, e told) ([]eventlog.Fact, error) {
	row, a := e.row, e.applied
	stored := summary(row, a)
	facts = append(facts, view.EventStored(&stored))
	kind := view.IssueKind(a.Outcome)
	if kind == "" {
		return facts, nil
	}
	var found issue.Issue
	err := p.retry(ctx, "read issue", func() (err error) {
		found, err = p.parts.Issues.GetIssue(ctx, a.IssueID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return facts, nil // deleted or merged meanwhile
	}
	if err != nil {
		return nil, err
	}
	v := view.NewIssue(found, r.slug)
	v.Fingerprint = view.Hash(row.Hashes[0])
	f, err := view.IssueFact(kind, row.ID, v)
	return append(facts, f), err
}

func summary(row *store.EventRow, a store.Applied) store.EventSummary {
	return store.EventSummary{
		ID: row.ID, EventID: view.Hash(row.EventID), ProjectID: row.ProjectID, IssueID: a.IssueID,
		Received: row.Received, Timestamp: row.Timestamp, Level: row.Level,
		Title: row.Title, Culprit: row.Culprit, Platform: row.Platform,
		Release: row.Release, Environment: row.Environment, Transaction: row.Transaction,
		UserKey: row.UserKey, Tags: row.Tags, Outcome: a.Outcome,
	}
}

// counted gathers the events of one issue within a batch into one fact.
type counted struct {
	projectID int64
	view.IssueCount
}

func newCounted(row *store.EventRow, a store.Applied) *counted {
	return &counted{projectID: row.ProjectID, IssueCount: view.IssueCount{ID: a.IssueID}}
}

func (c *counted) add(row *store.EventRow, a store.Applied) {
	c.EventCount = max(c.EventCount, a.EventCount)
	c.UserCount = max(c.UserCount, a.UserCount)
	if seen := view.Time(row.Timestamp); seen >= c.LastSeen {
		c.LastSeen, c.Level = seen, row.Level.String()
	}
}
