package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

func statsFillGaps(t *testing.T, s Store) {
	g := NewGenerator(40, 5, 1)
	var id int64
	for _, at := range []time.Duration{0, 3 * time.Hour, 27 * time.Hour} {
		g.Clock = Start.Add(at)
		g.NextMessage()
		id = need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"), g.EventOf(1, "a")))).Events[0].IssueID
	}
	r := store.TimeRange{Start: Start.UnixMicro(), End: Start.Add(28 * time.Hour).UnixMicro()}
	check := func(what string, points []store.VolumePoint, want map[int]int64, n int) {
		t.Helper()
		same(t, what+": points", len(points), n)
		for i, p := range points {
			same(t, fmt.Sprintf("%s: point %d", what, i), p.Total, want[i])
			same(t, fmt.Sprintf("%s: errors of point %d", what, i), p.Levels[event.LevelError], want[i])
		}
	}
	hour := need[[]store.VolumePoint](t)(s.Volume(t.Context(), store.StatsFilter{ProjectID: 1, Range: r, Width: 3600}))
	check("hours", hour, map[int]int64{0: 2, 3: 2, 27: 2}, 28)
	same(t, "first hour", hour[0].Start, Start.UnixMicro())
	check("days", need[[]store.VolumePoint](t)(s.Volume(t.Context(), store.StatsFilter{ProjectID: 1, Range: r, Width: 86400})), map[int]int64{0: 4, 1: 2}, 2)
	// In a zone two hours west the events at 01:00 UTC are of the day before.
	check("days elsewhere", need[[]store.VolumePoint](t)(s.Volume(t.Context(), store.StatsFilter{ProjectID: 1, Range: r, Width: 86400, Offset: -7200})), map[int]int64{0: 2, 1: 2, 2: 2}, 3)
	minutes := store.TimeRange{Start: Start.UnixMicro(), End: Start.Add(10 * time.Minute).UnixMicro()}
	check("minutes", need[[]store.VolumePoint](t)(s.Volume(t.Context(), store.StatsFilter{ProjectID: 1, Range: minutes, Width: 60})), map[int]int64{0: 2}, 10)
	check("issue", need[[]store.VolumePoint](t)(s.IssueTimeline(t.Context(), id, store.StatsFilter{ProjectID: 1, Range: r, Width: 3600})), map[int]int64{0: 2, 3: 2, 27: 2}, 28)
	if _, err := s.Volume(t.Context(), store.StatsFilter{ProjectID: 1, Range: store.TimeRange{End: r.End}, Width: 60}); err == nil {
		t.Error("a chart of a million points is accepted")
	}
}

func statsCountHealth(t *testing.T, s Store) {
	g := NewGenerator(41, 5, 1)
	apply := func(names ...string) *store.Result {
		g.NextMessage()
		b := batch(g)
		for n, name := range names {
			e := g.EventOf(1, name)
			e.UserKey = fmt.Sprintf("id:%d", n)
			b.Events = append(b.Events, e)
		}
		return need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	apply("old", "old", "old")
	g.Clock = g.Clock.Add(24 * time.Hour)
	apply("old", "new", "new", "newer")
	r := store.TimeRange{Start: Start.Add(24 * time.Hour).UnixMicro(), End: Start.Add(48 * time.Hour).UnixMicro()}
	h := need[store.Health](t)(s.Health(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}))
	same(t, "health", h, store.Health{Events: 4, EventsBefore: 3, NewIssues: 2, Unresolved: 3, UsersAffected: 4})
	top := need[[]store.TopIssue](t)(s.TopIssues(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}, 2))
	if len(top) != 2 || top[0].Count != 2 || top[0].Issue.Title != "new failed" {
		t.Errorf("top issues: %+v", top)
	}
	// What was dated long before it came is counted when it came, as everywhere.
	g.NextMessage()
	b := &store.Batch{Partition: "p0", Through: g.seq, Now: g.Clock.UnixMicro()}
	for range 3 {
		e := g.EventOf(1, "late")
		e.Timestamp -= (20 * 24 * time.Hour).Microseconds()
		b.Events = append(b.Events, e)
	}
	need[*store.Result](t)(s.Apply(t.Context(), b))
	top = need[[]store.TopIssue](t)(s.TopIssues(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}, 2))
	if len(top) != 2 || top[0].Count != 3 || top[0].Issue.Title != "late failed" {
		t.Errorf("top issues with late events: %+v", top)
	}
}

