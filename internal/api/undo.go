package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// undoLife is how long a change can be taken back.
const undoLife = time.Minute

// undoneKind is the kind of activity that tells of a change taken back.
const undoneKind = "undone"

// undoable are the kinds of activity that remember the state before them. What
// else moves an issue (events, Mesher itself, a merge) has another kind and so
// ends the time in which the change before it can be taken back.
func undoable(kind string) bool {
	switch kind {
	case "resolved", "archived", "reopened", "priority", "assigned":
		return true
	}
	return false
}

// formerState is an issue's triage state as its history remembers it.
type formerState struct {
	Status             string     `json:"status"`
	Substatus          string     `json:"substatus"`
	Priority           int        `json:"priority"`
	AssigneeUser       int64      `json:"assignee_user,omitempty"`
	AssigneeTeam       int64      `json:"assignee_team,omitempty"`
	ResolvedAt         *view.Time `json:"resolved_at,omitempty"`
	ResolvedIn         string     `json:"resolved_in,omitempty"`
	ResolvedInNext     bool       `json:"resolved_in_next,omitempty"`
	ArchivedUntil      int64      `json:"archived_until,omitempty"`
	ArchivedUntilUsers int64      `json:"archived_until_users,omitempty"`
	RegressedAt        *view.Time `json:"regressed_at,omitempty"`
	EscalatedAt        *view.Time `json:"escalated_at,omitempty"`
}

func newFormerState(t issue.Triage) formerState {
	return formerState{
		Status: t.Status.String(), Substatus: t.Substatus.String(), Priority: t.Priority,
		AssigneeUser: t.AssigneeUser, AssigneeTeam: t.AssigneeTeam,
		ResolvedAt: view.Some(t.ResolvedAt), ResolvedIn: t.ResolvedIn, ResolvedInNext: t.ResolvedInNext,
		ArchivedUntil: t.ArchivedUntil, ArchivedUntilUsers: t.ArchivedUntilUsers,
		RegressedAt: view.Some(t.RegressedAt), EscalatedAt: view.Some(t.EscalatedAt),
	}
}

// triage is the inverse of newFormerState; ok is false for a status of another version.
func (f formerState) triage() (t issue.Triage, ok bool) {
	status, ok := issue.ParseStatus(f.Status)
	substatus, _ := issue.ParseSubstatus(f.Substatus)
	return issue.Triage{
		Status: status, Substatus: substatus, Priority: f.Priority,
		AssigneeUser: f.AssigneeUser, AssigneeTeam: f.AssigneeTeam,
		ResolvedAt: microsOf(f.ResolvedAt), ResolvedIn: f.ResolvedIn, ResolvedInNext: f.ResolvedInNext,
		ArchivedUntil: f.ArchivedUntil, ArchivedUntilUsers: f.ArchivedUntilUsers,
		RegressedAt: microsOf(f.RegressedAt), EscalatedAt: microsOf(f.EscalatedAt),
	}, ok
}

func microsOf(t *view.Time) int64 {
	if t == nil {
		return 0
	}
	return int64(*t)
}

type undoInput struct {
	ProjectPath
	Body struct {
		IDs       []int64   `json:"ids" minItems:"1" maxItems:"1000"`
		ChangedAt view.Time `json:"changed_at" format:"date-time" doc:"changed_at of the answer to the change"`
	}
}

func (s *Server) registerUndo() {
	register(s, route{
		call: "POST /projects/{project_id}/issues/undo", id: "undo-issues", tag: "Issues", status: 200,
		summary:     "Take back your last change of issues",
		description: "Within a minute. Status, priority and assignee become exactly what they were. An issue that was changed meanwhile, by whomever, is left as it is and is not in the answer.",
		on:          onProject, action: org.TriageIssues,
	}, s.undoIssues)
}

func (s *Server) undoIssues(ctx context.Context, in *undoInput) (*body[BulkResult], error) {
	now := s.Now()
	u := undo{userID: callerOf(ctx).User.ID, changedAt: int64(in.Body.ChangedAt), now: now.UnixMicro()}
	result := BulkResult{Updated: []int64{}, ChangedAt: view.Time(u.now)}
	if u.changedAt < now.Add(-undoLife).UnixMicro() {
		return answer(result), nil
	}
	for _, id := range in.Body.IDs {
		done, err := s.undoOne(ctx, u, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("undo change of issue: %w", err)
		}
		if done {
			result.Updated = append(result.Updated, id)
		}
	}
	return answer(result), nil
}

// undo is who takes back which change, and when; times in Unix µs.
type undo struct{ userID, changedAt, now int64 }

// undoOne reads the state, then the history, and restores only if the state is
// still the same then: so nothing that came between is lost.
func (s *Server) undoOne(ctx context.Context, u undo, id int64) (bool, error) {
	current, err := s.Telemetry.GetIssue(ctx, id)
	if err != nil {
		return false, err
	}
	if current.ProjectID != callerOf(ctx).project.ID {
		return false, store.ErrNotFound
	}
	former, kind, err := s.formerState(ctx, u, id)
	if err != nil || kind == "" {
		return false, err
	}
	done := false
	changed, err := s.Telemetry.UpdateTriage(ctx, id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		if done = i.Triage == current.Triage; !done {
			return i.Triage, nil, nil
		}
		t := triage{userID: u.userID, at: u.now}
		return former, []store.Activity{t.activity(i, undoneKind, map[string]any{"kind": kind})}, nil
	})
	if err != nil || !done {
		return false, err
	}
	s.tellChanged(ctx, changed, u.now)
	return true, nil
}

// formerState finds what the issue was before the change, and the kind of the
// change; empty when the issue's latest change is another one.
func (s *Server) formerState(ctx context.Context, u undo, id int64) (issue.Triage, string, error) {
	// Comments are no changes; one may follow in the minute.
	page, err := s.Telemetry.ListActivity(ctx, id, nil, store.PageRequest{Limit: 10})
	if err != nil {
		return issue.Triage{}, "", fmt.Errorf("read history: %w", err)
	}
	for _, a := range page.Items {
		if a.Kind == commentKind {
			continue
		}
		if !undoable(a.Kind) || a.UserID != u.userID || a.At != u.changedAt {
			break
		}
		var data struct {
			Previous formerState `json:"previous"`
		}
		if err := json.Unmarshal(a.Data, &data); err != nil {
			return issue.Triage{}, "", fmt.Errorf("read activity %d: %w", a.ID, err)
		}
		if former, ok := data.Previous.triage(); ok {
			return former, a.Kind, nil
		}
		break
	}
	return issue.Triage{}, "", nil
}
