package api

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Explanation says why an event is grouped as it is under the project's present rules.
type Explanation struct {
	Version string   `json:"version" doc:"Version of the algorithm"`
	Basis   string   `json:"basis" enum:"custom,stacktrace,exception,message,fallback"`
	Hashes  []string `json:"hashes" nullable:"false" doc:"The first is primary; any that is known puts the event into that issue"`
	Why     string   `json:"why" doc:"One sentence: which evidence was taken and why"`
	Rule    string   `json:"rule" doc:"The project's or built-in rule that decided; empty when none did"`
	// Root is a tree of everything that was looked at.
	Root GroupingComponent `json:"root"`
}

// GroupingComponent is one piece of evidence and whether it counted.
type GroupingComponent struct {
	Name        string              `json:"name"`
	Value       string              `json:"value"`
	Contributes bool                `json:"contributes"`
	Reason      string              `json:"reason" doc:"Why it counts or does not; may be empty"`
	Children    []GroupingComponent `json:"children" nullable:"false"`
}

// GroupingDifference is one part of the fingerprint in which two events differ.
type GroupingDifference struct {
	Name string `json:"name"`
	A    string `json:"a" doc:"Of the event; empty when it has no such part"`
	B    string `json:"b" doc:"Of the event it is compared with"`
}

// EventGrouping explains an event and what tells it from another.
type EventGrouping struct {
	EventID     string      `json:"event_id"`
	IssueID     int64       `json:"issue_id"`
	Explanation Explanation `json:"explanation"`
	// Compared is left out when no other event was named.
	Compared *ComparedEvent `json:"compared,omitempty"`
}

// ComparedEvent is the other event of a comparison.
type ComparedEvent struct {
	EventID     string               `json:"event_id"`
	IssueID     int64                `json:"issue_id"`
	Title       string               `json:"title"`
	Explanation Explanation          `json:"explanation"`
	Same        bool                 `json:"same" doc:"Both have the same primary fingerprint"`
	Differences []GroupingDifference `json:"differences" nullable:"false"`
}

type eventGroupingPath struct {
	EventID string `path:"event_id" pattern:"^[0-9a-f]{32}$"`
	Compare string `query:"compare" pattern:"^([0-9a-f]{32})?$" doc:"Id of another event"`
}

func (s *Server) registerExplanation() {
	register(s, route{
		call: "GET /events/{event_id}/grouping", id: "explain-event", tag: "Grouping",
		summary:     "Why an event is in its issue, and what tells it from another",
		description: "Under the project's present rules. An event that came under other rules may be in another issue than they would choose.",
		on:          onCaller, action: org.ReadEvents,
	}, s.explainEvent)
}

// grouperOf groups by a project's rules, by the built-in algorithm when they cannot be read: as the pipeline does.
func grouperOf(rules string) *grouping.Grouper {
	r, err := grouping.ParseRules(rules)
	if err != nil {
		r = grouping.Rules{}
	}
	return grouping.New(r)
}

// explain explains a stored event; nil when its payload is of no event, as those of damaged blocks are.
func (s *Server) explain(ctx context.Context, e store.StoredEvent) (*grouping.Explanation, error) {
	parsed, err := event.ParseStored(e.Payload)
	if err != nil {
		return nil, nil
	}
	p := callerOf(ctx).project
	if p.ID != e.ProjectID {
		if p, err = s.Accounts.GetProject(ctx, e.ProjectID); err != nil {
			return nil, fmt.Errorf("read rules of project: %w", err)
		}
	}
	x := grouperOf(p.Settings.GroupingRules).Explain(parsed)
	return &x, nil
}

func newExplanation(x *grouping.Explanation) Explanation {
	return Explanation{
		Version: x.Version, Basis: string(x.Basis), Hashes: shapeAll(x.Hashes, grouping.Hash.String),
		Why: x.Why, Rule: x.Rule, Root: newGroupingComponent(x.Root),
	}
}

func newGroupingComponent(c grouping.Component) GroupingComponent {
	return GroupingComponent{
		Name: c.Name, Value: c.Value, Contributes: c.Contributes, Reason: c.Reason,
		Children: shapeAll(c.Children, newGroupingComponent),
	}
}

// anyEvent finds an event in the caller's projects.
func (s *Server) anyEvent(ctx context.Context, id string) (store.StoredEvent, error) {
	orgIDs, err := s.organizationIDs(ctx, org.ReadEvents)
	if err != nil {
		return store.StoredEvent{}, err
	}
	projects, err := s.Accounts.ProjectIDs(ctx, orgIDs)
	if err != nil {
		return store.StoredEvent{}, fmt.Errorf("list projects: %w", err)
	}
	return s.Telemetry.GetEvent(ctx, projects, id)
}

func (s *Server) explainEvent(ctx context.Context, in *eventGroupingPath) (*body[EventGrouping], error) {
	a, xa, err := s.explained(ctx, in.EventID)
	if err != nil {
		return nil, err
	}
	shown := EventGrouping{EventID: a.EventID, IssueID: a.IssueID, Explanation: newExplanation(xa)}
	if in.Compare == "" {
		return answer(shown), nil
	}
	b, xb, err := s.explained(ctx, in.Compare)
	if err != nil {
		return nil, err
	}
	shown.Compared = &ComparedEvent{
		EventID: b.EventID, IssueID: b.IssueID, Title: b.Title, Explanation: newExplanation(xb), Same: xa.Hashes[0] == xb.Hashes[0],
		Differences: shapeAll(grouping.Diff(*xa, *xb), func(d grouping.Difference) GroupingDifference { return GroupingDifference(d) }),
	}
	return answer(shown), nil
}

func (s *Server) explained(ctx context.Context, id string) (store.StoredEvent, *grouping.Explanation, error) {
	e, err := s.anyEvent(ctx, id)
	if err != nil {
		return e, nil, err
	}
	x, err := s.explain(ctx, e)
	if err == nil && x == nil {
		err = store.ErrNotFound
	}
	return e, x, err
}