func logsSearch(t *testing.T, s Store) {
	g := NewGenerator(42, 5, 1)
	seq := g.NextMessage()
	b := batch(g)
	bodies := []string{"GET /checkout took 30 ms", "cache miss for user 42", "payment accepted"}
	for n, body := range bodies {
		b.Logs = append(b.Logs, store.LogRow{
			ID: g.EventOf(1, "x").ID, Seq: seq, ProjectID: 1, Received: g.Clock.UnixMicro(), Timestamp: g.Clock.UnixMicro(), Level: []event.Level{event.LevelInfo, event.LevelWarning, event.LevelInfo}[n],
			Logger: "web", Body: body, Environment: "production", TraceID: fmt.Sprintf("%032x", n), Attributes: fmt.Appendf(nil, `{"n":%d,"who":"w%d"}`, n, n),
		})
	}
	need[*store.Result](t)(s.Apply(t.Context(), b))
	for query, want := range map[string]string{
		"": "[2 1 0]", "payment": "[2]", "cache miss": "[1]", `"cache miss"`: "[1]", `"miss cache"`: "[]", "level:info": "[2 0]", "level:warn": "[1]", "!level:info": "[1]",
		"check*": "[0]", "!took": "[2 1]", "n:1": "[1]", "who:w2": "[2]", "!who:w2": "[1 0]", "has:trace": "[2 1 0]", "trace:" + fmt.Sprintf("%032x", 1): "[1]", "has:trace_id": "[2 1 0]", "trace_id:" + fmt.Sprintf("%032x", 1): "[1]", "environment:prod*": "[2 1 0]",
	} {
		var got []int
		for cursor := ""; ; {
			page := need[store.Page[store.LogRow]](t)(s.ListLogs(t.Context(), store.LogFilter{ProjectID: 1, Query: parse(t, query)}, store.PageRequest{Cursor: cursor, Limit: 2}))
			for _, l := range page.Items {
				for n := range b.Logs {
					if b.Logs[n].ID == l.ID {
						got = append(got, n)
						same(t, "body", l.Body, bodies[n])
					}
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: got %v, want %s", query, got, want)
		}
	}
	same(t, "logs of another project", len(need[store.Page[store.LogRow]](t)(s.ListLogs(t.Context(), store.LogFilter{ProjectID: 2}, store.PageRequest{})).Items), 0)
	same(t, "ledger", ledgerSums(t, s, 1, around(g))["log/stored/"], 3)
}

func projectsArePurged(t *testing.T, s Store) {
	g := NewGenerator(43, 5, 1, 2)
	b := g.Batch("p0", 200)
	b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: 1, ProjectID: 1, Received: b.Now, Timestamp: b.Now, Body: "x"}}
	need[*store.Result](t)(s.Apply(t.Context(), b))
	kept := len(allEvents(t, s, store.EventFilter{ProjectID: 2}))
	if err := s.PurgeProject(t.Context(), 1, b.Now); err != nil {
		t.Fatal(err)
	}
	same(t, "deletions under way", len(need[[]store.DeletionProgress](t)(s.Deletions(t.Context()))), 1)
	finishDeletions(t, s)
	same(t, "events", len(allEvents(t, s, store.EventFilter{ProjectID: 1})), 0)
	same(t, "issues", len(allIssues(t, s, store.IssueFilter{ProjectID: 1})), 0)
	same(t, "logs", len(need[store.Page[store.LogRow]](t)(s.ListLogs(t.Context(), store.LogFilter{ProjectID: 1}, store.PageRequest{})).Items), 0)
	same(t, "events of the other project", len(allEvents(t, s, store.EventFilter{ProjectID: 2})), kept)
}

