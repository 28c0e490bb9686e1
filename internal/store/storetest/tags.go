package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// tagValuesAreFolded counts the rare values of a finished day together; totals and frequent values stay exact.
func tagValuesAreFolded(t *testing.T, s Store) {
	g := NewGenerator(28, 5, 1)
	day := Start.Truncate(24 * time.Hour)
	for hour := range 24 {
		g.Clock = day.Add(time.Duration(hour) * time.Hour)
		g.NextMessage()
		b := batch(g)
		for n := range 30 { // 20 values once an hour, one ten times
			e := g.EventOf(1, "a")
			e.Tags = []event.Tag{{Key: "browser", Value: "Firefox"}, {Key: "request", Value: fmt.Sprintf("r%d", hour*20+max(n-10, 0))}}
			b.Events = append(b.Events, e)
		}
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	f := store.StatsFilter{ProjectID: 1, Range: store.TimeRange{Start: day.AddDate(0, 0, -2).UnixMicro(), End: day.AddDate(0, 0, 2).UnixMicro()}}
	values := func(limit int) []store.TagCount {
		return need[store.TagDistribution](t)(s.TagValues(t.Context(), f, "request", limit)).Values
	}
	frequent := values(24)
	for _, step := range []struct {
		at   time.Time
		want int
	}{{day.Add(47 * time.Hour), 480}, {day.Add(48 * time.Hour), 100}, {day.Add(49 * time.Hour), 100}} {
		if err := s.Tidy(t.Context(), step.at.UnixMicro()); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("values after %v", step.at.Sub(day)), len(values(1000)), step.want)
		if d := cmp.Diff(frequent, values(24)); d != "" {
			t.Errorf("frequent values after %v: %s", step.at.Sub(day), d)
		}
		for _, key := range need[[]store.TagDistribution](t)(s.ProjectTags(t.Context(), f, 10)) {
			same(t, "total of "+key.Key, key.Total, 24*30)
		}
	}
}

// tagKeysAreThoseOfTheRange leaves out keys that have no events in it.
func tagKeysAreThoseOfTheRange(t *testing.T, s Store) {
	g := NewGenerator(29, 5, 1)
	for n, key := range []string{"a", "b", "c", "d"} {
		g.Clock = Start.AddDate(0, 0, n)
		g.NextMessage()
		e := g.EventOf(1, "a")
		e.Tags = []event.Tag{{Key: key, Value: "x"}, {Key: "always", Value: "y"}}
		need[*store.Result](t)(s.Apply(t.Context(), batch(g, e)))
	}
	f := store.StatsFilter{ProjectID: 1, Range: store.TimeRange{Start: Start.AddDate(0, 0, 1).UnixMicro(), End: Start.AddDate(0, 0, 3).UnixMicro()}}
	for limit, want := range map[int]string{10: "[always b c]", 2: "[always b]"} {
		var keys []string
		for _, d := range need[[]store.TagDistribution](t)(s.ProjectTags(t.Context(), f, limit)) {
			keys = append(keys, d.Key)
		}
		same(t, "keys with values", fmt.Sprint(keys), want)
	}
	for limit, want := range map[int]string{10: "[always b c d]", 2: "[always b]"} { // d came on the last day, after the range
		same(t, "keys", fmt.Sprint(need[[]string](t)(s.TagKeys(t.Context(), f, limit))), want)
	}
}

// uncountedTagsAreFound has an issue whose values come too slowly to fill an hour's counters, but are more than it counts.
func uncountedTagsAreFound(t *testing.T, s Store) {
	g := NewGenerator(30, 5, 1)
	for n := range 60 {
		g.Clock = Start.Add(time.Duration(n) * time.Hour)
		g.NextMessage()
		e := g.EventOf(1, "a")
		e.Tags = []event.Tag{{Key: "request", Value: fmt.Sprintf("r%d", n)}}
		need[*store.Result](t)(s.Apply(t.Context(), batch(g, e)))
	}
	same(t, "issues by an uncounted value", len(allIssues(t, s, store.IssueFilter{ProjectID: 1, Range: around(g), Query: parse(t, "request:r59")})), 1)
	same(t, "issues by a value nobody sent", len(allIssues(t, s, store.IssueFilter{ProjectID: 1, Range: around(g), Query: parse(t, "request:r60")})), 0)
}

