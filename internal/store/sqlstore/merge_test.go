package sqlstore

import (
	"testing"

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
	parts := func() (n int) {
		t.Helper()
		sources, err := s.events.sources(t.Context(), nil, 0, 1<<62)
		if err != nil || len(sources) != 1 {
			t.Fatalf("%d sources: %v", len(sources), err)
		}
		if err := sources[0].read(t.Context(), func(c conn) error {
			return c.row(t.Context(), "SELECT COUNT(DISTINCT segid) FROM events_words_idx", nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := parts(); n <= maxWordParts {
		t.Fatalf("%d parts before: too few to be merged", n)
	}
	if err := s.Tidy(t.Context(), g.Clock.AddDate(0, 0, 1).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n <= maxWordParts {
		t.Errorf("%d parts: a day that may still be written was merged", n)
	}
	if err := s.Tidy(t.Context(), g.Clock.AddDate(0, 0, 2).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n != 1 {
		t.Errorf("%d parts of a finished day, want 1", n)
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
