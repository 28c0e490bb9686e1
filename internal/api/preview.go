package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// maxPreview bounds the events that a preview groups anew.
const maxPreview = 200

type previewRequest struct {
	ProjectPath
	Body struct {
		Rules string `json:"rules" doc:"Text of the rules to try; nothing is saved"`
		Limit int    `json:"limit,omitempty" minimum:"1" maximum:"200" doc:"How many of the newest events are grouped; 200 when left out"`
	}
}

// GroupingPreview is how the newest events would be grouped under other rules.
type GroupingPreview struct {
	EventCount int              `json:"event_count" doc:"How many events were looked at"`
	Groups     []PreviewGroup   `json:"groups" nullable:"false" doc:"Largest first"`
	Splits     []PreviewSplit   `json:"splits" nullable:"false" doc:"Issues whose events would go to more issues than under the present rules"`
	Merges     []PreviewMerge   `json:"merges" nullable:"false" doc:"Issues whose events would go to one issue"`
	Issues     []PreviewedIssue `json:"issues" nullable:"false" doc:"The issues that the lists above name"`
}

// PreviewGroup is what would be one issue.
type PreviewGroup struct {
	Fingerprint string  `json:"fingerprint"`
	Title       string  `json:"title"`
	Basis       string  `json:"basis"`
	Rule        string  `json:"rule" doc:"The rule that decides; empty when none does"`
	EventCount  int     `json:"event_count"`
	EventID     string  `json:"event_id" doc:"The newest event of the group"`
	IssueIDs    []int64 `json:"issue_ids" nullable:"false" doc:"Where its events are now"`
}

// PreviewSplit is an issue whose events would part.
type PreviewSplit struct {
	IssueID int64 `json:"issue_id"`
	Groups  []int `json:"groups" nullable:"false" doc:"Indices of the groups its events would go to"`
}

// PreviewMerge is a group that takes the events of several issues.
type PreviewMerge struct {
	Group    int     `json:"group" doc:"Index of the group"`
	IssueIDs []int64 `json:"issue_ids" nullable:"false"`
}

// PreviewedIssue names an issue of a preview.
type PreviewedIssue struct {
	ID      int64  `json:"id"`
	ShortID string `json:"short_id"`
	Title   string `json:"title"`
}

func (s *Server) registerPreview() {
	register(s, route{
		call: "POST /projects/{project_id}/grouping/preview", id: "preview-grouping", tag: "Grouping", status: 200,
		summary:     "How the newest events would be grouped under other rules",
		description: "Groups the newest stored events, up to 200, once with the present rules and once with the given ones. Nothing changes. A mistake is refused with the number of its line.",
		on:          onProject, action: org.ReadEvents,
	}, s.previewGrouping)
}

// checkRules says what is wrong with rules, with the number of the line.
func checkRules(field, text string) (grouping.Rules, error) {
	rules, err := grouping.ParseRules(text)
	if err != nil {
		return rules, fault.Field(field, "%s", fault.MessageOf(err))
	}
	return rules, nil
}

func (s *Server) previewGrouping(ctx context.Context, in *previewRequest) (*body[GroupingPreview], error) {
	rules, err := checkRules("body.rules", in.Body.Rules)
	if err != nil {
		return nil, err
	}
	limit := in.Body.Limit
	if limit == 0 {
		limit = maxPreview
	}
	stored, err := s.Telemetry.RecentEvents(ctx, store.EventFilter{ProjectID: in.ProjectID}, limit)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	c := callerOf(ctx)
	now, then := &sorter{grouper: grouperOf(c.project.Settings.GroupingRules)}, &sorter{grouper: grouping.New(rules)}
	count := 0
	for i := range stored {
		e, err := event.ParseStored(stored[i].Payload)
		if err != nil {
			continue // a damaged block; the others tell enough
		}
		now.put(e, &stored[i])
		then.put(e, &stored[i])
		count++
	}
	shown := GroupingPreview{EventCount: count, Groups: then.shown(), Splits: splits(now, then), Merges: then.merges()}
	shown.Issues, err = s.previewedIssues(ctx, shown)
	return answer(shown), err
}

// sorter puts events into groups as issues would form from nothing: an event
// joins the group that knows one of its hashes.
type sorter struct {
	grouper *grouping.Grouper
	groups  []PreviewGroup
	byHash  map[grouping.Hash]int
}

func (s *sorter) put(e *event.Event, stored *store.StoredEvent) {
	if s.byHash == nil {
		s.byHash = map[grouping.Hash]int{}
	}
	r := s.grouper.Group(e)
	at := -1
	for _, h := range r.Hashes {
		if known, ok := s.byHash[h]; ok {
			at = known
			break
		}
	}
	if at < 0 {
		at = len(s.groups)
		s.groups = append(s.groups, PreviewGroup{
			Fingerprint: r.Hashes[0].String(), Title: r.Title, Basis: string(r.Basis), Rule: s.grouper.Explain(e).Rule, EventID: stored.EventID, IssueIDs: []int64{},
		})
	}
	for _, h := range r.Hashes {
		s.byHash[h] = at
	}
	g := &s.groups[at]
	g.EventCount++
	if !slices.Contains(g.IssueIDs, stored.IssueID) {
		g.IssueIDs = append(g.IssueIDs, stored.IssueID)
	}
}

// shown sorts the groups by falling size and returns them.
func (s *sorter) shown() []PreviewGroup {
	slices.SortStableFunc(s.groups, func(a, b PreviewGroup) int { return b.EventCount - a.EventCount })
	return append([]PreviewGroup{}, s.groups...)
}

// ofIssues lists the groups of each issue, in the order of the groups.
func (s *sorter) ofIssues() map[int64][]int {
	of := map[int64][]int{}
	for i, g := range s.groups {
		for _, id := range g.IssueIDs {
			of[id] = append(of[id], i)
		}
	}
	return of
}

func splits(now, then *sorter) []PreviewSplit {
	before, list := now.ofIssues(), []PreviewSplit{}
	for id, groups := range then.ofIssues() {
		if len(groups) > len(before[id]) {
			list = append(list, PreviewSplit{IssueID: id, Groups: groups})
		}
	}
	slices.SortFunc(list, func(a, b PreviewSplit) int { return int(a.IssueID - b.IssueID) })
	return list
}

func (s *sorter) merges() []PreviewMerge {
	list := []PreviewMerge{}
	for i, g := range s.groups {
		if len(g.IssueIDs) > 1 {
			list = append(list, PreviewMerge{Group: i, IssueIDs: g.IssueIDs})
		}
	}
	return list
}

// previewedIssues names the issues of splits and merges; those deleted meanwhile are left out.
func (s *Server) previewedIssues(ctx context.Context, p GroupingPreview) ([]PreviewedIssue, error) {
	var ids []int64
	for _, split := range p.Splits {
		ids = append(ids, split.IssueID)
	}
	for _, merge := range p.Merges {
		ids = append(ids, merge.IssueIDs...)
	}
	slices.Sort(ids)
	list := []PreviewedIssue{}
	for _, id := range slices.Compact(ids) {
		i, err := s.Telemetry.GetIssue(ctx, id)
		if isGone(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read issue: %w", err)
		}
		list = append(list, PreviewedIssue{ID: i.ID, ShortID: view.ShortID(callerOf(ctx).project.Slug, i.Number), Title: i.Title})
	}
	return list, nil
}
