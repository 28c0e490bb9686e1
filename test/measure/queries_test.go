package measure

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// repeats is how often each query is asked.
const repeats = 40

// queries asks everything that the pages ask, while events come in.
func (s setting) queries(t *testing.T) {
	opened := s.open(t)
	if through, err := opened.AppliedThrough(t.Context(), s.past().partition); err != nil || int(through)*perMessage < s.events {
		t.Fatalf("the store holds less than %d events: run TestMeasure/load first (%v)", s.events, err)
	}
	in := startIntake(t, s, opened)
	defer in.halt()
	time.Sleep(2 * time.Second)
	q := &questions{t: t, s: opened, random: rand.New(rand.NewPCG(1, 2))}
	q.prepare()
	// As tests of their own, so that -run TestMeasure/queries/charts asks for these only.
	for _, part := range []struct {
		name string
		ask  func()
	}{{"issues", q.issueLists}, {"events", q.eventSearches}, {"charts", q.charts}, {"details", q.details}} {
		t.Run(part.name, func(*testing.T) { part.ask() })
	}
	q.rows.print(fmt.Sprintf("%s, %d events, %d/s coming in", opened.Backend(), s.events, rate))
	in.report("during queries")
}

// questions asks about project 1.
type questions struct {
	t      *testing.T
	s      *sqlstore.Store
	random *rand.Rand
	rows   table
	// numbers are words that one event or very few hold; ids are of events all over the history.
	numbers []string
	ids     []string
	// frequent and seldom are the issues with the most and the fewest events.
	frequent, seldom int64
}

func (q *questions) check(err error) {
	q.t.Helper()
	if err != nil {
		q.t.Fatal(err)
	}
}

// prepare finds what to ask for.
func (q *questions) prepare() {
	for len(q.ids) < repeats {
		until := end.Add(-time.Duration(q.random.Int64N(int64(history * 9 / 10))))
		page, err := q.s.ListEvents(q.t.Context(), store.EventFilter{ProjectID: 1, Range: store.TimeRange{End: until.UnixMicro()}}, store.PageRequest{Limit: 1})
		q.check(err)
		q.ids = append(q.ids, page.Items[0].EventID)
		words := strings.Fields(page.Items[0].Title) // "TimeoutError: request 123456 of user 7 failed"
		q.numbers = append(q.numbers, words[2])
	}
	page, err := q.s.ListIssues(q.t.Context(), store.IssueFilter{ProjectID: 1, Sort: store.SortEventCount}, store.PageRequest{Limit: 100})
	q.check(err)
	q.frequent, q.seldom = page.Items[0].ID, page.Items[len(page.Items)-1].ID
}

// ask times a query; ask is given the number of the repetition, so that no two need be alike.
func (q *questions) ask(item, name string, ask func(n int) error) {
	q.t.Helper()
	r := row{item: item, name: name}
	for n := range repeats {
		begin := time.Now()
		err := ask(n)
		r.took = append(r.took, time.Since(begin))
		if err != nil {
			q.t.Fatalf("%s: %s: %v", item, name, err)
		}
	}
	q.rows = append(q.rows, r)
}

// spans are the ranges that the pages offer.
var spans = []struct {
	name string
	long time.Duration
}{{"24 h", 24 * time.Hour}, {"30 d", history}}

// until is a little after the newest event of the run.
func until(long time.Duration) store.TimeRange {
	now := end.Add(time.Hour)
	return store.TimeRange{Start: now.Add(-long).UnixMicro(), End: now.UnixMicro()}
}

func (q *questions) parse(text string) search.Query {
	parsed, err := search.Parse(text)
	q.check(err)
	return parsed
}

// issueLists asks as the handler of the list does: the page, its sparklines and fingerprints.
func (q *questions) issueLists() {
	filters := []string{
		"", "is:unresolved", "is:regressed", "assigned:me", "level:error", "environment:production", "!environment:production", "release:shop@1.1",
		"browser:Fire*", "user:id:7", "has:browser", "first_seen:>24h", "request", "TimeoutError", "is:unresolved request", "NUMBER",
	}
	for _, span := range spans {
		for _, sort := range store.IssueSorts() {
			for _, text := range filters {
				q.ask("issue list", fmt.Sprintf("%s, by %s, `%s`", span.name, sort, text), func(n int) error {
					f := store.IssueFilter{ProjectID: 1, Range: until(span.long), Sort: sort, Viewer: 1, Query: q.parse(strings.ReplaceAll(text, "NUMBER", q.numbers[n]))}
					return q.listIssues(f)
				})
			}
		}
	}
}

func (q *questions) listIssues(f store.IssueFilter) error {
	page, err := q.s.ListIssues(q.t.Context(), f, store.PageRequest{})
	if err != nil || len(page.Items) == 0 {
		return err
	}
	var ids []int64
	for _, i := range page.Items {
		ids = append(ids, i.ID)
	}
	_, err = q.s.Sparklines(q.t.Context(), 1, ids, until(24*time.Hour), 24)
	_, err2 := q.s.PrimaryHashes(q.t.Context(), ids)
	return errors.Join(err, err2)
}

