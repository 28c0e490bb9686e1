package storetest

import (
	"fmt"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// wideBatch has one event in each of 100 issues, with 20 tags of their own, two times over.
func wideBatch(g *Generator) *store.Batch {
	b := batch(g)
	for n := range 200 {
		if n%100 == 0 {
			g.NextMessage()
		}
		e := g.EventOf(1, fmt.Sprintf("wide-%d", n%100))
		e.Tags = nil
		for t := range 20 {
			e.Tags = append(e.Tags, event.Tag{Key: fmt.Sprintf("key-%02d", t), Value: fmt.Sprintf("v%d", n/100)})
		}
		b.Events = append(b.Events, e)
	}
	b.Through, b.Now = g.seq, g.Clock.UnixMicro()
	return b
}

// tagTotal is the sum of an issue's counters, and how many there are.
func tagTotal(t *testing.T, s Store, id int64) (total int64, values int) {
	t.Helper()
	for _, d := range need[[]store.TagDistribution](t)(s.TagDistribution(t.Context(), id, 100)) {
		total += d.Total
		values += len(d.Values)
	}
	return total, values
}

func tagsOfLargeBatches(t *testing.T, s Store) {
	g := NewGenerator(28, 5, 1)
	r := need[*store.Result](t)(s.Apply(t.Context(), wideBatch(g)))
	need[*store.Result](t)(s.Apply(t.Context(), wideBatch(g)))
	a, b, c := r.Events[0].IssueID, r.Events[1].IssueID, r.Events[2].IssueID
	check := func(when string, id, wantTotal int64, wantValues int) {
		t.Helper()
		total, values := tagTotal(t, s, id)
		same(t, "tags "+when, total, wantTotal)
		same(t, "values "+when, values, wantValues)
	}
	check("while pending", a, 80, 40)
	if err := s.MergeIssues(t.Context(), a, []int64{b}, store.Activity{}); err != nil {
		t.Fatal(err)
	}
	check("after a merge", a, 160, 40)
	need[*store.Result](t)(s.Apply(t.Context(), wideBatch(g)))
	if err := s.DeleteIssue(t.Context(), c, store.Deletion{At: g.Clock.UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to add
		if err := s.AddPendingTags(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("when added", a, 240, 40)
	}
	check("of a deleted issue", c, 80, 40) // what deletion has still to remove, and no more
	finishDeletions(t, s)
	check("of a removed issue", c, 0, 0)
}
