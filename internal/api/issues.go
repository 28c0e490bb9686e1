package api

import (
	"context"
	"fmt"
	"time"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Searching is the input of every list that can be searched.
type Searching struct {
	Query string `query:"query" maxLength:"1000" doc:"Free text and key:value filters, joined by and" example:"is:unresolved release:1.2.3 timeout"`
	Period
	Paging
}

type issueList struct {
	ProjectPath
	Searching
	Sort string `query:"sort" enum:"last_seen,first_seen,event_count,user_count,trend" default:"last_seen" doc:"Always descending. trend compares the events of the range with those of the same time before it and puts first what rises most beyond chance"`
}

func (s *Server) registerIssues() {
	register(s, route{
		call: "GET /projects/{project_id}/issues", id: "list-issues", tag: "Issues",
		summary: "Search issues", on: onProject, action: org.ReadIssues,
	}, s.listIssues)
	register(s, route{
		call: "GET /projects/{project_id}/issues/count", id: "count-issues", tag: "Issues",
		summary: "Count the issues that a search finds", on: onProject, action: org.ReadIssues,
	}, s.countIssues)
}

type issueCount struct {
	ProjectPath
	Query string `query:"query" maxLength:"1000" doc:"As for list-issues"`
	Period
}

// IssueCount is how many issues a search finds.
type IssueCount struct {
	Count int64 `json:"count" maximum:"1000" doc:"Counted up to 1000, which is as many as one bulk action changes"`
	More  bool  `json:"more" doc:"There are more than that"`
}

func (s *Server) countIssues(ctx context.Context, in *issueCount) (*body[IssueCount], error) {
	f, err := s.issueFilter(ctx, &issueList{
		ProjectPath: in.ProjectPath, Searching: Searching{Query: in.Query, Period: in.Period}, Sort: string(store.SortLastSeen),
	})
	if err != nil {
		return nil, err
	}
	n, err := s.Telemetry.CountIssues(ctx, f, maxBulk+1)
	if err != nil {
		return nil, fmt.Errorf("count issues: %w", err)
	}
	return answer(IssueCount{Count: min(n, maxBulk), More: n > maxBulk}), nil
}

func (s *Server) issueFilter(ctx context.Context, in *issueList) (store.IssueFilter, error) {
	q, err := search.Parse(in.Query)
	if err != nil {
		return store.IssueFilter{}, err
	}
	r, err := in.span(s.Now(), 0)
	return store.IssueFilter{
		ProjectID: in.ProjectID, Query: q, Range: r, Sort: store.IssueSort(in.Sort), Viewer: callerOf(ctx).User.ID,
	}, err
}

func (s *Server) listIssues(ctx context.Context, in *issueList) (*body[List[view.Issue]], error) {
	f, err := s.issueFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	page, err := s.Telemetry.ListIssues(ctx, f, in.request())
	if err != nil {
		return nil, err
	}
	items, err := s.showIssues(ctx, page.Items)
	return &body[List[view.Issue]]{Body: List[view.Issue]{Items: items, Next: page.Next}}, err
}

// showIssues shapes issues of the caller's project with what they need from elsewhere.
func (s *Server) showIssues(ctx context.Context, issues []issue.Issue) ([]view.Issue, error) {
	items := make([]view.Issue, len(issues))
	if len(issues) == 0 {
		return items, nil
	}
	c := callerOf(ctx)
	ids := make([]int64, len(issues))
	for i, one := range issues {
		ids[i] = one.ID
		items[i] = view.NewIssue(one, c.project.Slug)
	}
	lines, err := s.Telemetry.Sparklines(ctx, c.project.ID, ids, lastDay(s.Now()), 24)
	if err != nil {
		return nil, fmt.Errorf("read sparklines: %w", err)
	}
	marked, err := s.Accounts.Bookmarked(ctx, c.User.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("read bookmarks: %w", err)
	}
	followed, err := s.Accounts.Subscribed(ctx, c.User.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	hashes, err := s.Telemetry.PrimaryHashes(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read fingerprints: %w", err)
	}
	for i := range items {
		id := items[i].ID
		items[i].IsBookmarked, items[i].IsSubscribed = marked[id], followed[id]
		if h, ok := hashes[id]; ok {
			items[i].Fingerprint = view.Hash(h)
		}
		if line := lines[id]; line != nil {
			items[i].Sparkline = line
		}
	}
	return items, s.nameAssignees(ctx, items)
}

// lastDay is the last 24 whole hours, the running one included.
func lastDay(now time.Time) store.TimeRange {
	end := now.Truncate(time.Hour).Add(time.Hour)
	return store.TimeRange{Start: end.Add(-24 * time.Hour).UnixMicro(), End: end.UnixMicro()}
}

func (s *Server) nameAssignees(ctx context.Context, items []view.Issue) error {
	ids := map[string][]int64{}
	for _, i := range items {
		if i.Assignee != nil {
			ids[i.Assignee.Type] = append(ids[i.Assignee.Type], i.Assignee.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	users, err := s.Accounts.UsersByID(ctx, ids["user"])
	if err != nil {
		return fmt.Errorf("read assignees: %w", err)
	}
	teams, err := s.Accounts.TeamNames(ctx, ids["team"])
	if err != nil {
		return fmt.Errorf("read assigned teams: %w", err)
	}
	for _, i := range items {
		switch {
		case i.Assignee == nil:
		case i.Assignee.Type == "team":
			i.Assignee.Name = teams[i.Assignee.ID]
		default:
			i.Assignee.Name = displayName(users[i.Assignee.ID])
		}
	}
	return nil
}

func displayName(u org.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.Email
}

// showIssue shapes one issue of the caller's project.
func (s *Server) showIssue(ctx context.Context, i issue.Issue) (*body[view.Issue], error) {
	items, err := s.showIssues(ctx, []issue.Issue{i})
	if err != nil {
		return nil, err
	}
	return answer(items[0]), nil
}
