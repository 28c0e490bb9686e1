package sqlstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store/storetest"
)

// TestEventIDsMove finds every event by its id wherever the id is, and no event twice.
func TestEventIDsMove(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	batch := g.Batch("p0", 300)
	apply(t, s, batch)
	sources, err := s.events.sources(t.Context(), nil, 0, 1<<62)
	if err != nil || len(sources) != 1 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	count := func(table string) (n int) {
		t.Helper()
		if err := sources[0].read(t.Context(), func(c conn) error {
			return c.row(t.Context(), "SELECT COUNT(*) FROM "+table, nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	found := func() {
		t.Helper()
		if n := count("event_ids"); n != len(batch.Events) {
			t.Errorf("%d ids of %d events", n, len(batch.Events))
		}
		for i := range batch.Events {
			e, err := s.GetEvent(t.Context(), []int64{1}, fmt.Sprintf("%x", batch.Events[i].EventID))
			if err != nil || e.ID != batch.Events[i].ID {
				t.Fatalf("event %d: found row %d, %v; want %d", i, e.ID, err, batch.Events[i].ID)
			}
		}
	}
	found()
	m := movedIDs{waiting: 300, through: beforeEventIDs}
	for _, left := range []int{200, 100, 0, 0} { // the last two begin again behind the end
		if err := sources[0].write(t.Context(), func(c conn) error { return m.move(t.Context(), c, 100) }); err != nil {
			t.Fatal(err)
		}
		if n := count("event_ids_new"); n != left || m.waiting != int64(left) {
			t.Errorf("%d ids are new and %d counted, want %d", n, m.waiting, left)
		}
		found()
	}

	again := g.Batch("p0", len(batch.Events))
	for i := range again.Events {
		again.Events[i].EventID = batch.Events[i].EventID
	}
	result, err := s.Apply(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range result.Events {
		if !e.Duplicate {
			t.Fatalf("event %d is stored twice", i)
		}
	}
	end := g.Clock.Truncate(24*time.Hour).AddDate(0, 0, 1).Add(time.Hour)
	apply(t, s, g.Batch("p0", 50))
	if err := s.Tidy(t.Context(), end.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n := count("event_ids_new"); n != 0 {
		t.Errorf("%d ids of a finished day wait", n)
	}
}
