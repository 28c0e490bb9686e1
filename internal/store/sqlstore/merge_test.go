package sqlstore

import (
	"testing"
	"time"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestFinishedDaysAreMerged keeps searches over many days from looking in every run of every index.
func TestFinishedDaysAreMerged(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	for range mergedRuns - 1 {
		apply(t, s, g.Batch("p0", 20))
	}
	ask := func(query string) (n int) {
		t.Helper()
		sources, err := s.events.sources(t.Context(), nil, 0, 1<<62)
		if err != nil || len(sources) != 1 {
			t.Fatalf("%d sources: %v", len(sources), err)
		}
		if err := sources[0].read(t.Context(), func(c conn) error {
			return c.row(t.Context(), query, nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	runs := func() int { return ask("SELECT COUNT(*) FROM event_word_runs") }
	if n := runs(); n != mergedRuns-1 {
		t.Fatalf("%d runs before: some are merged already", n)
	}
	end := g.Clock.Truncate(24*time.Hour).AddDate(0, 0, 1)
	if err := s.Tidy(t.Context(), end.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := runs(); n == 1 {
		t.Errorf("a day that may still be written was merged")
	}
	if err := s.Tidy(t.Context(), end.Add(time.Hour).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := runs(); n != 1 {
		t.Errorf("%d runs of a finished day, want 1", n)
	}
	q, err := search.Parse("failed")
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: q}, store.PageRequest{Limit: 100})
	if err != nil || len(page.Items) != 100 {
		t.Errorf("found %d events: %v", len(page.Items), err)
	}
}

// TestRewritingLeavesNothingOfWhatWasDeleted removes one of two projects from a
// finished day, and wants its space back: of events, and of their words.
func TestRewritingLeavesNothingOfWhatWasDeleted(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1, 2)
	for range 30 {
		apply(t, s, g.Batch("p0", 300))
	}
	end := g.Clock.Truncate(24*time.Hour).AddDate(0, 0, 1)
	tidy := func() int64 {
		t.Helper()
		if err := s.Tidy(t.Context(), end.Add(time.Hour).UnixMicro()); err != nil {
			t.Fatal(err)
		}
		days, err := s.events.days(t.Context())
		if err != nil || len(days) != 1 {
			t.Fatalf("%d days: %v", len(days), err)
		}
		bytes, err := s.events.size(t.Context(), days[0])
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	before := tidy()
	for more := true; more; {
		var err error
		if more, err = s.Expire(t.Context(), map[int64]int64{1: 0}, end.UnixMicro()); err != nil {
			t.Fatal(err)
		}
	}
	if after := tidy(); after > before*51/100 { // words that stayed would make it 53 %
		t.Errorf("%d bytes after half of the events are gone, %d before", after, before)
	}
	page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1}, store.PageRequest{Limit: 100})
	if err != nil || len(page.Items) != 100 {
		t.Errorf("%d events of the other project: %v", len(page.Items), err)
	}
}
