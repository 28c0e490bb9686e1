package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

func triage(t *testing.T, s Store, id int64, change func(issue.Issue) (issue.Triage, error)) issue.Issue {
	t.Helper()
	return need[issue.Issue](t)(s.UpdateTriage(t.Context(), id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		after, err := change(i)
		return after, []store.Activity{{UserID: 3, At: i.LastSeen, Kind: "resolved"}}, err
	}))
}

func issuesRegress(t *testing.T, s Store) {
	g := NewGenerator(20, 5, 1)
	g.NextMessage()
	id := need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a")))).Events[0].IssueID
	g.Clock = g.Clock.Add(time.Hour)
	triage(t, s, id, func(i issue.Issue) (issue.Triage, error) { return i.Resolve(issue.Resolution{At: g.Clock.UnixMicro()}) })

	g.Clock = g.Clock.Add(time.Hour)
	g.NextMessage()
	late := g.EventOf(1, "a")
	late.Timestamp = g.Clock.Add(-90 * time.Minute).UnixMicro()
	r := need[*store.Result](t)(s.Apply(t.Context(), batch(g, late)))
	same(t, "outcome of a late event", r.Events[0].Outcome, issue.OutcomeNone)
	same(t, "status", need[issue.Issue](t)(s.GetIssue(t.Context(), id)).Status, issue.Resolved)

	g.NextMessage()
	r = need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"), g.EventOf(1, "a"))))
	same(t, "outcome", r.Events[0].Outcome, issue.OutcomeRegressed)
	same(t, "outcome of the next", r.Events[1].Outcome, issue.OutcomeNone)
	i := need[issue.Issue](t)(s.GetIssue(t.Context(), id))
	same(t, "substatus", i.Substatus, issue.Regressed)
	same(t, "regressed at", i.RegressedAt, g.Clock.UnixMicro())

	list := allIssues(t, s, store.IssueFilter{ProjectID: 1, Query: parse(t, "is:regressed")})
	same(t, "regressed issues", len(list), 1)
	events := allEvents(t, s, store.EventFilter{ProjectID: 1, IssueID: id})
	same(t, "stored outcome", events[1].Outcome, issue.OutcomeRegressed)
}