func (q *questions) eventSearches() {
	searches := []struct{ item, text string }{
		{"event search, everything", ""},
		{"event search, rare word", "NUMBER"},
		{"event search, rare word", "neverwritten"},
		{"event search, common word", "request"},
		{"event search, common word", "TimeoutError"},
		{"event search, common word", "request failed"},
		{"event search, common word", "req*"},
		{"event search, phrase", `"user 7 failed"`},
		{"event search, phrase", `"request NUMBER of"`},
		{"event search, tag filter", "environment:staging"},
		{"event search, tag filter", "!environment:staging"},
		{"event search, tag filter", "user:id:7"},
		{"event search, tag filter", "user:id:7 browser:Firefox"},
		{"event search, tag filter", "level:error release:shop@1.2"},
		{"event search, tag filter", "has:browser"},
		{"event search, tag filter", "server_name:web-1*"},
	}
	for _, span := range spans {
		for _, x := range searches {
			for name, id := range map[string]int64{"project": 0, "frequent issue": q.frequent, "seldom issue": q.seldom} {
				q.ask(x.item, fmt.Sprintf("%s, %s, `%s`", span.name, name, x.text), func(n int) error {
					f := store.EventFilter{ProjectID: 1, IssueID: id, Range: until(span.long), Query: q.parse(strings.ReplaceAll(x.text, "NUMBER", q.numbers[n]))}
					page, err := q.s.ListEvents(q.t.Context(), f, store.PageRequest{})
					if err == nil && page.Next != "" && n%2 == 1 {
						_, err = q.s.ListEvents(q.t.Context(), f, store.PageRequest{Cursor: page.Next})
					}
					return err
				})
			}
		}
	}
}

func (q *questions) charts() {
	ctx := q.t.Context()
	for _, span := range spans {
		f := store.StatsFilter{ProjectID: 1, Range: until(span.long)}
		for _, width := range []int64{60, 3600, 86400} {
			if width == 60 && span.long > 7*24*time.Hour {
				continue // more points than a chart may have
			}
			f := f
			f.Width = width
			q.ask("volume chart", fmt.Sprintf("%s by %s", span.name, time.Duration(width)*time.Second), func(int) error { _, err := q.s.Volume(ctx, f); return err })
			q.ask("usage", fmt.Sprintf("ledger, %s by %s", span.name, time.Duration(width)*time.Second), func(int) error { _, err := q.s.Ledger(ctx, f); return err })
		}
		q.ask("dashboard", "levels, "+span.name, func(int) error { _, err := q.s.Levels(ctx, f); return err })
		q.ask("dashboard", "top issues, "+span.name, func(int) error { _, err := q.s.TopIssues(ctx, f, 10); return err })
		q.ask("dashboard", "health, "+span.name, func(int) error { _, err := q.s.Health(ctx, f); return err })
		q.ask("dashboard", "tag keys, "+span.name, func(int) error { _, err := q.s.TagKeys(ctx, f, 100); return err })
		q.ask("dashboard", "values of ten tags, "+span.name, func(int) error { _, err := q.s.ProjectTags(ctx, f, 10); return err })
		for _, key := range []string{"browser", "environment", "release", "user"} {
			q.ask("dashboard", fmt.Sprintf("values of %s, %s", key, span.name), func(int) error { _, err := q.s.TagValues(ctx, f, key, 10); return err })
		}
		q.ask("issue page", "timeline, "+span.name, func(int) error { _, err := q.s.IssueTimeline(ctx, q.frequent, f); return err })
	}
	q.ask("issue page", "tags", func(int) error { _, err := q.s.TagDistribution(ctx, q.frequent, 10); return err })
	q.ask("usage", "measured", func(int) error { _, err := q.s.Usage(ctx, 1); return err })
}

func (q *questions) details() {
	ctx := q.t.Context()
	events := make([]store.StoredEvent, repeats)
	q.ask("event detail", "payload", func(n int) (err error) {
		events[n], err = q.s.GetEvent(ctx, []int64{1}, q.ids[n])
		return err
	})
	for _, text := range []string{"", "request", "environment:staging", "user:id:7", "neverwritten"} {
		q.ask("event detail", fmt.Sprintf("neighbours under `%s`", text), func(n int) error {
			_, err := q.s.Neighbours(ctx, events[n], store.EventFilter{ProjectID: 1, IssueID: events[n].IssueID, Query: q.parse(text)})
			return err
		})
		q.ask("event detail", fmt.Sprintf("latest under `%s`", text), func(n int) error {
			_, err := q.s.LatestEvent(ctx, store.EventFilter{ProjectID: 1, IssueID: events[n].IssueID, Query: q.parse(text)})
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return err
		})
	}
	q.ask("issue page", "issue", func(n int) error { _, err := q.s.GetIssue(ctx, events[n].IssueID); return err })
	q.ask("live stream", "resume", func(n int) error {
		_, err := q.s.EventsAfter(ctx, store.EventFilter{ProjectID: 1}, eventlog.RowIDFloor(end.UnixMicro()), 100)
		return err
	})
}
