package store

import (
	"context"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
)

// EventFilter selects events of one project, newest first.
type EventFilter struct {
	ProjectID int64
	// IssueID restricts to one issue; 0 means all.
	IssueID int64
	Query   search.Query
	Range   TimeRange
}

// EventSummary is an event in a list.
type EventSummary struct {
	ID          int64
	EventID     string
	ProjectID   int64
	IssueID     int64
	Received    int64
	Timestamp   int64
	Level       event.Level
	Title       string
	Culprit     string
	Platform    string
	Release     string
	Environment string
	Transaction string
	UserKey     string
	Tags        []event.Tag
	Outcome     issue.Outcome
}

// StoredEvent is one event with its payload, the canonical JSON of event.Event.
type StoredEvent struct {
	EventSummary
	Payload []byte
}

// Neighbours are the ids of the events around one, within its issue and a filter; empty at the ends.
type Neighbours struct {
	First, Previous, Next, Latest string
}

// EventReader reads events.
type EventReader interface {
	ListEvents(ctx context.Context, f EventFilter, p PageRequest) (Page[EventSummary], error)
	// GetEvent finds an event by its 32 hex digits in any of the given projects.
	GetEvent(ctx context.Context, projectIDs []int64, eventID string) (StoredEvent, error)
	// LatestEvent returns the newest event under the filter, ErrNotFound when there is none.
	LatestEvent(ctx context.Context, f EventFilter) (StoredEvent, error)
	Neighbours(ctx context.Context, of StoredEvent, f EventFilter) (Neighbours, error)
	// EventsAfter returns up to limit events with an id above after, oldest first: a live stream resumes with it.
	EventsAfter(ctx context.Context, f EventFilter, after int64, limit int) ([]EventSummary, error)
}

// LogFilter selects log entries of one project, newest first.
type LogFilter struct {
	ProjectID int64
	Query     search.Query
	Range     TimeRange
}

// LogReader reads log entries.
type LogReader interface {
	ListLogs(ctx context.Context, f LogFilter, p PageRequest) (Page[LogRow], error)
}