func issuesEscalate(t *testing.T, s Store) {
	g := NewGenerator(21, 5, 1)
	apply := func(n int) *store.Result {
		g.NextMessage()
		b := batch(g)
		for range n {
			b.Events = append(b.Events, g.EventOf(1, "a"))
		}
		return need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	id := apply(20).Events[0].IssueID
	triage(t, s, id, func(i issue.Issue) (issue.Triage, error) {
		return i.Archive(issue.Archive{Now: g.Clock.UnixMicro(), Escalating: true})
	})
	for _, e := range apply(20).Events {
		same(t, "outcome in the hour of archiving", e.Outcome, issue.OutcomeNone)
	}
	g.Clock = g.Clock.Add(4 * time.Hour)
	for _, e := range apply(100).Events {
		same(t, "outcome at ten times the rate", e.Outcome, issue.OutcomeNone)
	}
	outcome := issue.OutcomeNone
	for _, e := range apply(5).Events {
		outcome = max(outcome, e.Outcome)
	}
	same(t, "outcome above ten times the rate", outcome, issue.OutcomeEscalating)
	same(t, "substatus", need[issue.Issue](t)(s.GetIssue(t.Context(), id)).Substatus, issue.Escalating)
}

func issuesComeBackInTime(t *testing.T, s Store) {
	g := NewGenerator(52, 5, 1)
	g.NextMessage()
	r := need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"), g.EventOf(1, "b"), g.EventOf(1, "c"))))
	until := g.Clock.Add(time.Hour).UnixMicro()
	for i, archive := range []issue.Archive{{Until: until}, {Until: until + 1}, {Events: 1}} {
		archive.Now = g.Clock.UnixMicro()
		triage(t, s, r.Events[i].IssueID, func(i issue.Issue) (issue.Triage, error) { return i.Archive(archive) })
	}
	over := func(now int64) []int64 { t.Helper(); return need[[]int64](t)(s.ArchivesOver(t.Context(), now)) }
	same(t, "before", len(over(until-1)), 0)
	if ids := over(until); len(ids) != 1 || ids[0] != r.Events[0].IssueID {
		t.Errorf("over: %v", ids)
	}
	if err := s.DeleteIssue(t.Context(), r.Events[0].IssueID, store.Deletion{At: 1}); err != nil {
		t.Fatal(err)
	}
	same(t, "deleted", len(over(until)), 0)
}

func issuesPage(t *testing.T, s Store) {
	g := NewGenerator(22, 30, 1, 2)
	for range 3 {
		need[*store.Result](t)(s.Apply(t.Context(), g.Batch("p0", 100)))
	}
	key := map[store.IssueSort]func(issue.Issue) int64{
		store.SortLastSeen:   func(i issue.Issue) int64 { return i.LastSeen },
		store.SortFirstSeen:  func(i issue.Issue) int64 { return i.FirstSeen },
		store.SortEventCount: func(i issue.Issue) int64 { return i.EventCount },
		store.SortUserCount:  func(i issue.Issue) int64 { return i.UserCount },
	}
	for _, sort := range store.IssueSorts() {
		value := key[sort]
		list := allIssues(t, s, store.IssueFilter{ProjectID: 1, Sort: sort})
		n := need[int64](t)(s.CountIssues(t.Context(), store.IssueFilter{ProjectID: 1}, 10_000))
		same(t, string(sort)+": issues over all pages", int64(len(list)), n)
		few := need[int64](t)(s.CountIssues(t.Context(), store.IssueFilter{ProjectID: 1}, 3))
		same(t, "a count that stops", few, 3)
		seen := map[int64]bool{}
		for x, i := range list {
			seen[i.ID] = true
			same(t, "project", i.ProjectID, 1)
			if x > 0 && value != nil && value(list[x-1]) < value(i) {
				t.Errorf("%s: out of order at %d", sort, x)
			}
		}
		same(t, string(sort)+": distinct issues", len(seen), len(list))
	}
	future := store.TimeRange{Start: g.Clock.Add(time.Hour).UnixMicro()}
	same(t, "issues of the future", len(allIssues(t, s, store.IssueFilter{ProjectID: 1, Range: future})), 0)
	if _, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1}, store.PageRequest{Cursor: "x"}); err == nil {
		t.Error("a made-up cursor is accepted")
	}
}

