package sqlstore

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// patience is for what must not wait at all: a lock that another transaction keeps is waited for longer than any of it takes.
const patience = 20 * time.Second

// checkPartitionsBesideReaders keeps a transaction open that has read all
// tables, as pg_dump does for hours, and wants days to begin and end beside it.
func checkPartitionsBesideReaders(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 5, 1)
	apply(t, s, g.Batch("p0", 20))
	old := dayOf(g.Batch("p0", 1).Events[0].ID)
	held := holding(t, s, "SELECT COUNT(*) FROM events", "SELECT COUNT(*) FROM event_blocks")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	g.Clock = g.Clock.Add(48 * time.Hour)
	if _, err := s.Apply(ctx, g.Batch("p0", 20)); err != nil {
		t.Fatalf("a new day beside a reader: %v", err)
	}
	if err := s.events.drop(ctx, old); err == nil {
		t.Error("a day that is being read was removed")
	}
	page, err := s.ListEvents(ctx, store.EventFilter{ProjectID: 1}, store.PageRequest{Limit: 100})
	if err != nil || len(page.Items) != 40 {
		t.Errorf("events of a day that could not be removed: %d, %v", len(page.Items), err)
	}
	if _, err := s.Apply(ctx, g.Batch("p0", 20)); err != nil {
		t.Errorf("after a day could not be removed: %v", err)
	}
	held()
	held = holding(t, s, "SELECT COUNT(*) FROM event_blocks")
	if err := s.events.drop(ctx, old); err == nil {
		t.Error("blocks that are being read were removed")
	}
	if days, err := s.events.days(ctx); err != nil || !slices.Contains(days, old) {
		t.Errorf("a day that is removed in part is not among %v, %v", days, err)
	}
	held()
	if err := s.events.drop(ctx, old); err != nil {
		t.Errorf("once nobody reads it: %v", err)
	}
	if days, err := s.events.days(ctx); err != nil || slices.Contains(days, old) {
		t.Errorf("days that are left: %v, %v", days, err)
	}
}

// checkPartitionsBesideBatches has a day wait for a lock, and wants batches of other days to go on.
func checkPartitionsBesideBatches(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 5, 1)
	apply(t, s, g.Batch("p0", 20))
	held := holding(t, s, "LOCK TABLE log_blocks IN SHARE UPDATE EXCLUSIVE MODE")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	later := storetest.NewGenerator(2, 5, 1)
	later.Clock = g.Clock.Add(48 * time.Hour)
	waiting := make(chan error, 1)
	go func() { _, err := s.Apply(ctx, later.Batch("p1", 20)); waiting <- err }()
	for range 20 {
		if _, err := s.Apply(ctx, g.Batch("p0", 5)); err != nil {
			t.Fatalf("while a day waits: %v", err)
		}
	}
	held()
	if err := <-waiting; err != nil {
		t.Errorf("the day that waited: %v", err)
	}
}

// holding runs statements in a transaction and keeps it open until what it returns is called.
func holding(t *testing.T, s *Store, statements ...string) (release func()) {
	t.Helper()
	tx, err := s.main.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	for _, statement := range statements {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}
