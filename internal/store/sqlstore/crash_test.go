package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

var errCrash = errors.New("crash")

// crashing fails after the day files are written and before the counters are committed.
type crashing struct{ archive }

func (a crashing) write(ctx context.Context, c conn, w *writing) error {
	return errors.Join(a.archive.write(ctx, c, w), errCrash)
}

// TestCrashBetweenCommits loses the second of SQLite's two commits, and then
// redelivers the messages in several ways: nothing may be missing or counted twice.
func TestCrashBetweenCommits(t *testing.T) {
	t.Parallel()
	for name, redeliver := range map[string]func(b *store.Batch) []*store.Batch{
		"as before":   func(b *store.Batch) []*store.Batch { return []*store.Batch{b} },
		"in halves":   halves,
		"one by one":  func(b *store.Batch) []*store.Batch { return messages(b) },
		"with a twin": withTwin,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := reopen(t, nil, dir)
			g := storetest.NewGenerator(1, 5, 1)
			apply(t, s, g.Batch("p0", 300))
			b := g.Batch("p0", 300)
			s.events = crashing{s.events}
			if _, err := s.Apply(t.Context(), b); !errors.Is(err, errCrash) {
				t.Fatalf("got %v", err)
			}
			s = reopen(t, s, dir)
			for _, part := range redeliver(b) {
				apply(t, s, part)
			}
			if got, want := count(t, s), [3]int64{600, 600, 600}; got != want {
				t.Errorf("%v issues' events, stored rows, ledger; want %v", got, want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func reopen(t *testing.T, s *Store, dir string) *Store {
	t.Helper()
	if s != nil {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func apply(t *testing.T, s *Store, b *store.Batch) {
	t.Helper()
	if _, err := s.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func messages(b *store.Batch) (list []*store.Batch) {
	for i := range b.Events {
		if n := len(list); n == 0 || list[n-1].Through != b.Events[i].Seq {
			list = append(list, &store.Batch{Partition: b.Partition, Now: b.Now, Through: b.Events[i].Seq})
		}
		last := list[len(list)-1]
		last.Events = append(last.Events, b.Events[i])
	}
	return list
}

func halves(b *store.Batch) []*store.Batch {
	m := messages(b)
	rest := &store.Batch{Partition: b.Partition, Now: b.Now, Through: b.Through}
	for _, message := range m[1:] {
		rest.Events = append(rest.Events, message.Events...)
	}
	return []*store.Batch{m[0], rest}
}

// withTwin redelivers together with a client's duplicate of the first event in a later message.
func withTwin(b *store.Batch) []*store.Batch {
	twin := b.Events[0]
	twin.ID, twin.Seq = b.Events[len(b.Events)-1].ID+1, b.Through+1
	all := &store.Batch{Partition: b.Partition, Now: b.Now, Through: b.Through + 1, Events: append(append([]store.EventRow{}, b.Events...), twin)}
	return []*store.Batch{all}
}

// count returns the events that issues count, that are stored and read back whole, and that the ledger counts as stored.
func count(t *testing.T, s *Store) (n [3]int64) {
	t.Helper()
	err := s.read(t.Context(), func(c conn) error {
		return errors.Join(
			c.row(t.Context(), "SELECT SUM(event_count) FROM issues", nil, &n[0]),
			c.row(t.Context(), "SELECT SUM(quantity) FROM ledger WHERE outcome = 'stored'", nil, &n[2]))
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1}, store.PageRequest{Cursor: cursor, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			seen[e.EventID] = true
			n[1]++
			if _, err := s.GetIssue(t.Context(), e.IssueID); err != nil {
				t.Fatalf("issue of event %s: %v", e.EventID, err)
			}
			stored, err := s.GetEvent(t.Context(), []int64{1}, e.EventID)
			if err != nil || len(stored.Payload) == 0 {
				t.Fatalf("event %s: %v", e.EventID, err)
			}
			if d := cmp.Diff(e, stored.EventSummary); d != "" {
				t.Fatal(d)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if int64(len(seen)) != n[1] {
		t.Error(fmt.Sprint(n[1]-int64(len(seen)), " events are listed twice"))
	}
	return n
}