// issuesRankByTrend counts a day against the day before, and three days against the three before.
func issuesRankByTrend(t *testing.T, s Store) {
	g := NewGenerator(27, 5, 1)
	counts := map[string][6]int{ // events on each day
		"busy":    {30, 30, 30, 30, 30, 33},
		"rising":  {0, 0, 0, 0, 2, 20},
		"new":     {0, 0, 0, 0, 0, 1},
		"falling": {40, 0, 0, 0, 40, 5},
		"steady":  {5, 5, 5, 5, 5, 5},
	}
	for day := range 6 {
		g.Clock = Start.AddDate(0, 0, day).Add(3 * time.Hour)
		g.NextMessage()
		b := batch(g)
		for name, n := range counts {
			for range n[day] {
				b.Events = append(b.Events, g.EventOf(1, name))
			}
		}
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	end := Start.AddDate(0, 0, 6)
	for days, want := range map[int][]string{
		1: {"rising", "new", "busy", "steady", "falling"},
		3: {"rising", "new", "falling", "busy", "steady"},
	} {
		f := store.IssueFilter{ProjectID: 1, Sort: store.SortTrend, Range: store.TimeRange{Start: end.AddDate(0, 0, -days).UnixMicro(), End: end.UnixMicro()}}
		var got []string
		for _, i := range allIssues(t, s, f) {
			got = append(got, strings.TrimSuffix(i.Title, " failed"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d days: got %v, want %v", days, got, want)
		}
	}
}

func issuesSearch(t *testing.T, s Store) {
	g := NewGenerator(23, 5, 1)
	g.NextMessage()
	make := func(name string, change func(*store.EventRow)) store.EventRow {
		e := g.EventOf(1, name)
		e.Title, e.Value, e.SearchText = name, name, name
		e.Tags = []event.Tag{{Key: "environment", Value: "production"}}
		change(&e)
		return e
	}
	b := batch(g,
		make("ConnectTimeoutException: read timed out", func(e *store.EventRow) {
			e.Level = event.LevelFatal
			e.Tags = append(e.Tags, event.Tag{Key: "user.email", Value: "a@example.org"})
		}),
		make("100% of_space: ÄRGER", func(e *store.EventRow) {}),
		make("third", func(e *store.EventRow) {
			e.Tags = []event.Tag{{Key: "environment", Value: "staging"}, {Key: "release", Value: "v2.3.1"}}
			e.SearchText = "third, but a fluxcapacitor in the event"
		}),
	)
	// A second event gives the third issue another title, so that its first words are only in the event.
	g.NextMessage()
	again := make("third", func(e *store.EventRow) { e.Tags = []event.Tag{{Key: "environment", Value: "qa"}} })
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	need[*store.Result](t)(s.Apply(t.Context(), batch(g, again)))
	triage(t, s, r.Events[1].IssueID, func(i issue.Issue) (issue.Triage, error) {
		i.AssigneeUser = 9
		return i.Triage, nil
	})
	elsewhere := need[*store.Result](t)(s.Apply(t.Context(), batch(g, func() store.EventRow { g.NextMessage(); return g.EventOf(2, "elsewhere") }()))).Events[0].IssueID
	triage(t, s, elsewhere, func(i issue.Issue) (issue.Triage, error) {
		i.AssigneeTeam = 9
		return i.Triage, nil
	})
	if err := errors.Join(s.Subscribe(t.Context(), 9, r.Events[0].IssueID, 1), s.Unsubscribe(t.Context(), 9, r.Events[1].IssueID, 1),
		s.SetBookmark(t.Context(), 9, r.Events[2].IssueID, 1)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for query, want := range map[string][]int{
		"":                                {0, 1, 2},
		"timeout":                         {0},
		"TIMEOUT":                         {0},
		`"read timed out"`:                {0},
		`"timed read"`:                    {},
		"100%":                            {1},
		"of_space":                        {1},
		"ärger":                           {1},
		"fluxcapacitor":                   {2},
		"!timeout":                        {1, 2},
		"level:fatal":                     {0},
		"!level:fatal":                    {1, 2},
		"environment:production":          {0, 1},
		"environment:production !timeout": {1},
		"environment:qa":                  {2},
		"release:v2*":                     {2},
		"release:v2.3":                    {},
		"has:user.email":                  {0},
		"user.email:a@example.org":        {0},
		"is:unresolved":                   {0, 1, 2},
		"is:resolved":                     {},
		"is:new":                          {0, 1, 2},
		"is:assigned":                     {1},
		"!is:assigned":                    {0, 2},
		"is:unassigned":                   {0, 2},
		"assigned:any":                    {1},
		"is:subscribed":                   {0},
		"!is:subscribed":                  {1, 2},
		"is:bookmarked":                   {2},
		"assigned:me":                     {1},
		"assigned:none":                   {0, 2},
		"!assigned:any":                   {0, 2},
		"event_count:>1":                  {2},
		"event_count:<=1":                 {0, 1},
		"first_seen:<1h":                  {},
		"first_seen:>2000-01-01":          {0, 1, 2},
		"priority:high":                   {0},
		fmt.Sprintf("issue:%d", r.Events[1].IssueID): {1},
	} {
		if now.Before(Start.Add(2*time.Hour)) && query == "first_seen:<1h" {
			continue // the generated events are not an hour old yet
		}
		got := allIssues(t, s, store.IssueFilter{ProjectID: 1, Query: parse(t, query), Viewer: 9})
		var indexes []int
		for _, i := range got {
			indexes = append(indexes, slices.IndexFunc(r.Events, func(a store.Applied) bool { return a.IssueID == i.ID }))
		}
		slices.Sort(indexes)
		if !slices.Equal(indexes, want) {
			t.Errorf("%q: got issues %v, want %v", query, indexes, want)
		}
	}
	for _, query := range []string{"timestamp:>1h", "level:loud", "assigned:me", "is:subscribed", "is:bookmarked", "id:00000000000000000000000000000000"} {
		if _, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1, Query: parse(t, query)}, store.PageRequest{}); err == nil {
			t.Errorf("%q is accepted", query)
		}
	}
}

// issuesSearchAtOnce asks more questions at a time than there are connections:
// none may hold one while it waits for another.
func issuesSearchAtOnce(t *testing.T, s Store) {
	g := NewGenerator(27, 5, 1)
	need[*store.Result](t)(s.Apply(t.Context(), g.Batch("p0", 100)))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f := store.IssueFilter{ProjectID: 1, Query: parse(t, "failed")}
	var askers errgroup.Group
	for range 100 {
		askers.Go(func() error {
			f := f
			_, err := s.ListIssues(ctx, f, store.PageRequest{})
			_, err2 := s.CountIssues(ctx, f, 100)
			f.Sort = store.SortTrend
			_, err3 := s.ListIssues(ctx, f, store.PageRequest{})
			return errors.Join(err, err2, err3)
		})
	}
	if err := askers.Wait(); err != nil {
		t.Error(err)
	}
}

func issuesMerge(t *testing.T, s Store) {
	g := NewGenerator(24, 5, 1)
	g.NextMessage()
	b := batch(g, g.EventOf(1, "a"), g.EventOf(1, "b"), g.EventOf(1, "b"), g.EventOf(1, "c"))
	for i := range b.Events {
		b.Events[i].UserKey = []string{"id:1", "id:1", "id:2", "id:3"}[i]
	}
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	a, other, c := r.Events[0].IssueID, r.Events[1].IssueID, r.Events[3].IssueID
	for _, m := range [][2]int64{{other, c}, {a, other}} { // merged twice: c into b, b into a
		if err := s.MergeIssues(t.Context(), m[0], []int64{m[1]}, store.Activity{UserID: 1, At: b.Now, Kind: "merged"}); err != nil {
			t.Fatal(err)
		}
	}
	i := need[issue.Issue](t)(s.GetIssue(t.Context(), c))
	same(t, "a merged issue is found as its target", i.ID, a)
	same(t, "events", i.EventCount, 4)
	same(t, "users", i.UserCount, 3)
	events := allEvents(t, s, store.EventFilter{ProjectID: 1, IssueID: a})
	same(t, "events of the target", len(events), 4)
	for _, e := range events {
		same(t, "issue of the event", e.IssueID, a)
	}
	same(t, "found with words", len(allEvents(t, s, store.EventFilter{ProjectID: 1, IssueID: a, Query: parse(t, "failed")})), 4)
	same(t, "issues left", len(allIssues(t, s, store.IssueFilter{ProjectID: 1})), 1)

	g.NextMessage()
	r = need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "c"))))
	same(t, "new events go to the target", r.Events[0].IssueID, a)
	same(t, "and are counted", r.Events[0].EventCount, 5)
	total := int64(0)
	for _, d := range need[[]store.TagDistribution](t)(s.TagDistribution(t.Context(), a, 10)) {
		if d.Key == "environment" {
			total = d.Total
		}
	}
	same(t, "tags", total, 5)
	if err := s.MergeIssues(t.Context(), a, []int64{1 << 40}, store.Activity{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("merging a missing issue: %v", err)
	}
}

