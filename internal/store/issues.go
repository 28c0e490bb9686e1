package store

import (
	"context"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
)

// IssueSort orders an issue list, always descending, ties broken by id.
type IssueSort string

// The orders.
const (
	SortLastSeen   IssueSort = "last_seen"
	SortFirstSeen  IssueSort = "first_seen"
	SortEventCount IssueSort = "event_count"
	SortUserCount  IssueSort = "user_count"
	// SortTrend puts first what rises most: it compares an issue's events in the
	// filter's range with those in the time of the same length before it, the
	// last day with the day before when the range has no start. A change weighs
	// more the further it is beyond chance: from 2 to 20 more than from 1000 to
	// 1030. Events are counted by the hour.
	SortTrend IssueSort = "trend"
)

// IssueSorts lists the orders.
func IssueSorts() []IssueSort {
	return []IssueSort{SortLastSeen, SortFirstSeen, SortEventCount, SortUserCount, SortTrend}
}

// IssueFilter selects issues of one project.
type IssueFilter struct {
	ProjectID int64
	Query     search.Query
	// Range selects issues with at least one event in it (last seen ≥ start, first seen < end).
	Range TimeRange
	Sort  IssueSort
	// Viewer resolves "me" in the query, 0 when nobody is signed in.
	Viewer int64
}

// IssueReader reads issues.
type IssueReader interface {
	ListIssues(ctx context.Context, f IssueFilter, p PageRequest) (Page[issue.Issue], error)
	// CountIssues counts what ListIssues lists, and stops at limit: a count is for people, who need no more digits.
	CountIssues(ctx context.Context, f IssueFilter, limit int) (int64, error)
	GetIssue(ctx context.Context, id int64) (issue.Issue, error)
	// Sparklines returns event counts per bucket for each issue, gaps filled with zeroes, oldest first.
	Sparklines(ctx context.Context, projectID int64, issueIDs []int64, r TimeRange, buckets int) (map[int64][]int64, error)
	// IssueHashes lists the fingerprints attached to an issue, oldest first.
	IssueHashes(ctx context.Context, id int64) ([]IssueHash, error)
	// TagDistribution returns the most frequent values of each tag key of an issue.
	TagDistribution(ctx context.Context, id int64, valuesPerKey int) ([]TagDistribution, error)
}

// ArchiveReader finds archives that end without an event to do it.
type ArchiveReader interface {
	// ArchivesOver returns up to 1000 issues that were archived until a time which is over.
	ArchivesOver(ctx context.Context, now int64) ([]int64, error)
}

// IssueHash is one fingerprint attached to an issue.
type IssueHash struct {
	Hash            [16]byte
	GroupingVersion string
	FirstSeen       int64
}

// TagDistribution is how the values of one tag key spread over an issue's or a project's events.
type TagDistribution struct {
	Key    string
	Total  int64
	Values []TagCount
}

// TagCount is one value of a tag.
type TagCount struct {
	Value    string
	Count    int64
	LastSeen int64
}

// IssueWriter changes issues by hand.
type IssueWriter interface {
	// UpdateTriage reads the issue, lets change decide the new triage state and
	// activities, and writes both in one transaction. It returns the new state.
	UpdateTriage(ctx context.Context, id int64, change func(issue.Issue) (issue.Triage, []Activity, error)) (issue.Issue, error)
	// MergeIssues moves every fingerprint, event and counter of others into target.
	MergeIssues(ctx context.Context, target int64, others []int64, by Activity) error
	// DeleteIssue removes an issue and its events; with discard its fingerprints
	// go on the project's discard list, so that future events are dropped and counted.
	DeleteIssue(ctx context.Context, id int64, d Deletion) error
}

// Deletion says how an issue is deleted.
type Deletion struct {
	// Discard drops future events of the issue's fingerprints.
	Discard bool
	By      int64
	At      int64
}

// Activity is one line of an issue's history.
type Activity struct {
	ID      int64
	IssueID int64
	// UserID is who did it, 0 for Mesher itself.
	UserID int64
	At     int64
	// Kind is a fixed word: first_seen, resolved, reopened, archived, regressed, escalated, assigned, priority, merged, split, comment, alert, …
	Kind string
	// Data is a JSON object with what the kind needs, nil when nothing.
	Data []byte
	// Addressees are whom it is about. They are written to, and not read back.
	Addressees []Addressee
}

// Discard is an entry of a project's discard list: the fingerprints of an issue
// that was deleted for good.
type Discard struct {
	ID        int64
	ProjectID int64
	// Title is that of the deleted issue.
	Title     string
	CreatedAt int64
	CreatedBy int64
	// Count is how many events were dropped since, LastAt when the last one came, in Unix µs.
	Count  int64
	LastAt int64
}

// Discards keeps the discard lists. DeleteIssue adds to them.
type Discards interface {
	// ListDiscards lists a project's newest 1000 discards.
	ListDiscards(ctx context.Context, projectID int64) ([]Discard, error)
	// DeleteDiscard ends a discard: the next such event makes a new issue.
	DeleteDiscard(ctx context.Context, projectID, id int64) error
}
