package sqlstore

import (
	"fmt"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestPendingTagsAreAddedInSmallSteps keeps a batch from waiting for more than one step.
func TestPendingTagsAreAddedInSmallSteps(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	for range pendingRead + 2 {
		b := g.Batch("p0", 150)
		for i := range b.Events {
			b.Events[i].Tags = nil
			for n := range 20 {
				b.Events[i].Tags = append(b.Events[i].Tags, event.Tag{Key: fmt.Sprintf("key-%d", n), Value: fmt.Sprint(i)})
			}
		}
		apply(t, s, b)
	}
	pending := func() (rows int, counters []int, total int64) {
		t.Helper()
		err := s.read(t.Context(), func(c conn) error {
			for from := int64(0); ; rows++ {
				n := 0
				read, err := eachPending(t.Context(), c, 1, from, 1, func(count issueTagCount) {
					n++
					total += count.Count
				})
				if err != nil || len(read) == 0 {
					return err
				}
				counters, from = append(counters, n), next(read)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows, counters, total
	}
	counted := func() (total int64) {
		t.Helper()
		page, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1}, store.PageRequest{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range page.Items {
			tags, err := s.TagDistribution(t.Context(), found.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tags {
				total += d.Total
			}
		}
		return total
	}
	rows, _, total := pending()
	if rows <= pendingRead {
		t.Fatalf("%d rows are pending: the batches are too small to leave more than are read at once", rows)
	}
	before := counted()
	steps, more, err := s.regroupPending(t.Context(), 1)
	if err != nil || more {
		t.Fatalf("more = %v, %v", more, err)
	}
	rows, counters, regrouped := pending()
	if rows != len(steps) || regrouped != total {
		t.Errorf("%d rows with a total of %d for %d steps, want %d", rows, regrouped, len(steps), total)
	}
	for i, n := range counters {
		if n > pendingStep {
			t.Errorf("step %d has %d counters", i, n)
		}
	}
	if err := s.AddPendingTags(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := pending(); rows != 0 {
		t.Errorf("%d rows are left", rows)
	}
	if after := counted(); after != before {
		t.Errorf("counters sum up to %d, before to %d", after, before)
	}
}
