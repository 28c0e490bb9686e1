package store

import (
	"context"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
)

// StatsFilter asks for rollups of one project over a range.
type StatsFilter struct {
	ProjectID int64
	Range     TimeRange
	// Width is the bucket width in seconds: 60, 3600 or 86400; 0 lets the range decide.
	Width int64
	// Offset shifts day buckets to the user's time zone, in seconds east of UTC.
	Offset int64
}

// VolumePoint is one bucket of a volume chart.
type VolumePoint struct {
	// Start of the bucket in Unix µs.
	Start  int64
	Levels map[event.Level]int64
	Total  int64
}

// TopIssue is an issue with its count within a range.
type TopIssue struct {
	Issue issue.Issue
	Count int64
}

// Health summarises a project.
type Health struct {
	Events, EventsBefore int64 // in the range, and in the range of the same length before it
	NewIssues, Regressed int64
	Unresolved           int64
	UsersAffected        int64
}

// StatsReader answers charts from rollups; it never scans events.
type StatsReader interface {
	Volume(ctx context.Context, f StatsFilter) ([]VolumePoint, error)
	IssueTimeline(ctx context.Context, issueID int64, f StatsFilter) ([]VolumePoint, error)
	Levels(ctx context.Context, f StatsFilter) (map[event.Level]int64, error)
	TopIssues(ctx context.Context, f StatsFilter, limit int) ([]TopIssue, error)
	// TagValues returns the most frequent values of a tag, or of an issue's type,
	// culprit or platform, and how many events have any.
	TagValues(ctx context.Context, f StatsFilter, key string, limit int) (TagDistribution, error)
	// TagKeys lists the first tags, by name, that have a counted value on one of the days that the range touches.
	TagKeys(ctx context.Context, f StatsFilter, limit int) ([]string, error)
	// ProjectTags returns the most frequent values of each of TagKeys that has any in the range.
	ProjectTags(ctx context.Context, f StatsFilter, limit int) ([]TagDistribution, error)
	Health(ctx context.Context, f StatsFilter) (Health, error)
	// Ledger returns the ledger lines of a project summed per bucket of Width.
	Ledger(ctx context.Context, f StatsFilter) ([]LedgerCount, error)
	// LedgerTotals returns what the ledger has counted of all projects since the
	// first start, in key order; Minute is 0. Totals never fall while their
	// project lives: what was taken back is counted as Replayed.
	LedgerTotals(ctx context.Context) ([]LedgerCount, error)
}
