package api

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// TestManyHandsOnOneIssue lets 50 people act on the same issue while events
// pour in: no act and no event is lost or counted twice.
func TestManyHandsOnOneIssue(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		const people, batches, perBatch = 50, 20, 25
		var sessions, bodies []string
		for n := range people {
			sessions = append(sessions, w.session([]string{"member", "admin", "owner"}[n%3]))
			bodies = append(bodies, fmt.Sprintf("comment %d", n))
		}
		calls := make(chan call, people)
		for n := range people {
			calls <- call{"POST", issuePathOf(w.issue) + "/comments", sessions[n], nil, fields{"text": bodies[n]}}
		}
		close(calls)
		template := w.gen.EventOf(w.project, "poured")
		existing, err := w.store.IssueHashes(t.Context(), w.issue)
		w.ok(err)
		template.Hashes = [][16]byte{existing[0].Hash}
		var work []*store.Batch
		for range batches {
			b := &store.Batch{Partition: "p", Through: w.gen.NextMessage(), Now: w.gen.Clock.UnixMicro()}
			for range perBatch {
				e := w.gen.EventOf(w.project, "poured")
				e.Hashes = template.Hashes
				b.Events = append(b.Events, e)
			}
			work = append(work, b)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, b := range work {
				if _, err := w.store.Apply(t.Context(), b); err != nil {
					t.Error(err)
				}
			}
		})
		for c := range calls {
			wg.Go(func() {
				if rec := w.serve(c, "10.9.9.9:1"); rec.Code != http.StatusCreated {
					t.Errorf("comment: %d %s", rec.Code, rec.Body)
				}
				if rec := w.serve(call{"PATCH", issuePathOf(w.issue), c.who, nil, fields{"priority": "high"}}, "10.9.9.9:1"); rec.Code != http.StatusOK {
					t.Errorf("priority: %d %s", rec.Code, rec.Body)
				}
			})
		}
		wg.Wait()
		i := read[view.Issue](w, 200, call{method: "GET", path: issuePathOf(w.issue), who: sessions[0]})
		if i.EventCount != 1+batches*perBatch || i.Priority != "high" {
			t.Errorf("%d events, priority %s", i.EventCount, i.Priority)
		}
		seen, cursor, priorities := map[string]int{}, "", 0
		for {
			page := read[List[Activity]](w, 200, call{method: "GET", path: issuePathOf(w.issue) + "/activity?limit=100&cursor=" + cursor, who: sessions[0]})
			for _, a := range page.Items {
				switch a.Kind {
				case commentKind:
					seen[string(a.Data)]++
				case "priority":
					priorities++
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != people || priorities != 1 {
			t.Errorf("%d different comments and %d changes of priority, want %d and 1", len(seen), priorities, people)
		}
	})
}
