package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

func eventsPage(t *testing.T, s Store) {
	g := NewGenerator(30, 10, 1, 2)
	b := g.Batch("p0", 250)
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	list := allEvents(t, s, store.EventFilter{ProjectID: 1})
	var want []string
	for i := len(b.Events) - 1; i >= 0; i-- {
		if b.Events[i].ProjectID == 1 {
			want = append(want, hexID(b.Events[i].EventID))
		}
	}
	var got []string
	for _, e := range list {
		got = append(got, e.EventID)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	at := slices.IndexFunc(b.Events, func(e store.EventRow) bool { return e.ProjectID == 1 })
	row := b.Events[at]
	e := need[store.StoredEvent](t)(s.GetEvent(t.Context(), []int64{7, 1}, hexID(row.EventID)))
	wantEvent := store.StoredEvent{Payload: row.Payload, EventSummary: store.EventSummary{
		ID: row.ID, EventID: hexID(row.EventID), ProjectID: 1, IssueID: r.Events[at].IssueID, Received: row.Received, Timestamp: row.Timestamp,
		Level: row.Level, Title: row.Title, Culprit: row.Culprit, Platform: row.Platform, Release: row.Release, Environment: row.Environment,
		Transaction: row.Transaction, UserKey: row.UserKey, Tags: row.Tags, Outcome: issue.OutcomeNew,
	}}
	if d := cmp.Diff(wantEvent, e); d != "" {
		t.Error(d)
	}
	if _, err := s.GetEvent(t.Context(), []int64{2}, hexID(row.EventID)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("event of another project: %v", err)
	}
	after := need[[]store.EventSummary](t)(s.EventsAfter(t.Context(), store.EventFilter{ProjectID: 1}, list[20].ID, 5))
	same(t, "resumed events", len(after), 5)
	same(t, "first resumed", after[0].ID, list[19].ID)
}

func eventsSearch(t *testing.T, s Store) {
	g := NewGenerator(31, 5, 1)
	g.NextMessage()
	texts := []string{"ConnectTimeoutException: read timed out after 30s", "payment declined for größe XL", "read-only file system", "timed: nothing read out"}
	b := batch(g)
	for n, text := range texts {
		e := g.EventOf(1, fmt.Sprint("issue", n))
		e.SearchText = text
		e.Tags = []event.Tag{{Key: "n", Value: fmt.Sprint(n)}, {Key: "environment", Value: "production"}}
		b.Events = append(b.Events, e)
	}
	b.Events[1].Tags = append(b.Events[1].Tags, event.Tag{Key: "release", Value: "shop@2.0.1"})
	b.Events[2].Tags[1].Value = "Staging area"
	other := g.EventOf(2, "other")
	other.SearchText = texts[0]
	b.Events = append(b.Events, other)
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	for query, want := range map[string][]int{
		"":                                 {0, 1, 2, 3},
		"timeout":                          {0},
		"connecttimeoutexception":          {0},
		"read":                             {0, 2, 3},
		"read timed":                       {0, 3},
		`"read timed out"`:                 {0},
		`"Read   Timed"`:                   {0},
		"!timeout":                         {1, 2, 3},
		`!"read timed"`:                    {1, 2, 3},
		"!read-only":                       {0, 1, 3},
		"read-only":                        {2},
		"decl*":                            {1},
		"GRÖSSE":                           {},
		"größe":                            {1},
		"30s":                              {0},
		"n:2":                              {2},
		"!n:2":                             {0, 1, 3},
		"!n:2 !n:3":                        {0, 1},
		`environment:"Staging area"`:       {2},
		"environment:production read":      {0, 3},
		"release:shop@2*":                  {1},
		"release:none*":                    {},
		"has:release":                      {1},
		"!has:release":                     {0, 2, 3},
		"missing":                          {},
		"id:" + hexID(b.Events[3].EventID): {3},
		fmt.Sprintf("issue:%d", r.Events[1].IssueID):      {1},
		fmt.Sprintf("issue:%d read", r.Events[2].IssueID): {2},
		fmt.Sprintf("!issue:%d", r.Events[1].IssueID):     {0, 2, 3},
		"timestamp:>2000-01-01":                           {0, 1, 2, 3},
		"timestamp:<2000-01-01":                           {},
	} {
		list := need[store.Page[store.EventSummary]](t)(s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: parse(t, query)}, store.PageRequest{}))
		var got []int
		for _, e := range list.Items {
			got = append(got, slices.IndexFunc(b.Events, func(r store.EventRow) bool { return r.ID == e.ID }))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got events %v, want %v", query, got, want)
		}
	}
	for _, query := range []string{"is:unresolved", "assigned:me", "first_seen:>1h", "event_count:>3", "id:abc"} {
		if _, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: parse(t, query)}, store.PageRequest{}); err == nil {
			t.Errorf("%q is accepted for events", query)
		}
	}
}

