package sqlstore

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// large are the tables that grow with events: no list or chart may scan one.
var large = regexp.MustCompile(`^(events|r|event_blocks|log_entries|log_blocks|issue_hours|issue_days|tag_days|issue_tags|issue_users|tag_hours|project_hours|project_minutes|ledger|g)(_p\d{8})?$`)

// scans finds the tables that a plan reads from end to end.
var scans = map[string]*regexp.Regexp{
	"sqlite":   regexp.MustCompile(`^SCAN (\w+)`),
	"postgres": regexp.MustCompile(`Seq Scan on (\w+)`),
}

// checkPlans explains every query of every list and chart. PostgreSQL is told
// to avoid sequential scans, so that one which remains has no index to use.
func checkPlans(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 10, 1, 2)
	apply(t, s, g.Batch("p0", 200))
	b := g.Batch("p0", 10)
	b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: b.Through, ProjectID: 1, Received: b.Now, Timestamp: b.Now, Body: "hello"}}
	apply(t, s, b)
	var mu sync.Mutex
	explained := 0
	s.explain = func(c conn, query string, args []any) {
		mu.Lock()
		defer mu.Unlock()
		explained++
		for _, line := range plan(t, c, query, args) {
			if m := scans[s.d.name].FindStringSubmatch(strings.TrimSpace(line)); m != nil && large.MatchString(m[1]) && !strings.Contains(line, "VIRTUAL TABLE") && !byKey(line) {
				t.Errorf("full scan: %s\nin %s", line, query)
			}
		}
	}
	readEverything(t, s, b)
	if explained < 50 {
		t.Errorf("only %d queries were explained", explained)
	}
}

// byKey admits walking an index or the row ids in order under a limit.
func byKey(line string) bool {
	return strings.Contains(line, "USING") && strings.Contains(line, "INDEX")
}

func plan(t *testing.T, c conn, query string, args []any) (lines []string) {
	t.Helper()
	c.explain = nil
	explain, columns := "EXPLAIN QUERY PLAN ", 4
	if c.d.name == "postgres" {
		explain, columns = "EXPLAIN ", 1
		if _, err := c.exec(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.each(t.Context(), explain+query, args, func(r scanner) error {
		var line string
		var n int
		into := []any{&n, &n, &n, &line}
		err := r.Scan(into[4-columns:]...)
		lines = append(lines, line)
		return err
	}); err != nil {
		t.Fatalf("explain %s: %v", query, err)
	}
	return lines
}

func readEverything(t *testing.T, s *Store, b *store.Batch) {
	ctx := t.Context()
	r := store.TimeRange{Start: storetest.Start.Add(-1e9).UnixMicro(), End: b.Now + 1e6}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var some issue.Issue
	for _, sort := range store.IssueSorts() {
		for _, text := range []string{"", "request", "is:unresolved environment:production", "release:shop*", "has:browser", "user:id:7"} {
			q, err := search.Parse(text)
			check(err)
			f := store.IssueFilter{ProjectID: 1, Query: q, Range: r, Sort: sort}
			page, err := s.ListIssues(ctx, f, store.PageRequest{Limit: 2})
			check(err)
			if len(page.Items) > 0 {
				some = page.Items[0]
			}
			_, err = s.ListIssues(ctx, f, store.PageRequest{Limit: 2, Cursor: page.Next})
			check(err)
		}
	}
	for _, text := range []string{"", "request", `"request 1"`, "environment:production", "!environment:production", "requ*", "timestamp:>2001-01-01"} {
		q, err := search.Parse(text)
		check(err)
		for _, id := range []int64{0, some.ID} {
			f := store.EventFilter{ProjectID: 1, IssueID: id, Query: q, Range: r}
			page, err := s.ListEvents(ctx, f, store.PageRequest{})
			check(err)
			if len(page.Items) > 0 {
				of, err := s.GetEvent(ctx, []int64{1}, page.Items[0].EventID)
				check(err)
				_, err = s.Neighbours(ctx, of, f)
				check(err)
			}
			_, err = s.EventsAfter(ctx, f, b.Events[0].ID, 10)
			check(err)
		}
		_, err = s.ListLogs(ctx, store.LogFilter{ProjectID: 1, Query: q, Range: r}, store.PageRequest{})
		check(err)
	}
	readCharts(t, s, store.StatsFilter{ProjectID: 1, Range: r}, some.ID, check)
}

func readCharts(t *testing.T, s *Store, f store.StatsFilter, issueID int64, check func(error)) {
	ctx := t.Context()
	for _, width := range []int64{60, 3600, 86400} {
		f.Width = width
		_, err := s.Volume(ctx, f)
		check(err)
		_, err = s.Ledger(ctx, f)
		check(err)
	}
	_, err := s.IssueTimeline(ctx, issueID, f)
	check(err)
	_, err = s.TopIssues(ctx, f, 5)
	check(err)
	_, err = s.TagValues(ctx, f, "browser", 5)
	check(err)
	_, err = s.TagKeys(ctx, f, 5)
	check(err)
	_, err = s.Health(ctx, f)
	check(err)
	_, err = s.TagDistribution(ctx, issueID, 5)
	check(err)
	_, err = s.Sparklines(ctx, 1, []int64{issueID}, f.Range, 24)
	check(err)
	_, err = s.IssueHashes(ctx, issueID)
	check(err)
}
