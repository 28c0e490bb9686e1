package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// observation is everything countable that the ports show of two projects.
type observation struct {
	Issues map[string][2]int64 // by project and title of the hash: events, users
	Levels map[int64]map[event.Level]int64
	Ledger map[int64]map[string]int64
	Tags   map[string]int64 // by project, key and value
	Events map[int64]int
}

func newObservation() observation {
	return observation{
		Issues: map[string][2]int64{}, Levels: map[int64]map[event.Level]int64{}, Ledger: map[int64]map[string]int64{},
		Tags: map[string]int64{}, Events: map[int64]int{},
	}
}

func observe(t *testing.T, s Store, g *Generator) observation {
	t.Helper()
	o := newObservation()
	for _, p := range g.Projects {
		f := store.StatsFilter{ProjectID: p, Range: around(g), Width: 3600}
		for _, i := range allIssues(t, s, store.IssueFilter{ProjectID: p}) {
			o.Issues[fmt.Sprintf("%d/%x", p, need[[]store.IssueHash](t)(s.IssueHashes(t.Context(), i.ID))[0].Hash)] = [2]int64{i.EventCount, i.UserCount}
		}
		o.Levels[p] = need[map[event.Level]int64](t)(s.Levels(t.Context(), f))
		o.Ledger[p] = ledgerSums(t, s, p, f.Range)
		for _, key := range []string{"environment", "release", "browser", "os", "server_name"} {
			for _, v := range need[store.TagDistribution](t)(s.TagValues(t.Context(), f, key, 100)).Values {
				o.Tags[fmt.Sprintf("%d/%s/%s", p, key, v.Value)] = v.Count
			}
		}
		o.Events[p] = len(allEvents(t, s, store.EventFilter{ProjectID: p}))
	}
	return o
}

func allIssues(t *testing.T, s Store, f store.IssueFilter) (list []issue.Issue) {
	t.Helper()
	for cursor := ""; ; {
		page := need[store.Page[issue.Issue]](t)(s.ListIssues(t.Context(), f, store.PageRequest{Cursor: cursor, Limit: 7}))
		list = append(list, page.Items...)
		if cursor = page.Next; cursor == "" {
			return list
		}
	}
}

func allEvents(t *testing.T, s Store, f store.EventFilter) (list []store.EventSummary) {
	t.Helper()
	for cursor := ""; ; {
		page := need[store.Page[store.EventSummary]](t)(s.ListEvents(t.Context(), f, store.PageRequest{Cursor: cursor, Limit: 40}))
		list = append(list, page.Items...)
		if cursor = page.Next; cursor == "" {
			return list
		}
	}
}

// applyMatchesModel compares every counter with one made by counting.
func applyMatchesModel(t *testing.T, s Store) {
	g := NewGenerator(8, 12, 1, 2)
	want := newObservation()
	users := map[string]map[string]bool{}
	for _, p := range g.Projects {
		want.Levels[p], want.Ledger[p] = map[event.Level]int64{}, map[string]int64{}
	}
	for range 6 {
		b := g.Batch("p0", 130)
		for n := range b.Events {
			e := &b.Events[n]
			if n%17 == 16 { // a client's duplicate
				e.EventID, e.ProjectID = b.Events[n-1].EventID, b.Events[n-1].ProjectID
				want.Ledger[e.ProjectID]["error/filtered/duplicate"]++
				continue
			}
			name := fmt.Sprintf("%d/%x", e.ProjectID, e.Hashes[0])
			if users[name] == nil {
				users[name] = map[string]bool{}
			}
			users[name][e.UserKey] = true
			want.Issues[name] = [2]int64{want.Issues[name][0] + 1, int64(len(users[name]))}
			want.Levels[e.ProjectID][e.Level]++
			want.Ledger[e.ProjectID]["error/stored/"]++
			want.Events[e.ProjectID]++
			for _, tag := range e.Tags {
				if tag.Key != "level" && tag.Key != "user" && tag.Key != "transaction" {
					want.Tags[fmt.Sprintf("%d/%s/%s", e.ProjectID, tag.Key, tag.Value)]++
				}
			}
		}
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	if d := cmp.Diff(want, observe(t, s, g)); d != "" {
		t.Error(d)
	}
}