func issuesDelete(t *testing.T, s Store) {
	g := NewGenerator(25, 5, 1)
	g.NextMessage()
	b := batch(g, g.EventOf(1, "a"), g.EventOf(1, "b"), g.EventOf(1, "a"))
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	id := r.Events[0].IssueID
	if err := s.DeleteIssue(t.Context(), id, store.Deletion{At: b.Now}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetIssue(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted issue: %v", err)
	}
	finishDeletions(t, s)
	left := allEvents(t, s, store.EventFilter{ProjectID: 1})
	if len(left) != 1 || left[0].EventID != hexID(b.Events[1].EventID) {
		t.Errorf("events left: %+v", left)
	}
	kept := need[store.StoredEvent](t)(s.GetEvent(t.Context(), []int64{1}, hexID(b.Events[1].EventID)))
	same(t, "payload beside deleted ones", string(kept.Payload), "{}")
	g.NextMessage()
	r = need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"))))
	same(t, "the next event makes a new issue", r.Events[0].Outcome, issue.OutcomeNew)
}

func finishDeletions(t *testing.T, s Store) {
	t.Helper()
	for need[bool](t)(s.DeleteStep(t.Context())) {
	}
	same(t, "unfinished deletions", len(need[[]store.DeletionProgress](t)(s.Deletions(t.Context()))), 0)
}

func issuesDiscard(t *testing.T, s Store) {
	g := NewGenerator(26, 5, 1)
	g.NextMessage()
	id := need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a")))).Events[0].IssueID
	if err := s.DeleteIssue(t.Context(), id, store.Deletion{Discard: true, By: 4, At: g.Clock.UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	finishDeletions(t, s)
	g.NextMessage()
	r := need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"), g.EventOf(1, "a"), g.EventOf(1, "b"))))
	if !r.Events[0].Discarded || !r.Events[1].Discarded || r.Events[2].Discarded {
		t.Fatalf("discarded: %+v", r.Events)
	}
	list := need[[]store.Discard](t)(s.ListDiscards(t.Context(), 1))
	if len(list) != 1 || list[0].Count != 2 || list[0].CreatedBy != 4 || list[0].Title != "a failed" {
		t.Fatalf("discards: %+v", list)
	}
	sums := ledgerSums(t, s, 1, around(g))
	same(t, "discarded in the ledger", sums["error/discarded/issue"], 2)
	if err := s.DeleteDiscard(t.Context(), 1, list[0].ID); err != nil {
		t.Fatal(err)
	}
	g.NextMessage()
	r = need[*store.Result](t)(s.Apply(t.Context(), batch(g, g.EventOf(1, "a"))))
	same(t, "after undoing", r.Events[0].Outcome, issue.OutcomeNew)
}

func tagsAreBounded(t *testing.T, s Store) {
	g := NewGenerator(27, 5, 1)
	g.NextMessage()
	b := batch(g)
	for n := range 300 {
		e := g.EventOf(1, "a")
		e.Tags = []event.Tag{{Key: "request", Value: fmt.Sprintf("r%d", n)}}
		b.Events = append(b.Events, e)
	}
	id := need[*store.Result](t)(s.Apply(t.Context(), b)).Events[0].IssueID
	d := need[[]store.TagDistribution](t)(s.TagDistribution(t.Context(), id, 1000))
	if len(d) != 1 || d[0].Total != 300 || len(d[0].Values) > 50 {
		t.Errorf("issue's tags: total %d, %d values", d[0].Total, len(d[0].Values))
	}
	keys := need[[]store.TagDistribution](t)(s.ProjectTags(t.Context(), store.StatsFilter{ProjectID: 1, Range: around(g)}, 10))
	if len(keys) != 1 || keys[0].Total != 300 {
		t.Errorf("project's tags: %+v", keys)
	}
	values := need[store.TagDistribution](t)(s.TagValues(t.Context(), store.StatsFilter{ProjectID: 1, Range: around(g)}, "request", 1000)).Values
	if len(values) != 100 {
		t.Errorf("%d values, want 100", len(values))
	}
	// What has no counter of its own is found through its events.
	found := allIssues(t, s, store.IssueFilter{ProjectID: 1, Range: around(g), Query: parse(t, "request:r299")})
	same(t, "issues by an uncounted value", len(found), 1)
	lines := need[map[int64][]int64](t)(s.Sparklines(t.Context(), 1, []int64{id}, store.TimeRange{Start: Start.Add(-23 * time.Hour).UnixMicro(), End: Start.Add(time.Hour).UnixMicro()}, 24))
	if line := lines[id]; len(line) != 24 || line[23] != 300 || line[22] != 0 {
		t.Errorf("sparkline %v", lines[id])
	}
}
