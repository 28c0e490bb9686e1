package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// maxBulk bounds the issues one bulk action touches.
const maxBulk = 1000

type issuePatch struct {
	IssuePath
	Body TriageChange
}

type issueDeletion struct {
	IssuePath
	Discard bool `query:"discard" doc:"Drop and count future events of this issue's fingerprints"`
}

// Selection names issues by id or by search, never both.
type Selection struct {
	IDs   []int64 `json:"ids,omitempty" maxItems:"1000"`
	Query *string `json:"query,omitempty" maxLength:"1000" doc:"Every issue that the search finds, up to 1000"`
}

type bulkPatch struct {
	ProjectPath
	Body struct {
		Selection
		TriageChange
	}
}

type bulkDeletion struct {
	ProjectPath
	Body struct {
		Selection
		Discard bool `json:"discard,omitempty" doc:"Drop and count future events of these issues' fingerprints"`
	}
}

type merge struct {
	IssuePath
	Body struct {
		IDs []int64 `json:"ids" minItems:"1" maxItems:"100" doc:"Issues of the same project that become part of this one"`
	}
}

// BulkResult says how many issues a bulk action touched.
type BulkResult struct {
	Updated []int64 `json:"updated" nullable:"false" doc:"Ids of the issues that were changed"`
	More    bool    `json:"more" doc:"The search found more than 1000 issues; repeat the call"`
	// ChangedAt names the change to undo-issues.
	ChangedAt view.Time `json:"changed_at" format:"date-time" doc:"Pass to undo-issues within a minute to take the change back"`
}

func (s *Server) registerTriage() {
	register(s, route{
		call: "PATCH /issues/{issue_id}", id: "update-issue", tag: "Issues",
		summary: "Resolve, archive, reopen, assign, prioritise, bookmark or follow an issue", on: onIssue, action: org.TriageIssues,
	}, s.updateIssue)
	register(s, route{
		call: "DELETE /issues/{issue_id}", id: "delete-issue", tag: "Issues",
		summary: "Delete an issue with its events", on: onIssue, action: org.DeleteIssues,
	}, s.deleteIssue)
	register(s, route{
		call: "POST /issues/{issue_id}/merge", id: "merge-issues", tag: "Issues", status: 200,
		summary: "Merge other issues into this one", on: onIssue, action: org.TriageIssues,
	}, s.mergeIssues)
	register(s, route{
		call: "PATCH /projects/{project_id}/issues", id: "update-issues", tag: "Issues",
		summary: "Change many issues", description: "Of the given ids, or all that a search finds.", on: onProject, action: org.TriageIssues,
	}, s.updateIssues)
	register(s, route{
		call: "POST /projects/{project_id}/issues/delete", id: "delete-issues", tag: "Issues", status: 200,
		summary: "Delete many issues with their events", on: onProject, action: org.DeleteIssues,
	}, s.deleteIssues)
}

func (s *Server) updateIssue(ctx context.Context, in *issuePatch) (*body[view.Issue], error) {
	t, err := s.prepare(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	changed, err := s.triageOne(ctx, in.IssueID, t)
	if err != nil {
		return nil, err
	}
	return s.showIssue(ctx, changed)
}

// prepare checks a change and binds it to the caller.
func (s *Server) prepare(ctx context.Context, change TriageChange) (triage, error) {
	if err := change.check(); err != nil {
		return triage{}, err
	}
	c := callerOf(ctx)
	assigned, err := s.checkAssignee(ctx, c.orgID, change.Assignee.assignee)
	if err != nil {
		return triage{}, err
	}
	return triage{change: change, userID: c.User.ID, at: s.Now().UnixMicro(), assigned: assigned}, nil
}

// checkAssignee refuses whoever is not of the organization, and returns whom an assignment concerns.
func (s *Server) checkAssignee(ctx context.Context, orgID int64, a assigneeRef) (_ []store.Addressee, err error) {
	var team store.Team
	switch a.Type {
	case "user":
		_, err = s.Accounts.GetMember(ctx, orgID, a.ID)
	case "team":
		team, err = s.Accounts.GetTeam(ctx, orgID, a.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Field("body.assignee", "the assignee must be a member or a team of the organization")
	}
	if err != nil {
		return nil, fmt.Errorf("find assignee: %w", err)
	}
	return addresseesOf(a, team), nil
}

// triageOne changes one issue of the caller's project and tells it.
func (s *Server) triageOne(ctx context.Context, id int64, t triage) (issue.Issue, error) {
	c := callerOf(ctx)
	touched := false
	changed, err := s.Telemetry.UpdateTriage(ctx, id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		if i.ProjectID != c.project.ID {
			return i.Triage, nil, store.ErrNotFound
		}
		next, history, err := t.decide(i)
		touched = next != i.Triage
		return next, history, err
	})
	if err != nil {
		return changed, err
	}
	if mark := t.change.IsBookmarked; mark != nil {
		if err := s.bookmark(ctx, changed.ID, *mark, t); err != nil {
			return changed, err
		}
	}
	if follow := t.change.IsSubscribed; follow != nil {
		if err := s.subscribe(ctx, changed.ID, *follow, t); err != nil {
			return changed, err
		}
	}
	if touched {
		s.tellChanged(ctx, changed, t.at)
	}
	return changed, nil
}

func (s *Server) bookmark(ctx context.Context, id int64, mark bool, t triage) error {
	if mark {
		return s.Accounts.SetBookmark(ctx, t.userID, id, t.at)
	}
	return s.Accounts.DeleteBookmark(ctx, t.userID, id)
}

// tellChanged publishes an issue's new state. The change is committed already,
// so a failure only makes open pages learn of it late.
func (s *Server) tellChanged(ctx context.Context, i issue.Issue, at int64) {
	v := []view.Issue{view.NewIssue(i, callerOf(ctx).project.Slug)}
	err := s.nameAssignees(ctx, v)
	if err == nil {
		err = s.publishChanged(ctx, v[0], at)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "live views were not told of a changed issue", slog.Int64("issue", i.ID), slog.Any("error", err))
	}
}