// usersAreFoundEverywhere has a user whom one issue met once, beyond the users
// it counts one by one, and another has met a thousand times since.
func usersAreFoundEverywhere(t *testing.T, s Store) {
	g := NewGenerator(31, 5, 1)
	g.NextMessage()
	var events []store.EventRow
	met := func(issueName, user string) {
		e := g.EventOf(1, issueName)
		e.UserKey = user
		e.Tags = []event.Tag{{Key: event.UserTag, Value: user}}
		events = append(events, e)
	}
	for n := range 60 {
		met("once", fmt.Sprintf("id:u%d", n))
	}
	for range 1001 {
		met("often", "id:u59")
	}
	met("other", "id:o")
	need[*store.Result](t)(s.Apply(t.Context(), batch(g, events...)))
	for query, want := range map[string]string{"user:id:u59": "[often failed once failed]", "!user:id:u59": "[other failed]", "user:id:u58": "[once failed]", "user:id:nobody": "[]"} {
		same(t, query, titlesOf(t, s, g, query), want)
	}
}

// titlesOf are those of the issues that a query finds, the most frequent first.
func titlesOf(t *testing.T, s Store, g *Generator, query string) string {
	t.Helper()
	titles := []string{}
	for _, i := range allIssues(t, s, store.IssueFilter{ProjectID: 1, Range: around(g), Query: parse(t, query), Sort: store.SortEventCount}) {
		titles = append(titles, i.Title)
	}
	return fmt.Sprint(titles)
}

// fieldsAreFoundLikeTags searches by what has no counter: the type, the culprit and the platform.
func fieldsAreFoundLikeTags(t *testing.T, s Store) {
	g := NewGenerator(32, 5, 1)
	g.NextMessage()
	var events []store.EventRow
	for name, n := range map[string]int{"Timeout": 3, "TimeLimit": 2, "Value": 1} {
		for range n {
			e := g.EventOf(1, name)
			e.Type, e.Culprit, e.Platform = name+"Error", "app."+strings.ToLower(name), "python"
			e.SearchText = "it failed because of ValueError\n" + e.Type + "\n" + e.Culprit
			if name == "Value" {
				e.Platform, e.Tags = "go", append(e.Tags, event.Tag{Key: "type", Value: "custom"})
			}
			events = append(events, e)
		}
	}
	need[*store.Result](t)(s.Apply(t.Context(), batch(g, events...)))
	for query, want := range map[string]struct {
		issues string
		events int
	}{
		"type:ValueError":                      {"[Value failed]", 1},
		"error.type:ValueError":                {"[Value failed]", 1},
		"!type:ValueError":                     {"[Timeout failed TimeLimit failed]", 5},
		"type:Time*":                           {"[Timeout failed TimeLimit failed]", 5},
		"type:custom":                          {"[Value failed]", 1},
		"type:valueerror":                      {"[]", 0},
		"culprit:app.timelimit":                {"[TimeLimit failed]", 2},
		"culprit:app.time* !type:TimeoutError": {"[TimeLimit failed]", 2},
		"platform:python type:TimeoutError":    {"[Timeout failed]", 3},
		"!platform:python":                     {"[Value failed]", 1},
		"platform:cobol":                       {"[]", 0},
	} {
		same(t, "issues by "+query, titlesOf(t, s, g, query), want.issues)
		same(t, "events by "+query, len(allEvents(t, s, store.EventFilter{ProjectID: 1, Range: around(g), Query: parse(t, query)})), want.events)
	}
	f := store.StatsFilter{ProjectID: 1, Range: around(g)}
	for key, want := range map[string]string{"type": "TimeoutError 3 of 6", "platform": "python 5 of 6", "level": "error 6 of 6"} {
		d := need[store.TagDistribution](t)(s.TagValues(t.Context(), f, key, 1))
		same(t, "values of "+key, len(d.Values), 1)
		same(t, "values of "+key, fmt.Sprintf("%s %d of %d", d.Values[0].Value, d.Values[0].Count, d.Total), want)
	}
}
