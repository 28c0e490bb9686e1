package storetest

import (
	"testing"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// fourDays applies three events of issue a and one of issue b on each of four days in projects 1 and 2.
func fourDays(t *testing.T, s Store, g *Generator) {
	t.Helper()
	for n := range 4 {
		g.Clock = Start.AddDate(0, 0, n)
		g.NextMessage()
		b := batch(g)
		for _, p := range []int64{1, 2} {
			for _, name := range []string{"a", "b", "a", "a"} {
				b.Events = append(b.Events, g.EventOf(p, name))
			}
		}
		b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: g.seq, ProjectID: 1, Received: b.Now, Timestamp: b.Now, Level: event.LevelInfo, Body: "log"}}
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
}

func retentionExpires(t *testing.T, s Store) {
	g := NewGenerator(50, 5, 1, 2)
	fourDays(t, s, g)
	usage := need[store.Usage](t)(s.Usage(t.Context(), 1))
	same(t, "events before", usage.Events, 16)
	same(t, "logs before", usage.Logs, 4)
	if usage.Bytes <= 0 {
		t.Error("bytes are not measured")
	}
	// Project 1 keeps two days, project 2 three: the first day goes as a whole, the second in parts.
	keep := map[int64]int64{1: Start.AddDate(0, 0, 2).Truncate(24 * time.Hour).UnixMicro(), 2: Start.AddDate(0, 0, 1).Truncate(24 * time.Hour).UnixMicro()}
	same(t, "dry run", need[store.Usage](t)(s.Expirable(t.Context(), 1, keep[1])).Events, 8)
	steps := 0
	for need[bool](t)(s.Expire(t.Context(), keep, 0)) {
		if steps++; steps > 50 {
			t.Fatal("retention does not end")
		}
	}
	same(t, "events of project 1", len(allEvents(t, s, store.EventFilter{ProjectID: 1})), 8)
	same(t, "events of project 2", len(allEvents(t, s, store.EventFilter{ProjectID: 2})), 12)
	same(t, "logs", len(need[store.Page[store.LogRow]](t)(s.ListLogs(t.Context(), store.LogFilter{ProjectID: 1}, store.PageRequest{})).Items), 2)
	same(t, "usage", need[store.Usage](t)(s.Usage(t.Context(), 1)).Events, 8)
	issues := allIssues(t, s, store.IssueFilter{ProjectID: 1, Sort: store.SortEventCount})
	same(t, "issues stay", len(issues), 2)
	same(t, "with their counts", issues[0].EventCount, 12)
	if err := s.Tidy(t.Context(), g.Clock.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if bytes := need[int64](t)(s.DiskBytes(t.Context())); bytes < 10_000 {
		t.Errorf("%d bytes on disk", bytes)
	}
	same(t, "events after tidying", len(allEvents(t, s, store.EventFilter{ProjectID: 2})), 12)
}

func retentionThins(t *testing.T, s Store) {
	g := NewGenerator(51, 5, 1, 2)
	fourDays(t, s, g)
	first := need[store.Usage](t)(s.Thin(t.Context(), 1))
	same(t, "removed of the frequent issue", first.Events, 1)
	if first.Bytes <= 0 {
		t.Error("nothing was freed")
	}
	for range 3 {
		need[store.Usage](t)(s.Thin(t.Context(), 1))
	}
	// Of each day, the first and the last event of a and the only one of b are left.
	same(t, "events left", len(allEvents(t, s, store.EventFilter{ProjectID: 1})), 12)
	same(t, "oldest day goes next", need[store.Usage](t)(s.Thin(t.Context(), 1)).Events, 3)
	same(t, "events of the other project", len(allEvents(t, s, store.EventFilter{ProjectID: 2})), 16)
	for range 3 {
		need[store.Usage](t)(s.Thin(t.Context(), 1))
	}
	same(t, "nothing left to thin", need[store.Usage](t)(s.Thin(t.Context(), 1)), store.Usage{})
}
