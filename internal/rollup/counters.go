package rollup

import "github.com/mesher/mesher/internal/event"

// LevelKey counts the events of a project per bucket and level.
type LevelKey struct {
	ProjectID int64
	Bucket    int64
	Level     event.Level
}

// IssueKey counts the events of an issue per hour.
type IssueKey struct {
	IssueID int64
	Hour    int64
}

// ProjectHour names an hour of a project.
type ProjectHour struct {
	ProjectID int64
	Hour      int64
}

// LedgerKey names a line of the ledger.
type LedgerKey struct {
	ProjectID int64
	Minute    int64
	Category  string
	Outcome   string
	Reason    string
}

// LedgerCount is what a line of the ledger adds up.
type LedgerCount struct {
	Quantity int64
	Bytes    int64
}

// Arrival is a stored event, as the counters see it.
type Arrival struct {
	ProjectID int64
	IssueID   int64
	Received  int64
	Level     event.Level
	// Tags are the numbers of its tags.
	Tags []uint32
}

// hour is that of admission, as the ledger's are.
func (a *Arrival) hour() ProjectHour { return ProjectHour{a.ProjectID, Bucket(a.Received, Hour)} }

// Admit says under which value a tag is counted: the value itself, or OtherValue when its key has too many.
type Admit struct {
	Project func(hour ProjectHour, tag event.Tag) string
	Issue   func(issueID int64, tag event.Tag) string
}

// Counters gathers what a batch adds, so that each row of the database is written once.
type Counters struct {
	Minutes map[LevelKey]int64
	Hours   map[LevelKey]int64
	Issues  map[IssueKey]int64
	// Tags are counted per hour of a project, IssueTags over the life of an
	// issue; each has a counter once, those of one hour or issue together.
	Tags      []ScopedTagCount[ProjectHour]
	IssueTags []ScopedTagCount[int64]
	Ledger    map[LedgerKey]LedgerCount
}

// NewCounters returns counters at zero.
func NewCounters() *Counters {
	return &Counters{Minutes: map[LevelKey]int64{}, Hours: map[LevelKey]int64{}, Issues: map[IssueKey]int64{}, Ledger: map[LedgerKey]LedgerCount{}}
}

// Add counts the stored events of a batch, once. tags are those that their
// numbers stand for; the values under which they are counted are added to it.
func (c *Counters) Add(events []Arrival, tags *Tags, admit Admit) {
	for i := range events {
		e := &events[i]
		at := e.hour()
		c.Minutes[LevelKey{e.ProjectID, Bucket(e.Received, Minute), e.Level}]++
		c.Hours[LevelKey{e.ProjectID, at.Hour, e.Level}]++
		c.Issues[IssueKey{e.IssueID, at.Hour}]++
	}
	// How many counters an event makes: an issue has fewer in common than a project.
	const projectTags, issueTags = 3, 7
	counted := tags.counted()
	c.Tags = countTags(events, (*Arrival).hour, counted, newTagCounter(tags, admit.Project, projectTags*len(events)))
	c.IssueTags = countTags(events, func(e *Arrival) int64 { return e.IssueID }, counted, newTagCounter(tags, admit.Issue, issueTags*len(events)))
}

// countTags counts the tags of each scope's events in the order of their arrival.
func countTags[S comparable](events []Arrival, scopeOf func(*Arrival) S, counted []uint32, c *tagCounter[S]) []ScopedTagCount[S] {
	byScope := map[S][]*Arrival{}
	var scopes []S
	for i := range events {
		scope := scopeOf(&events[i])
		if byScope[scope] == nil {
			scopes = append(scopes, scope)
		}
		byScope[scope] = append(byScope[scope], &events[i])
	}
	for _, scope := range scopes {
		c.enter(scope)
		for _, e := range byScope[scope] {
			for _, number := range e.Tags {
				c.add(counted[number], e.Received)
			}
		}
	}
	return c.list
}

// AddLedger counts on a line of the ledger.
func (c *Counters) AddLedger(key LedgerKey, quantity, bytes int64) {
	c.Ledger[key] = c.Ledger[key].Plus(LedgerCount{Quantity: quantity, Bytes: bytes})
}

// Plus adds what another line of the ledger counts.
func (n LedgerCount) Plus(more LedgerCount) LedgerCount {
	return LedgerCount{Quantity: n.Quantity + more.Quantity, Bytes: n.Bytes + more.Bytes}
}
