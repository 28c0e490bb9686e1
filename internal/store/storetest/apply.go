package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

func applyPlacesEvents(t *testing.T, s Store) {
	g := NewGenerator(1, 5, 1)
	g.NextMessage()
	b := batch(g, g.EventOf(1, "a"), g.EventOf(1, "b"), g.EventOf(1, "a"), g.EventOf(2, "a"))
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	if r.Events[0].IssueID != r.Events[2].IssueID || r.Events[0].IssueID == r.Events[1].IssueID || r.Events[0].IssueID == r.Events[3].IssueID {
		t.Fatalf("wrong issues: %+v", r.Events)
	}
	same(t, "outcome", r.Events[0].Outcome, issue.OutcomeNew)
	same(t, "outcome of second", r.Events[2].Outcome, issue.OutcomeNone)
	same(t, "count", r.Events[0].EventCount, 2)

	i := need[issue.Issue](t)(s.GetIssue(t.Context(), r.Events[0].IssueID))
	e := b.Events[2]
	want := issue.Issue{
		ID: i.ID, ProjectID: 1, Number: 1, Title: e.Title, Type: e.Type, Value: e.Value, Culprit: e.Culprit, Level: event.LevelError, Platform: "python",
		Logger: "root", Basis: "stacktrace", EventCount: 2, UserCount: 2, FirstSeen: e.Timestamp, LastSeen: e.Timestamp,
		FirstRelease: b.Events[0].Release, LastRelease: e.Release, Triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.New, Priority: 2},
	}
	if b.Events[0].UserKey == e.UserKey {
		want.UserCount = 1
	}
	if d := cmp.Diff(want, i); d != "" {
		t.Error(d)
	}
	through := need[uint64](t)(s.AppliedThrough(t.Context(), "p0"))
	same(t, "applied through", through, b.Through)
	same(t, "applied through of another partition", need[uint64](t)(s.AppliedThrough(t.Context(), "p1")), 0)
}

func applyIsIdempotent(t *testing.T, s Store) {
	g := NewGenerator(2, 20, 1, 2)
	b := g.Batch("p0", 150)
	b.Ledger = []store.LedgerCount{{ProjectID: 1, Minute: rollup.Bucket(b.Now, rollup.Minute), Category: "error", Outcome: store.RateLimited, Reason: "quota", Quantity: 7}}
	b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: 1, ProjectID: 1, Received: b.Now, Body: "hello"}}
	b.Reports = []store.UserReport{{ID: 1, Seq: 1, ProjectID: 1, Received: b.Now, Comments: "it broke"}}
	first := need[*store.Result](t)(s.Apply(t.Context(), b))
	before := observe(t, s, g)
	again := need[*store.Result](t)(s.Apply(t.Context(), b))
	if d := cmp.Diff(before, observe(t, s, g)); d != "" {
		t.Errorf("a replay changed the store: %s", d)
	}
	for i := range first.Events {
		want := first.Events[i]
		want.Replayed = true
		if d := cmp.Diff(want, again.Events[i]); d != "" {
			t.Fatalf("event %d: %s", i, d)
		}
	}
}

// applyReplaysPartly redelivers applied messages together with new ones.
func applyReplaysPartly(t *testing.T, s Store) {
	g := NewGenerator(3, 10, 1)
	one, two := g.Batch("p0", 100), g.Batch("p0", 100)
	need[*store.Result](t)(s.Apply(t.Context(), one))
	both := &store.Batch{Partition: "p0", Through: two.Through, Now: two.Now, Events: append(append([]store.EventRow{}, one.Events...), two.Events...)}
	both.Ledger = []store.LedgerCount{
		{Seq: 1, ProjectID: 1, Category: "error", Outcome: store.Filtered, Reason: "rule", Quantity: 1},
		{Seq: 2, ProjectID: 1, Category: "error", Outcome: store.Filtered, Reason: "rule", Quantity: 10},
	}
	r := need[*store.Result](t)(s.Apply(t.Context(), both))
	replayed := 0
	for _, e := range r.Events {
		if e.Replayed {
			replayed++
		}
	}
	same(t, "replayed", replayed, 100)
	page := need[store.Page[issue.Issue]](t)(s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1}, store.PageRequest{Limit: 100}))
	total := int64(0)
	for _, i := range page.Items {
		total += i.EventCount
	}
	same(t, "events counted", total, 200)
	lines := need[[]store.LedgerCount](t)(s.Ledger(t.Context(), store.StatsFilter{ProjectID: 1, Range: store.TimeRange{End: 60_000_000}, Width: 60}))
	if len(lines) != 1 || lines[0].Quantity != 10 {
		t.Errorf("ledger lines of applied messages must not count again: %+v", lines)
	}
}

func applyDropsDuplicates(t *testing.T, s Store) {
	g := NewGenerator(4, 5, 1)
	g.NextMessage()
	a := g.EventOf(1, "a")
	twin := g.EventOf(1, "a")
	twin.EventID = a.EventID
	elsewhere := g.EventOf(2, "a")
	elsewhere.EventID = a.EventID
	r := need[*store.Result](t)(s.Apply(t.Context(), batch(g, a, twin, elsewhere)))
	if r.Events[0].Duplicate || !r.Events[1].Duplicate || r.Events[2].Duplicate {
		t.Fatalf("duplicates: %+v", r.Events)
	}
	// Two days later the client sends it once more: its timestamp is still old.
	g.Clock = g.Clock.Add(49 * time.Hour)
	g.NextMessage()
	late := g.EventOf(1, "a")
	late.EventID, late.Timestamp = a.EventID, a.Timestamp
	report := g.EventOf(1, "report")
	report.Category = "security"
	r = need[*store.Result](t)(s.Apply(t.Context(), batch(g, late, report)))
	if !r.Events[0].Duplicate || r.Events[0].IssueID != 0 {
		t.Fatalf("late duplicate: %+v", r.Events)
	}
	sums := ledgerSums(t, s, 1, store.TimeRange{Start: Start.UnixMicro(), End: g.Clock.Add(time.Hour).UnixMicro()})
	want := map[string]int64{"error/stored/": 1, "error/filtered/duplicate": 2, "security/stored/": 1}
	if d := cmp.Diff(want, sums); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, totalSums(t, s, 1)); d != "" {
		t.Error(d)
	}
}

