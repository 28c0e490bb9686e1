package api

import (
	"context"
	"slices"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// IssuePath names an issue in the path.
type IssuePath struct {
	IssueID int64 `path:"issue_id"`
}

type issueEvents struct {
	IssuePath
	Searching
}

type issueTimeline struct {
	IssuePath
	Charting
}

// TagDistribution is how the values of one tag spread.
type TagDistribution struct {
	Key    string     `json:"key"`
	Total  int64      `json:"total"`
	Values []TagCount `json:"values" nullable:"false"`
}

// TagCount is one value of a tag.
type TagCount struct {
	Value    string    `json:"value"`
	Count    int64     `json:"count"`
	LastSeen view.Time `json:"last_seen" format:"date-time"`
}

// IssueHash is one fingerprint attached to an issue.
type IssueHash struct {
	Hash            string    `json:"hash"`
	GroupingVersion string    `json:"grouping_version"`
	FirstSeen       view.Time `json:"first_seen" format:"date-time"`
}

func (s *Server) registerIssueDetail() {
	register(s, route{
		call: "GET /issues/{issue_id}", id: "get-issue", tag: "Issues",
		summary: "One issue", on: onIssue, action: org.ReadIssues,
	}, s.getIssue)
	register(s, route{
		call: "GET /issues/{issue_id}/events", id: "list-issue-events", tag: "Issues",
		summary: "Events of an issue, newest first", on: onIssue, action: org.ReadEvents,
	}, s.listIssueEvents)
	register(s, route{
		call: "GET /issues/{issue_id}/timeline", id: "get-issue-timeline", tag: "Issues",
		summary: "Events of an issue over time", on: onIssue, action: org.ReadIssues,
	}, s.getTimeline)
	register(s, route{
		call: "GET /issues/{issue_id}/tags", id: "list-issue-tags", tag: "Issues",
		summary: "How an issue's tags spread", on: onIssue, action: org.ReadIssues,
	}, s.listIssueTags)
	register(s, route{
		call: "GET /issues/{issue_id}/hashes", id: "list-issue-hashes", tag: "Issues",
		summary: "Fingerprints attached to an issue, oldest first", on: onIssue, action: org.ReadIssues,
	}, s.listIssueHashes)
}

func (s *Server) getIssue(ctx context.Context, _ *IssuePath) (*body[view.Issue], error) {
	return s.showIssue(ctx, callerOf(ctx).issue)
}

func (s *Server) listIssueEvents(ctx context.Context, in *issueEvents) (*body[List[view.EventSummary]], error) {
	c := callerOf(ctx)
	f, err := s.eventFilter(in.Searching)
	if err != nil {
		return nil, err
	}
	f.ProjectID, f.IssueID = c.project.ID, c.issue.ID
	page, err := s.Telemetry.ListEvents(ctx, f, in.request())
	return listOf(page, view.NewEventSummary), err
}

func (s *Server) getTimeline(ctx context.Context, in *issueTimeline) (*body[Volume], error) {
	c := callerOf(ctx)
	f, err := s.statsFilter(c.project.ID, in.Charting)
	if err != nil {
		return nil, err
	}
	points, err := s.Telemetry.IssueTimeline(ctx, c.issue.ID, f)
	return answer(newVolume(f, points)), err
}

const tagValuesShown = 10

func newTagDistribution(d store.TagDistribution) TagDistribution {
	return TagDistribution{Key: d.Key, Total: d.Total, Values: shapeAll(d.Values, newTagCount)}
}

func newTagCount(c store.TagCount) TagCount {
	return TagCount{Value: c.Value, Count: c.Count, LastSeen: view.Time(c.LastSeen)}
}

func (s *Server) listIssueTags(ctx context.Context, in *IssuePath) (*body[List[TagDistribution]], error) {
	list, err := s.Telemetry.TagDistribution(ctx, in.IssueID, tagValuesShown)
	return listOf(store.Page[store.TagDistribution]{Items: withValues(list)}, newTagDistribution), err
}

// withValues leaves out the tags of which no value is counted by itself, such as user.email: there is nothing to show.
func withValues(list []store.TagDistribution) []store.TagDistribution {
	return slices.DeleteFunc(list, func(d store.TagDistribution) bool { return len(d.Values) == 0 })
}

func (s *Server) listIssueHashes(ctx context.Context, in *IssuePath) (*body[List[IssueHash]], error) {
	list, err := s.Telemetry.IssueHashes(ctx, in.IssueID)
	return listOf(store.Page[store.IssueHash]{Items: list}, func(h store.IssueHash) IssueHash {
		return IssueHash{Hash: view.Hash(h.Hash), GroupingVersion: h.GroupingVersion, FirstSeen: view.Time(h.FirstSeen)}
	}), err
}
