package view

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// EventStored is the fact that an event is stored. The same event always gives
// the same fact, whether it is told live or read back from the store.
func EventStored(e *store.EventSummary) eventlog.Fact {
	return eventlog.Fact{
		ID:        eventlog.EventStored + ":" + strconv.FormatInt(e.ID, 36),
		Kind:      eventlog.EventStored,
		ProjectID: e.ProjectID,
		Cursor:    e.ID,
		Data:      appendEventSummary(make([]byte, 0, 1024), e),
	}
}

// appendEventSummary writes what encoding/json makes of NewEventSummary, without
// reflection: every stored event is told (12 µs and 13 allocations otherwise).
func appendEventSummary(b []byte, e *store.EventSummary) []byte {
	text := func(name, value string) {
		b = append(append(append(b, ',', '"'), name...), '"', ':')
		b = event.AppendString(b, value)
	}
	number := func(name string, value int64) {
		b = append(append(append(b, ',', '"'), name...), '"', ':')
		b = strconv.AppendInt(b, value, 10)
	}
	moment := func(name string, micros int64) {
		b = append(append(append(b, ',', '"'), name...), '"', ':', '"')
		b = append(time.UnixMicro(micros).UTC().AppendFormat(b, timeLayout), '"')
	}
	b = append(b, `{"id":`...)
	b = event.AppendString(b, e.EventID)
	number("issue_id", e.IssueID)
	number("project_id", e.ProjectID)
	moment("received_at", e.Received)
	moment("timestamp", e.Timestamp)
	text("level", e.Level.String())
	text("title", e.Title)
	text("culprit", e.Culprit)
	text("platform", e.Platform)
	text("message", e.Title)
	text("release", e.Release)
	text("environment", e.Environment)
	text("transaction", e.Transaction)
	b = append(b, `,"tags":[`...)
	for i, t := range e.Tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = event.AppendString(append(b, `{"key":`...), t.Key)
		b = event.AppendString(append(b, `,"value":`...), t.Value)
		b = append(b, '}')
	}
	return append(appendUser(append(b, `],"user":`...), e.UserKey), '}')
}

func appendUser(b []byte, key string) []byte {
	kind, value, _ := strings.Cut(key, ":")
	switch kind {
	case "ip":
		kind = "ip_address"
	case "id", "email", "username":
	default:
		return append(b, "null"...)
	}
	if value == "" {
		return append(b, "{}"...)
	}
	b = append(append(append(b, '{', '"'), kind...), '"', ':')
	return append(event.AppendString(b, value), '}')
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
