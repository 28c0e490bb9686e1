package sqlstore

import (
	"testing"
	"time"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestFinishedDaysAreMerged keeps searches over many days from looking in every part of every index.
func TestFinishedDaysAreMerged(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	for range maxWordParts + 2 {
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
	parts := func() int { return ask("SELECT COUNT(DISTINCT segid) FROM events_words_idx") }
	if n := parts(); n <= maxWordParts {
		t.Fatalf("%d parts before: too few to be merged", n)
	}
	end := g.Clock.Truncate(24*time.Hour).AddDate(0, 0, 1)
	if err := s.Tidy(t.Context(), end.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n <= maxWordParts {
		t.Errorf("%d parts: a day that may still be written was merged", n)
	}
	if err := s.Tidy(t.Context(), end.Add(time.Hour).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n != 1 {
		t.Errorf("%d parts of a finished day, want 1", n)
	}
	if n := ask("SELECT CAST(v AS INTEGER) FROM events_words_config WHERE k = 'pgsz'"); n != finishedLeaf {
		t.Errorf("leaves of %d bytes, want %d", n, finishedLeaf)
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
	for range 10 {
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
	if after := tidy(); after > before*52/100 { // words that stayed would make it 55 %
		t.Errorf("%d bytes after half of the events are gone, %d before", after, before)
	}
	page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1}, store.PageRequest{Limit: 100})
	if err != nil || len(page.Items) != 100 {
		t.Errorf("%d events of the other project: %v", len(page.Items), err)
	}
}
