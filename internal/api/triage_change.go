package api

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// TriageChange is what a person changes on an issue; what is left out stays.
type TriageChange struct {
	Status        *string       `json:"status,omitempty" enum:"unresolved,resolved,archived"`
	ResolvedIn    *string       `json:"resolved_in,omitempty" maxLength:"250" doc:"With status resolved: the release that holds the fix, or next for the one after the latest; now when left out"`
	ArchivedUntil *archiveUntil `json:"archived_until,omitempty" doc:"With status archived: what brings the issue back; nothing does when left out"`
	Assignee      assignment    `json:"assignee,omitzero" doc:"A user or team, or null for nobody"`
	Priority      *string       `json:"priority,omitempty" enum:"low,medium,high"`
	IsBookmarked  *bool         `json:"is_bookmarked,omitempty" doc:"Your own mark"`
	IsSubscribed  *bool         `json:"is_subscribed,omitempty" doc:"Whether you follow it"`
}

// archiveUntil says what brings an archived issue back: one of a time, counts, or escalation.
type archiveUntil struct {
	Time       *view.Time `json:"time,omitempty" format:"date-time"`
	Events     int64      `json:"events,omitempty" minimum:"0" doc:"So many more events"`
	Users      int64      `json:"users,omitempty" minimum:"0" doc:"So many more users"`
	Escalating bool       `json:"escalating,omitempty" doc:"Ten times its usual rate"`
}

// assignment is an assignee that may be absent (unchanged), null (nobody) or given.
type assignment struct {
	set      bool
	assignee assigneeRef
}

type assigneeRef struct {
	Type string `json:"type" enum:"user,team"`
	ID   int64  `json:"id"`
}

// UnmarshalJSON is called for null too.
func (a *assignment) UnmarshalJSON(text []byte) error {
	a.set = true
	if string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, &a.assignee)
}

// Schema describes the assignee to OpenAPI: an object or null.
func (assignment) Schema(r huma.Registry) *huma.Schema {
	schema := huma.SchemaFromType(r, reflect.TypeFor[assigneeRef]())
	schema.Nullable = true
	return schema
}

// triage is a change bound to who makes it and when.
type triage struct {
	change TriageChange
	userID int64
	at     int64
	// assigned are whom a new assignment concerns.
	assigned []store.Addressee
	// previous is the state before the change, for who takes it back; nil where that is not possible.
	previous *formerState
}

// check says what is wrong with a change whatever the issue.
func (c TriageChange) check() error {
	switch {
	case c.ResolvedIn != nil && (c.Status == nil || *c.Status != "resolved"):
		return fault.Field("body.resolved_in", "goes with status resolved")
	case c.ArchivedUntil != nil && (c.Status == nil || *c.Status != "archived"):
		return fault.Field("body.archived_until", "goes with status archived")
	}
	return nil
}

// decide is the change callback of store.IssueWriter.UpdateTriage.
func (t triage) decide(i issue.Issue) (issue.Triage, []store.Activity, error) {
	var history []store.Activity
	previous := newFormerState(i.Triage)
	t.previous = &previous
	if t.change.Status != nil {
		next, kind, err := t.status(i)
		if err != nil {
			return i.Triage, nil, err
		}
		if next != i.Triage {
			history = append(history, t.activity(i, kind, statusData(next)))
		}
		i.Triage = next
	}
	if p := t.change.Priority; p != nil {
		if priority, _ := view.ParsePriority(*p); priority != i.Priority {
			history = append(history, t.activity(i, "priority", map[string]any{"priority": *p, "before": view.PriorityName(i.Priority)}))
			i.Priority = priority
		}
	}
	if a := t.change.Assignee; a.set && t.assign(&i.Triage) {
		given := t.activity(i, "assigned", map[string]any{"type": a.assignee.Type, "id": a.assignee.ID})
		given.Addressees = t.assigned
		history = append(history, given)
	}
	return i.Triage, history, nil
}

// status asks the status machine for the new state, and names the act.
func (t triage) status(i issue.Issue) (next issue.Triage, kind string, err error) {
	switch *t.change.Status {
	case "resolved":
		next, err = i.Resolve(t.resolution())
		return next, "resolved", err
	case "archived":
		next, err = i.Archive(t.archive())
		return next, "archived", err
	}
	return i.Reopen(), "reopened", nil
}

func (t triage) resolution() issue.Resolution {
	r := issue.Resolution{At: t.at}
	if in := t.change.ResolvedIn; in != nil {
		if r.Next = *in == "next"; !r.Next {
			r.Release = *in
		}
	}
	return r
}

func (t triage) archive() issue.Archive {
	a := issue.Archive{Now: t.at}
	if u := t.change.ArchivedUntil; u != nil {
		a.Events, a.Users, a.Escalating = u.Events, u.Users, u.Escalating
		if u.Time != nil {
			a.Until = int64(*u.Time)
		}
	}
	return a
}

// assign sets the assignee and reports whether it changed.
func (t triage) assign(to *issue.Triage) bool {
	var user, team int64
	switch a := t.change.Assignee.assignee; a.Type {
	case "user":
		user = a.ID
	case "team":
		team = a.ID
	}
	changed := to.AssigneeUser != user || to.AssigneeTeam != team
	to.AssigneeUser, to.AssigneeTeam = user, team
	return changed
}

func statusData(t issue.Triage) map[string]any {
	data := map[string]any{"substatus": t.Substatus.String()}
	if t.ResolvedIn != "" {
		data["resolved_in"], data["next_release"] = t.ResolvedIn, t.ResolvedInNext
	}
	switch t.Substatus {
	case issue.ArchivedUntilTime:
		data["until"] = view.Time(t.ArchivedUntil)
	case issue.ArchivedUntilCount:
		data["until_events"], data["until_users"] = t.ArchivedUntil, t.ArchivedUntilUsers
	}
	return data
}

func (t triage) activity(i issue.Issue, kind string, data map[string]any) store.Activity {
	if t.previous != nil {
		data["previous"] = t.previous
	}
	text, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("activity %s: %v", kind, err)) // impossible: plain values only
	}
	return store.Activity{IssueID: i.ID, UserID: t.userID, At: t.at, Kind: kind, Data: text}
}