// eventsNeighbours looks at few events and at many, which are found in other ways.
func eventsNeighbours(t *testing.T, s Store) {
	g := NewGenerator(32, 5, 1)
	g.NextMessage()
	b := batch(g)
	const size = 160
	for n := range size {
		e := g.EventOf(1, []string{"a", "b"}[n%2])
		e.Tags = []event.Tag{{Key: "part", Value: fmt.Sprint(min(n/6, 2))}}
		b.Events = append(b.Events, e)
	}
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	id := func(n int) string { return hexID(b.Events[n].EventID) }
	f := store.EventFilter{ProjectID: 1, IssueID: r.Events[0].IssueID}
	check := func(n, first, last int) { // all are even, as the issue's events are
		t.Helper()
		of := need[store.StoredEvent](t)(s.GetEvent(t.Context(), []int64{1}, id(n)))
		want := store.Neighbours{First: id(first), Latest: id(last)}
		if n > first {
			want.Previous = id(min(n-2, last))
		}
		if n < last {
			want.Next = id(max(n+2, first))
		}
		if d := cmp.Diff(want, need[store.Neighbours](t)(s.Neighbours(t.Context(), of, f))); d != "" {
			t.Errorf("neighbours of %d: %s", n, d)
		}
	}
	for _, n := range []int{0, 2, 80, size - 4, size - 2} {
		check(n, 0, size-2)
	}
	f.Query = parse(t, "part:1")
	for _, n := range []int{0, 6, 8, 10, 80} {
		check(n, 6, 10)
	}
	f.Query = parse(t, "part:2")
	for _, n := range []int{0, 12, 80, size - 2} {
		check(n, 12, size-2)
	}
	latest := need[store.StoredEvent](t)(s.LatestEvent(t.Context(), store.EventFilter{ProjectID: 1, IssueID: f.IssueID}))
	same(t, "latest", latest.EventID, id(size-2))
	if _, err := s.LatestEvent(t.Context(), store.EventFilter{ProjectID: 3}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("latest of nothing: %v", err)
	}
	if _, err := s.LatestEvent(t.Context(), store.EventFilter{ProjectID: 2, IssueID: f.IssueID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("issue of another project: %v", err)
	}
}

func eventsSpanDays(t *testing.T, s Store) {
	g := NewGenerator(33, 3, 1)
	var want []string
	for day := range 5 {
		g.Clock = Start.AddDate(0, 0, day).Add(22*time.Hour + 59*time.Minute + 59*time.Second)
		g.Step = 300 * time.Millisecond // a batch crosses midnight
		b := &store.Batch{Partition: "p0"}
		for range 8 {
			g.NextMessage()
			e := g.EventOf(1, "a")
			b.Events = append(b.Events, e)
			want = append([]string{hexID(e.EventID)}, want...)
		}
		b.Through, b.Now = g.seq, g.Clock.UnixMicro()
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	for name, f := range map[string]store.EventFilter{
		"all": {ProjectID: 1}, "words": {ProjectID: 1, Query: parse(t, "failed")}, "verified": {ProjectID: 1, Query: parse(t, `"a failed"`)},
	} {
		var got []string
		for _, e := range allEvents(t, s, f) {
			got = append(got, e.EventID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	day := store.TimeRange{Start: Start.Add(23 * time.Hour).UnixMicro(), End: Start.AddDate(0, 0, 1).Add(23 * time.Hour).UnixMicro()}
	got := len(allEvents(t, s, store.EventFilter{ProjectID: 1, Range: day}))
	same(t, "events of one day", got, 8)
}