// ledgerTakesBack counts a failed item and takes it back: the ledger forgets
// it, and the totals, which never fall, show both.
func ledgerTakesBack(t *testing.T, s Store) {
	g := NewGenerator(8, 5, 1)
	apply := func(quantity int64) {
		t.Helper()
		g.NextMessage()
		b := batch(g)
		b.Ledger = []store.LedgerCount{{
			Seq: g.seq, ProjectID: 1, Minute: Start.Unix() / 60, Category: "error", Outcome: store.Failed, Reason: "refused", Quantity: quantity, Bytes: 10 * quantity,
		}}
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	apply(3)
	apply(-3)
	if sums := ledgerSums(t, s, 1, around(g)); len(sums) != 0 {
		t.Errorf("ledger %v, want nothing", sums)
	}
	if d := cmp.Diff(map[string]int64{"error/failed/refused": 3, "error/replayed/refused": 3}, totalSums(t, s, 1)); d != "" {
		t.Error(d)
	}
}

func totalSums(t *testing.T, s Store, projectID int64) map[string]int64 {
	t.Helper()
	sums := map[string]int64{}
	for _, l := range need[[]store.LedgerCount](t)(s.LedgerTotals(t.Context())) {
		if l.ProjectID == projectID {
			sums[l.Category+"/"+l.Outcome+"/"+l.Reason] += l.Quantity
		}
	}
	return sums
}

func ledgerSums(t *testing.T, s Store, projectID int64, r store.TimeRange) map[string]int64 {
	t.Helper()
	sums := map[string]int64{}
	for _, l := range need[[]store.LedgerCount](t)(s.Ledger(t.Context(), store.StatsFilter{ProjectID: projectID, Range: r, Width: 3600})) {
		sums[l.Category+"/"+l.Outcome+"/"+l.Reason] += l.Quantity
	}
	return sums
}

// mostStatements is how many statements a batch may take: one a table that it
// reads or writes, two where a row must be read before it is written.
const mostStatements = 36

// applyBoundsRoundTrips keeps the statements of a batch from growing with its events.
func applyBoundsRoundTrips(t *testing.T, s Store) {
	g := NewGenerator(5, 50, 1)
	need[*store.Result](t)(s.Apply(t.Context(), g.Batch("p0", 500)))
	for _, n := range []int{1, 100, 1000, 4000} {
		b := g.Batch("p0", n)
		before := s.Statements()
		need[*store.Result](t)(s.Apply(t.Context(), b))
		if got := s.Statements() - before; got < 10 || got > mostStatements {
			t.Errorf("%d events took %d statements, not at most %d", n, got, mostStatements)
		}
	}
}

func applyNamesRefusedRow(t *testing.T, s Store) {
	g := NewGenerator(6, 5, 1)
	b := g.Batch("p0", 50)
	b.Events[31].Tags = append(b.Events[31].Tags, event.Tag{Key: "bad", Value: "\xff"})
	_, err := s.Apply(t.Context(), b)
	refused, ok := errors.AsType[*store.DataError](err)
	if !ok || refused.Index != 31 {
		t.Fatalf("got %v, want a DataError of row 31", err)
	}
	same(t, "applied through", need[uint64](t)(s.AppliedThrough(t.Context(), "p0")), 0)
	b.Events = append(b.Events[:31], b.Events[32:]...)
	need[*store.Result](t)(s.Apply(t.Context(), b))
}

func applyRunsPartitionsConcurrently(t *testing.T, s Store) {
	var wait sync.WaitGroup
	for p := range int64(4) {
		wait.Go(func() {
			g := NewGenerator(uint64(p)+10, 10, 2*p+1, 2*p+2)
			g.seq = uint64(p) * 100 // sequences are of the whole log, not of a partition
			for range 5 {
				if _, err := s.Apply(t.Context(), g.Batch("p"+string(rune('0'+p)), 60)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	total := int64(0)
	for p := range int64(8) {
		for _, n := range ledgerSums(t, s, p+1, store.TimeRange{Start: Start.UnixMicro(), End: Start.Add(time.Hour).UnixMicro()}) {
			total += n
		}
	}
	same(t, "events", total, 4*5*60)
}

func applyAttachesHashes(t *testing.T, s Store) {
	g := NewGenerator(7, 5, 1)
	g.NextMessage()
	a, b, both := g.EventOf(1, "a"), g.EventOf(1, "b"), g.EventOf(1, "c")
	both.Hashes = append(both.Hashes, b.Hashes[0])
	onlyC := g.EventOf(1, "c")
	r := need[*store.Result](t)(s.Apply(t.Context(), batch(g, a, b, both, onlyC)))
	if r.Events[2].IssueID != r.Events[1].IssueID || r.Events[3].IssueID != r.Events[1].IssueID {
		t.Fatalf("the known hash must win and the other be attached: %+v", r.Events)
	}
	hashes := need[[]store.IssueHash](t)(s.IssueHashes(t.Context(), r.Events[1].IssueID))
	same(t, "hashes", len(hashes), 2)
	same(t, "version", hashes[0].GroupingVersion, "1")
}
