package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Event is one event with its payload.
type Event struct {
	view.EventSummary
	Payload    json.RawMessage `json:"payload" doc:"The canonical event: a valid Sentry event with bare lists"`
	Neighbours Neighbours      `json:"neighbours"`
	// Attachments are the files that came with the event.
	Attachments []Attachment `json:"attachments" nullable:"false"`
	// Explanation is null when the payload cannot be grouped.
	Explanation *Explanation `json:"explanation" doc:"Why the event is grouped as it is under the present rules"`
}

// Neighbours are the ids of the events around one in its issue, empty at the ends.
type Neighbours struct {
	First    string `json:"first"`
	Previous string `json:"previous"`
	Next     string `json:"next"`
	Latest   string `json:"latest"`
}

type eventList struct {
	ProjectPath
	Searching
}

// Within narrows which events count as neighbours.
type Within struct {
	Query string `query:"query" maxLength:"1000" doc:"Narrows the neighbours"`
	Period
}

type eventPath struct {
	EventID string `path:"event_id" pattern:"^[0-9a-f]{32}$"`
	Within
}

type issueEventPath struct {
	IssuePath
	Within
}

func (s *Server) registerEvents() {
	register(s, route{
		call: "GET /projects/{project_id}/events", id: "list-events", tag: "Events",
		summary: "Search events, newest first", on: onProject, action: org.ReadEvents,
	}, s.listEvents)
	register(s, route{
		call: "GET /events/{event_id}", id: "get-event", tag: "Events",
		summary: "One event with its payload", on: onCaller, action: org.ReadEvents,
	}, s.getEvent)
	register(s, route{
		call: "GET /issues/{issue_id}/events/latest", id: "get-latest-event", tag: "Events",
		summary: "The newest event of an issue", on: onIssue, action: org.ReadEvents,
	}, s.latestEvent)
	register(s, route{
		call: "GET /issues/{issue_id}/events/first", id: "get-first-event", tag: "Events",
		summary: "The oldest event of an issue", on: onIssue, action: org.ReadEvents,
	}, s.firstEvent)
}

func (s *Server) eventFilter(in Searching) (store.EventFilter, error) {
	return s.eventFilterOf(in.Query, in.Period)
}

func (s *Server) eventFilterOf(query string, p Period) (store.EventFilter, error) {
	q, err := search.Parse(query)
	if err != nil {
		return store.EventFilter{}, err
	}
	r, err := p.span(s.Now(), 0)
	return store.EventFilter{Query: q, Range: r}, err
}

func (s *Server) listEvents(ctx context.Context, in *eventList) (*body[List[view.EventSummary]], error) {
	f, err := s.eventFilter(in.Searching)
	if err != nil {
		return nil, err
	}
	f.ProjectID = in.ProjectID
	page, err := s.Telemetry.ListEvents(ctx, f, in.request())
	return listOf(page, view.NewEventSummary), err
}

func (s *Server) getEvent(ctx context.Context, in *eventPath) (*body[Event], error) {
	f, err := s.eventFilterOf(in.Query, in.Period)
	if err != nil {
		return nil, err
	}
	return s.showEvent(ctx, f, func() (store.StoredEvent, error) { return s.anyEvent(ctx, in.EventID) })
}

// showEvent reads an event and its neighbours within its issue and the filter.
func (s *Server) showEvent(ctx context.Context, f store.EventFilter, read func() (store.StoredEvent, error)) (*body[Event], error) {
	e, err := read()
	if err != nil {
		return nil, err
	}
	f.ProjectID, f.IssueID = e.ProjectID, e.IssueID
	n, err := s.Telemetry.Neighbours(ctx, e, f)
	if err != nil {
		return nil, fmt.Errorf("read neighbours: %w", err)
	}
	shown := Event{EventSummary: view.NewEventSummary(e.EventSummary), Payload: e.Payload, Neighbours: Neighbours(n)}
	if shown.Attachments, err = s.attachmentsOf(ctx, e); err != nil {
		return nil, err
	}
	if message := payloadMessage(e.Payload); message != "" {
		shown.Message = message
	}
	x, err := s.explain(ctx, e)
	if err != nil {
		return nil, err
	}
	if x != nil {
		explanation := newExplanation(x)
		shown.Explanation = &explanation
	}
	return answer(shown), nil
}

// payloadMessage returns the formatted message of an event, empty when it has none.
func payloadMessage(payload []byte) string {
	var p struct {
		LogEntry struct {
			Formatted string `json:"formatted"`
			Message   string `json:"message"`
		} `json:"logentry"`
	}
	// A payload of another shape has no message; it was written by us, so nothing is lost.
	_ = json.Unmarshal(payload, &p)
	if p.LogEntry.Formatted != "" {
		return p.LogEntry.Formatted
	}
	return p.LogEntry.Message
}

func (s *Server) issueEventFilter(ctx context.Context, in *issueEventPath) (store.EventFilter, error) {
	f, err := s.eventFilterOf(in.Query, in.Period)
	c := callerOf(ctx)
	f.ProjectID, f.IssueID = c.project.ID, c.issue.ID
	return f, err
}

func (s *Server) latestEvent(ctx context.Context, in *issueEventPath) (*body[Event], error) {
	f, err := s.issueEventFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.showEvent(ctx, f, func() (store.StoredEvent, error) { return s.Telemetry.LatestEvent(ctx, f) })
}

func (s *Server) firstEvent(ctx context.Context, in *issueEventPath) (*body[Event], error) {
	f, err := s.issueEventFilter(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.showEvent(ctx, f, func() (store.StoredEvent, error) {
		latest, err := s.Telemetry.LatestEvent(ctx, f)
		if err != nil {
			return latest, err
		}
		n, err := s.Telemetry.Neighbours(ctx, latest, f)
		if err != nil || n.First == "" || n.First == latest.EventID {
			return latest, err
		}
		return s.Telemetry.GetEvent(ctx, []int64{f.ProjectID}, n.First)
	})
}
