package view

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// EventStored is the fact that an event is stored. The same event always gives
// the same fact, whether it is told live or read back from the store.
func EventStored(e store.EventSummary) (eventlog.Fact, error) {
	data, err := json.Marshal(NewEventSummary(e))
	if err != nil {
		return eventlog.Fact{}, fmt.Errorf("encode event summary: %w", err)
	}
	return eventlog.Fact{
		ID:        eventlog.EventStored + ":" + strconv.FormatInt(e.ID, 36),
		Kind:      eventlog.EventStored,
		ProjectID: e.ProjectID,
		Cursor:    e.ID,
		Data:      data,
	}, nil
}

// LogStored is the fact that a log entry is stored.
func LogStored(l store.LogRow) (eventlog.Fact, error) {
	data, err := json.Marshal(NewLogEntry(l))
	if err != nil {
		return eventlog.Fact{}, fmt.Errorf("encode log entry: %w", err)
	}
	return eventlog.Fact{
		ID:        eventlog.LogStored + ":" + strconv.FormatInt(l.ID, 36),
		Kind:      eventlog.LogStored,
		ProjectID: l.ProjectID,
		Cursor:    l.ID,
		Data:      data,
	}, nil
}

// IssueKind is the fact kind of an outcome; empty for one more event of a known issue.
func IssueKind(o issue.Outcome) string {
	switch o {
	case issue.OutcomeNew:
		return eventlog.IssueNew
	case issue.OutcomeRegressed:
		return eventlog.IssueRegressed
	case issue.OutcomeEscalating:
		return eventlog.IssueEscalating
	}
	return ""
}

// IssueFact is the fact that the event with the given row id made its issue
// new, regressed or escalating (kind), or that a person changed it (cause is then the time in Unix µs).
func IssueFact(kind string, cause int64, i Issue) (eventlog.Fact, error) {
	data, err := json.Marshal(i)
	if err != nil {
		return eventlog.Fact{}, fmt.Errorf("encode issue: %w", err)
	}
	return eventlog.Fact{
		ID:        kind + ":" + strconv.FormatInt(i.ID, 36) + ":" + strconv.FormatInt(cause, 36),
		Kind:      kind,
		ProjectID: i.ProjectID,
		Data:      data,
	}, nil
}

// IssueCount is the data of an issue.counted fact: what changes with every event of an issue.
type IssueCount struct {
	ID         int64  `json:"id"`
	EventCount int64  `json:"event_count"`
	UserCount  int64  `json:"user_count"`
	LastSeen   Time   `json:"last_seen"`
	Level      string `json:"level"`
}

// IssueCounted is the fact that an issue got more events; through is the log sequence up to which they are counted.
func IssueCounted(projectID int64, through uint64, c IssueCount) (eventlog.Fact, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return eventlog.Fact{}, fmt.Errorf("encode issue counts: %w", err)
	}
	return eventlog.Fact{
		ID:        eventlog.IssueCounted + ":" + strconv.FormatInt(c.ID, 36) + ":" + strconv.FormatUint(through, 36),
		Kind:      eventlog.IssueCounted,
		ProjectID: projectID,
		Data:      data,
	}, nil
}
