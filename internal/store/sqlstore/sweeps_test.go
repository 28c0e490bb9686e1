package sqlstore

import (
	"testing"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestDeletedEventsAreNotLookedUp counts the statements of a search behind thousands
// of events that were deleted, and of the steps that deleted them.
func TestDeletedEventsAreNotLookedUp(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	add := func(issue byte, n int) (issueID int64) {
		b := g.Batch("p0", n)
		for i := range b.Events {
			b.Events[i].Hashes = [][16]byte{{issue}}
		}
		result, err := s.Apply(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		return result.Events[0].IssueID
	}
	kept := add(1, 20)
	for range 3 {
		add(2, 1000)
	}
	doomed := add(2, 1000)
	if kept == doomed {
		t.Fatal("one issue for all")
	}
	if err := s.DeleteIssue(t.Context(), doomed, store.Deletion{}); err != nil {
		t.Fatal(err)
	}
	steps, before := 0, s.statements.Load()
	for more := true; more; steps++ {
		var err error
		if more, err = s.DeleteStep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.statements.Load() - before; n > int64(steps*60) {
		t.Errorf("%d statements for %d steps", n, steps)
	}
	q, err := search.Parse("request")
	if err != nil {
		t.Fatal(err)
	}
	before = s.statements.Load()
	page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: q}, store.PageRequest{Limit: 5})
	if err != nil || len(page.Items) != 5 {
		t.Fatalf("found %d events: %v", len(page.Items), err)
	}
	if n := s.statements.Load() - before; n > 5 {
		t.Errorf("%d statements for five events", n)
	}
}
