// Package issue holds the issue – all events that are one bug – and its
// status machine. It is pure: the time is passed in.
package issue

import "github.com/mesher/mesher/internal/event"

// Status is where an issue stands in triage. The numbers are stored: never renumber them.
type Status uint8

// The statuses.
const (
	Unresolved Status = iota + 1
	Resolved
	Archived
)

// Substatus says why an unresolved issue deserves attention, or how an
// archived one may come back. The numbers are stored: never renumber them.
type Substatus uint8

// The substatuses. The first four are of unresolved issues, the others of archived ones.
const (
	NoSubstatus Substatus = iota
	New
	Ongoing
	Regressed
	Escalating
	ArchivedForever
	ArchivedUntilTime
	ArchivedUntilCount
	ArchivedUntilEscalating
)

var (
	statusNames    = [...]string{"", "unresolved", "resolved", "archived"}
	substatusNames = [...]string{"", "new", "ongoing", "regressed", "escalating", "archived_forever", "archived_until_time", "archived_until_count", "archived_until_escalating"}
)

func (s Status) String() string    { return nameOf(statusNames[:], int(s)) }
func (s Substatus) String() string { return nameOf(substatusNames[:], int(s)) }

// ParseStatus reads a status by its name; ok is false for any other text.
func ParseStatus(name string) (s Status, ok bool) {
	n, ok := indexOf(statusNames[:], name)
	return Status(n), ok
}

// ParseSubstatus reads a substatus by its name; ok is false for any other text.
func ParseSubstatus(name string) (s Substatus, ok bool) {
	n, ok := indexOf(substatusNames[:], name)
	return Substatus(n), ok
}

func nameOf(names []string, n int) string {
	if n < len(names) {
		return names[n]
	}
	return ""
}

func indexOf(names []string, name string) (int, bool) {
	for i := 1; i < len(names); i++ {
		if names[i] == name {
			return i, true
		}
	}
	return 0, false
}

// Outcome says what the arrival of an event meant for its issue. It is stored
// with the event, so that a replay tells the same facts. The numbers are stored: never renumber them.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone       Outcome = iota // one more of a known issue
	OutcomeNew                       // the first event of the issue
	OutcomeRegressed                 // the issue had been resolved
	OutcomeEscalating                // the issue had been archived, or its rate multiplied
)

var outcomeNames = [...]string{"none", "new", "regressed", "escalating"}

func (o Outcome) String() string { return nameOf(outcomeNames[:], int(o)) }

// Issue is a group of events with its triage state. Times are Unix µs.
type Issue struct {
	ID        int64
	ProjectID int64
	// Number counts the issues of a project from 1; with the project's slug it makes the short id.
	Number int64
	Title  string
	// Type and Value are the parts of an exception's title; Type is empty for messages.
	Type     string
	Value    string
	Culprit  string
	Level    event.Level
	Platform string
	Logger   string
	Basis    string

	EventCount int64
	UserCount  int64
	FirstSeen  int64
	LastSeen   int64
	// FirstRelease and LastRelease are those of the first and of the latest event.
	FirstRelease string
	LastRelease  string

	Triage
}

// Triage is the part of an issue that people and the status machine change.
type Triage struct {
	Status    Status
	Substatus Substatus
	// Priority is 1 (low) to 3 (high).
	Priority int
	// AssigneeUser and AssigneeTeam are ids; at most one is set, 0 means none.
	AssigneeUser int64
	AssigneeTeam int64

	// ResolvedAt is when the issue was last resolved, 0 when it never was or is not.
	ResolvedAt int64
	// ResolvedIn is the release that holds the fix; empty means "now". With
	// ResolvedInNext it is the last release without the fix.
	ResolvedIn string
	// ResolvedInNext is set while the fix is in the release after ResolvedIn.
	ResolvedInNext bool
	// ArchivedUntil is a time for ArchivedUntilTime, the event count at which the issue returns for ArchivedUntilCount,
	// and the event count when it was archived for ArchivedUntilEscalating.
	ArchivedUntil int64
	// ArchivedUntilUsers is the user count at which an issue archived until a count returns; 0 means users do not count.
	ArchivedUntilUsers int64
	// RegressedAt is when the issue last regressed, 0 when never.
	RegressedAt int64
	// EscalatedAt is when the issue last escalated, 0 when never.
	EscalatedAt int64
}