// statsSpanDays reads whole days from the sums per day, and the hours around them.
func statsSpanDays(t *testing.T, s Store) {
	g := NewGenerator(44, 5, 1)
	for at := time.Duration(0); at < 6*24*time.Hour; at += 5 * time.Hour {
		g.Clock = Start.Add(at)
		g.NextMessage()
		e := g.EventOf(1, "a")
		e.Tags = []event.Tag{{Key: "hour", Value: fmt.Sprint(g.Clock.Hour())}}
		need[*store.Result](t)(s.Apply(t.Context(), batch(g, e)))
	}
	for _, from := range []int{0, 3, 20, 30} {
		for _, until := range []int{40, 71, 72, 100, 144} {
			r := store.TimeRange{Start: Start.Add(time.Duration(from) * time.Hour).UnixMicro(), End: Start.Add(time.Duration(until) * time.Hour).UnixMicro()}
			want := int64(0)
			for at := 0; at < 144; at += 5 {
				if at >= from && at < until {
					want++
				}
			}
			what := fmt.Sprintf("hours %d to %d", from, until)
			top := need[[]store.TopIssue](t)(s.TopIssues(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}, 5))
			same(t, what+": top issue", top[0].Count, want)
			keys := need[[]store.TagDistribution](t)(s.ProjectTags(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}, 5))
			same(t, what+": tag", keys[0].Total, want)
			sum := int64(0)
			for _, v := range need[store.TagDistribution](t)(s.TagValues(t.Context(), store.StatsFilter{ProjectID: 1, Range: r}, "hour", 50)).Values {
				sum += v.Count
			}
			same(t, what+": values", sum, want)
		}
	}
}

// ledgerAddsUp reads whole hours from their sums and the minutes around them: no range is rounded.
func ledgerAddsUp(t *testing.T, s Store) {
	b := &store.Batch{Partition: "p0", Through: 1, Now: Start.UnixMicro()}
	first := Start.UnixMicro() / 60_000_000
	for minute := range int64(300) {
		b.Ledger = append(b.Ledger, store.LedgerCount{Seq: 1, ProjectID: 1, Minute: first + minute, Category: "error", Outcome: store.Filtered, Reason: "rule", Quantity: 1, Bytes: 10})
	}
	need[*store.Result](t)(s.Apply(t.Context(), b))
	for _, from := range []int64{0, 1, 59, 60, 90} {
		for _, until := range []int64{91, 119, 120, 121, 300} {
			f := store.StatsFilter{ProjectID: 1, Range: store.TimeRange{Start: (first + from) * 60_000_000, End: (first + until) * 60_000_000}, Width: 3600}
			var sum, bytes int64
			for _, l := range need[[]store.LedgerCount](t)(s.Ledger(t.Context(), f)) {
				sum, bytes = sum+l.Quantity, bytes+l.Bytes
				same(t, "minute of the hour", l.Minute%60, 0)
			}
			same(t, fmt.Sprintf("minutes %d to %d", from, until), sum, until-from)
			same(t, "bytes", bytes, 10*sum)
		}
	}
	// Two hours west, the first hour is of the day before.
	f := store.StatsFilter{ProjectID: 1, Range: store.TimeRange{Start: first * 60_000_000, End: (first + 300) * 60_000_000}, Width: 86400, Offset: -7200}
	lines := need[[]store.LedgerCount](t)(s.Ledger(t.Context(), f))
	if len(lines) != 2 || lines[0].Quantity != 60 || lines[0].Minute != first-23*60 || lines[1].Quantity != 240 {
		t.Errorf("days elsewhere: %+v", lines)
	}
}
