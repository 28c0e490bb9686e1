package rollup

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

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
	Tags      []event.Tag
}

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
	// Tags are counted per hour of a project, IssueTags over the life of an issue.
	Tags      TagCounts[ProjectHour]
	IssueTags TagCounts[int64]
	Ledger    map[LedgerKey]LedgerCount
}

// NewCounters returns counters at zero, with room for about so many events.
func NewCounters(events int) *Counters {
	// Of the thirty tags of an event most are those of others; an issue has fewer in common than a project.
	const projectTags, issueTags = 3, 7
	tags := make(numbers[event.Tag], projectTags*events)
	return &Counters{
		Minutes: map[LevelKey]int64{}, Hours: map[LevelKey]int64{}, Issues: map[IssueKey]int64{}, Ledger: map[LedgerKey]LedgerCount{},
		Tags: newTagCounts[ProjectHour](tags, projectTags*events), IssueTags: newTagCounts[int64](tags, issueTags*events),
	}
}

// Add counts a stored event. Buckets are of the time of admission, as the ledger's are.
func (c *Counters) Add(a Arrival, admit Admit) {
	minute, hour := Bucket(a.Received, Minute), Bucket(a.Received, Hour)
	c.Minutes[LevelKey{a.ProjectID, minute, a.Level}]++
	c.Hours[LevelKey{a.ProjectID, hour, a.Level}]++
	c.Issues[IssueKey{a.IssueID, hour}]++
	at := ProjectHour{a.ProjectID, hour}
	ofHour, ofIssue := place{scope: c.Tags.scopes.of(at)}, place{scope: c.IssueTags.scopes.of(a.IssueID)}
	for _, tag := range a.Tags {
		if strings.HasPrefix(tag.Key, event.UserTagPrefix) {
			tag.Value = OtherValue
		}
		ofHour.tag = c.Tags.tags.of(tag) // the same in both
		ofIssue.tag = ofHour.tag
		c.Tags.add(ofHour, at, tag, a.Received, admit.Project)
		c.IssueTags.add(ofIssue, a.IssueID, tag, a.Received, admit.Issue)
	}
}

// AddLedger counts on a line of the ledger.
func (c *Counters) AddLedger(key LedgerKey, quantity, bytes int64) {
	c.Ledger[key] = c.Ledger[key].Plus(LedgerCount{Quantity: quantity, Bytes: bytes})
}

// Plus adds what another line of the ledger counts.
func (n LedgerCount) Plus(more LedgerCount) LedgerCount {
	return LedgerCount{Quantity: n.Quantity + more.Quantity, Bytes: n.Bytes + more.Bytes}
}
