package store

import (
	"context"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
)

// Split moves fingerprints of an issue to a new one.
type Split struct {
	IssueID int64
	// Hashes are the fingerprints to move: some of the issue's, not all.
	Hashes [][16]byte
	// As says what the new issue shows until an event tells better: title, type, value, culprit, level, platform, logger and basis.
	As issue.Issue
	// By and At say who splits and when; both issues remember it.
	By int64
	At int64
}

// SimilarIssue is an issue that looks like another.
type SimilarIssue struct {
	Issue issue.Issue
	// Shared counts the weak hashes both have.
	Shared int64
}

// GroupingStore is what changing and explaining the grouping needs beside IssueReader and IssueWriter.
type GroupingStore interface {
	// SplitIssue points fingerprints at a new issue, which it returns. Events
	// that come from now on go there; those stored stay where they are, and so
	// do all counters: the new issue starts with none. A fault.Error says which
	// of the hashes cannot be split off.
	SplitIssue(ctx context.Context, s Split) (issue.Issue, error)
	// SimilarIssues lists issues of the same project that share weak hashes with one, most alike first, up to limit.
	SimilarIssues(ctx context.Context, id int64, limit int) ([]SimilarIssue, error)
	// RecentEvents returns the newest events under the filter with their payloads, newest first, up to limit.
	RecentEvents(ctx context.Context, f EventFilter, limit int) ([]StoredEvent, error)
}

// LogPattern is one statement of a program that writes log entries, as it was
// known when entries came; the same statement may have several, ever wider ones.
type LogPattern struct {
	Pattern string
	// Level is that of the newest entry.
	Level     event.Level
	Count     int64
	FirstSeen int64
	LastSeen  int64
}

// LogPatternReader reads how often log entries of each pattern came. Apply counts them exactly.
type LogPatternReader interface {
	// LogPatterns lists a project's patterns, last seen first, up to limit.
	LogPatterns(ctx context.Context, projectID int64, limit int) ([]LogPattern, error)
}

// Learners keeps what was learned of projects' log patterns. What is not saved
// is learned again; counts do not depend on it.
type Learners interface {
	// LoadLearner returns what SaveLearner saved last for a project, nil when nothing was.
	LoadLearner(ctx context.Context, projectID int64) ([]byte, error)
	SaveLearner(ctx context.Context, projectID int64, snapshot []byte, at int64) error
}
