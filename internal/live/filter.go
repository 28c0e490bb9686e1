package live

import (
	"encoding/json"
	"strings"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/search"
)

// Filter decides which facts a query lets through. Events must match every
// term; a term about something an issue's fact does not carry (a tag, a
// release) lets issue facts through, because the list they update decides.
// Facts of other kinds always pass.
type Filter struct {
	terms []search.Term
}

// NewFilter makes a Filter of a query.
func NewFilter(q search.Query) Filter { return Filter{terms: q.Terms} }

// document is a fact with its fields, read once for all subscriptions that need them.
type document struct {
	fact   *eventlog.Fact
	fields *fields
}

// isEvent tells events and log entries, which carry tags and a release, from issues.
func (d *document) isEvent() bool {
	return d.fact.Kind == eventlog.EventStored || d.fact.Kind == eventlog.LogStored
}

// fields are what the JSON of events and issues has in common with queries.
type fields struct {
	event bool

	ID          json.RawMessage `json:"id"`
	IssueID     json.RawMessage `json:"issue_id"`
	Level       string          `json:"level"`
	Title       string          `json:"title"`
	Message     string          `json:"message"`
	Type        string          `json:"type"`
	Value       string          `json:"value"`
	Culprit     string          `json:"culprit"`
	Platform    string          `json:"platform"`
	Logger      string          `json:"logger"`
	Release     string          `json:"release"`
	Environment string          `json:"environment"`
	Transaction string          `json:"transaction"`
	Status      string          `json:"status"`
	Substatus   string          `json:"substatus"`
	Body        string          `json:"body"`
	Tags        []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"tags"`
}

func (d *document) read() *fields {
	if d.fields == nil {
		d.fields = &fields{event: d.isEvent()}
		// A fact of a newer node may have another shape; then its fields are empty and match nothing.
		_ = json.Unmarshal(d.fact.Data, d.fields)
	}
	return d.fields
}

func (f Filter) match(d *document) bool {
	if len(f.terms) == 0 {
		return true
	}
	if !d.isEvent() && !strings.HasPrefix(d.fact.Kind, "issue.") {
		return true
	}
	if d.fact.Kind == eventlog.IssueCounted {
		return true // carries counts alone
	}
	fields := d.read()
	for _, t := range f.terms {
		hit, known := fields.match(t)
		if known && hit == t.Negate {
			return false
		}
	}
	return true
}

// match reports whether a term hits, and whether these fields can tell at all.
func (f *fields) match(t search.Term) (hit, known bool) {
	switch t.Key {
	case "":
		return f.text(t.Value), true
	case "id":
		return unquote(f.ID) == t.Value, true
	case "issue", "issue_id", "issue.id":
		return unquote(f.IssueID) == t.Value, f.event
	case "is":
		return f.Status == t.Value || f.Substatus == t.Value, !f.event
	case "status":
		return f.Status == t.Value, !f.event
	}
	if have, ok := f.field(t.Key); ok {
		return equals(have, t), true
	}
	if !f.event {
		return false, false
	}
	return f.tag(t), true
}

func unquote(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// field returns a property by its name in queries.
func (f *fields) field(key string) (value string, ok bool) {
	switch key {
	case "level":
		return f.Level, true
	case "platform":
		return f.Platform, true
	case "title":
		return f.Title, true
	case "culprit":
		return f.Culprit, true
	case "type", "error.type":
		return f.Type, !f.event
	case "logger":
		return f.Logger, f.Logger != ""
	case "release":
		return f.Release, f.event
	case "environment":
		return f.Environment, f.event
	case "transaction":
		return f.Transaction, f.event
	case "message":
		return f.Message, f.event
	}
	return "", false
}

// tag looks for a tag; derived tags (user, browser, os …) are among them.
func (f *fields) tag(t search.Term) bool {
	key := strings.TrimPrefix(t.Key, "tags.")
	for _, tag := range f.Tags {
		if tag.Key == key && equals(tag.Value, t) {
			return true
		}
	}
	return false
}

// equals compares without regard to case; a * at the end, or a Prefix term, matches any rest.
func equals(have string, t search.Term) bool {
	want, star := strings.CutSuffix(t.Value, "*")
	if star || t.Prefix {
		return len(have) >= len(want) && strings.EqualFold(have[:len(want)], want)
	}
	return strings.EqualFold(have, want)
}

// text looks for a word or phrase in what free text search covers.
func (f *fields) text(value string) bool {
	value = strings.ToLower(strings.TrimSuffix(value, "*"))
	for _, in := range []string{f.Title, f.Message, f.Type, f.Value, f.Culprit, f.Transaction, f.Body} {
		if strings.Contains(strings.ToLower(in), value) {
			return true
		}
	}
	return false
}
