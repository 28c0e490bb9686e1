package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// SQLite commits a day's file before the main one. When the second commit is
// lost, the messages come again, cut into other batches: no row may be left
// that refers to what the first attempt wrote.
func TestALostCommitIsRepeatedInOtherCuts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openKillStore(t, dir)
	r := newRig(t, db)
	const n = 30
	for i := range n {
		r.append(r.event(i, fmt.Sprintf("Error%c", 'A'+i%3)))
	}
	for _, size := range []int{n, 20, 7} {
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		main := readMain(t, dir)
		r.db = openKillStore(t, dir)
		p := r.processor(Options{MaxBatch: size, Interval: timeout}, nil)
		p.pace.ended = time.Now() // so that it gathers a full batch
		p.crash = func(stage) error { return errCrash }
		if err := r.drain(p); !errors.Is(err, errCrash) {
			t.Fatalf("drain = %v", err)
		}
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		for path, data := range main {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.db = openKillStore(t, dir)
	}
	r.mustDrain(Options{MaxBatch: 4})
	events := r.events()
	if len(events) != n {
		t.Errorf("%d events are stored, want %d", len(events), n)
	}
	for _, e := range events {
		if _, err := r.db.GetEvent(t.Context(), []int64{r.project.ID}, e.EventID); err != nil {
			t.Errorf("event %s: %v", e.EventID, err)
		}
	}
	if err := r.db.Close(); err != nil {
		t.Error(err)
	}
}

// readMain reads the main database of a closed store.
func readMain(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "store", "mesher.db*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("main database files = %v, %v", paths, err)
	}
	out := map[string][]byte{}
	for _, path := range paths {
		if out[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