func (s *Server) publishChanged(ctx context.Context, v view.Issue, at int64) error {
	f, err := view.IssueFact(eventlog.IssueChanged, at, v)
	if err != nil {
		return err
	}
	return s.Facts.Publish(ctx, []eventlog.Fact{f})
}

func (s *Server) deleteIssue(ctx context.Context, in *issueDeletion) (*none, error) {
	return nil, s.deleteOne(ctx, in.IssueID, in.Discard)
}

func (s *Server) deleteOne(ctx context.Context, id int64, discard bool) error {
	c := callerOf(ctx)
	err := s.Telemetry.DeleteIssue(ctx, id, store.Deletion{Discard: discard, By: c.User.ID, At: s.Now().UnixMicro()})
	if err != nil {
		return err
	}
	return s.record(ctx, act{orgID: c.orgID, action: "issue.deleted", kind: "issue", id: id, data: map[string]any{
		"project_id": c.project.ID, "discard": discard,
	}})
}

func (s *Server) mergeIssues(ctx context.Context, in *merge) (*body[view.Issue], error) {
	c := callerOf(ctx)
	for i, id := range in.Body.IDs {
		other, err := s.Telemetry.GetIssue(ctx, id)
		if err == nil && other.ProjectID != c.project.ID {
			err = store.ErrNotFound
		}
		if errors.Is(err, store.ErrNotFound) || id == in.IssueID {
			return nil, fault.Field(fmt.Sprintf("body.ids[%d]", i), "%d is no other issue of this project", id)
		}
		if err != nil {
			return nil, fmt.Errorf("find issue: %w", err)
		}
	}
	t := triage{userID: c.User.ID, at: s.Now().UnixMicro()}
	by := t.activity(c.issue, "merged", map[string]any{"ids": in.Body.IDs})
	if err := s.Telemetry.MergeIssues(ctx, in.IssueID, in.Body.IDs, by); err != nil {
		return nil, fmt.Errorf("merge issues: %w", err)
	}
	merged, err := s.Telemetry.GetIssue(ctx, in.IssueID)
	if err != nil {
		return nil, err
	}
	s.tellChanged(ctx, merged, t.at)
	return s.showIssue(ctx, merged)
}

// selected lists the ids a bulk action is about; more is set when the search has others beyond.
func (s *Server) selected(ctx context.Context, sel Selection) (ids []int64, more bool, err error) {
	if (sel.Query == nil) == (len(sel.IDs) == 0) {
		return nil, false, fault.New(fault.Invalid, "give either ids or query")
	}
	if sel.Query == nil {
		return sel.IDs, false, nil
	}
	q, err := search.Parse(*sel.Query)
	if err != nil {
		return nil, false, err
	}
	c := callerOf(ctx)
	f := store.IssueFilter{ProjectID: c.project.ID, Query: q, Sort: store.SortLastSeen, Viewer: c.User.ID}
	cursor := ""
	for len(ids) < maxBulk {
		page, err := s.Telemetry.ListIssues(ctx, f, store.PageRequest{Cursor: cursor, Limit: 100})
		if err != nil {
			return nil, false, fmt.Errorf("search issues: %w", err)
		}
		for _, i := range page.Items {
			ids = append(ids, i.ID)
		}
		if cursor = page.Next; cursor == "" {
			return ids, false, nil
		}
	}
	return ids, true, nil
}

// each acts on every selected issue. One that is gone meanwhile, or is of
// another project, is left out; an error on the first ends the action.
func (s *Server) each(ctx context.Context, sel Selection, act func(id int64) error) (*body[BulkResult], error) {
	ids, more, err := s.selected(ctx, sel)
	if err != nil {
		return nil, err
	}
	result := BulkResult{Updated: []int64{}, More: more, ChangedAt: view.Time(s.Now().UnixMicro())}
	for _, id := range ids {
		err := act(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		result.Updated = append(result.Updated, id)
	}
	return answer(result), nil
}

func (s *Server) updateIssues(ctx context.Context, in *bulkPatch) (*body[BulkResult], error) {
	t, err := s.prepare(ctx, in.Body.TriageChange)
	if err != nil {
		return nil, err
	}
	result, err := s.each(ctx, in.Body.Selection, func(id int64) error {
		_, err := s.triageOne(ctx, id, t)
		return err
	})
	if err == nil {
		result.Body.ChangedAt = view.Time(t.at)
	}
	return result, err
}

func (s *Server) deleteIssues(ctx context.Context, in *bulkDeletion) (*body[BulkResult], error) {
	projectID := callerOf(ctx).project.ID
	return s.each(ctx, in.Body.Selection, func(id int64) error {
		i, err := s.Telemetry.GetIssue(ctx, id)
		if err != nil {
			return err
		}
		if i.ProjectID != projectID {
			return store.ErrNotFound
		}
		return s.deleteOne(ctx, id, in.Body.Discard)
	})
}
