package sqlstore

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// large are the tables that grow with events, and the names that statements
// give them: nothing may read one from end to end.
var large = regexp.MustCompile(`^(events|r|event_ids_old|event_blocks|log_entries|log_blocks|issue_hours|issue_days|tag_days|issue_tags|issue_users|tag_hours|project_hours|project_minutes|ledger|ledger_hours|g)(_p\d{8})?$`)

// Plans checks the plan of each distinct statement of the stores it watches, so
// that a query which is new in the store is checked as soon as a test runs it.
type Plans struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Watch makes a store explain its statements before it runs them.
func (p *Plans) Watch(t *testing.T, s *Store) {
	s.explain = func(c conn, query string, args []any) {
		if p.known(query) {
			return
		}
		for _, scan := range scans(c.d.name, plan(t, c, query, args)) {
			t.Errorf("full scan: %s\nin %s", scan, query)
		}
	}
}

// Explained returns how many distinct statements were explained.
func (p *Plans) Explained() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

var numbers = regexp.MustCompile(`\d+`)

// known reports statements that were explained before, and those that have no plan.
func (p *Plans) known(query string) bool {
	verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch verb {
	case "SELECT", "UPDATE", "DELETE", "WITH":
	default:
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	text := numbers.ReplaceAllString(query, "")
	before := p.seen[text]
	p.seen[text] = true
	return before
}

// plan explains a statement. PostgreSQL is told to avoid sequential scans, so
// that one which remains has no index to use. It is told so for the connection,
// as some statements have no transaction around them.
func plan(t *testing.T, c conn, query string, args []any) (lines []string) {
	t.Helper()
	c.explain, c.statements = nil, new(atomic.Int64)
	explain, columns := "EXPLAIN QUERY PLAN ", 4
	if c.d.name == "postgres" {
		explain, columns = "EXPLAIN ", 1
		if _, err := c.exec(t.Context(), "SET enable_seqscan = off"); err != nil {
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
		t.Errorf("explain %s: %v", query, err)
	}
	return lines
}

// scans returns the steps of a plan that read a large table or one of its indexes from end to end.
func scans(database string, plan []string) (found []string) {
	if database == "sqlite" {
		return sqliteScans(plan)
	}
	return postgresScans(plan)
}

var sqliteScan = regexp.MustCompile(`^SCAN (\w+)`)

func sqliteScans(plan []string) (found []string) {
	for _, line := range plan {
		m := sqliteScan.FindStringSubmatch(line)
		if m != nil && large.MatchString(m[1]) {
			found = append(found, line)
		}
	}
	return found
}

var (
	postgresScan  = regexp.MustCompile(`Seq Scan on (\w+)`)
	postgresIndex = regexp.MustCompile(`Index (?:Only )?Scan (?:Backward )?using \w+ on (\w+)`)
)

// postgresScans knows an index that is read as a whole by its lack of a condition.
func postgresScans(plan []string) (found []string) {
	for i, line := range plan {
		if m := postgresScan.FindStringSubmatch(line); m != nil && large.MatchString(m[1]) {
			found = append(found, line)
		}
		if m := postgresIndex.FindStringSubmatch(line); m != nil && large.MatchString(m[1]) && !conditioned(plan[i+1:]) {
			found = append(found, line)
		}
	}
	return found
}

// conditioned looks for a step's condition in the lines until the next step.
func conditioned(plan []string) bool {
	for _, line := range plan {
		if strings.Contains(line, "->") {
			return false
		}
		if strings.Contains(line, "Index Cond:") {
			return true
		}
	}
	return false
}

// checkPlans asks for every list and chart in every way.
func checkPlans(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 10, 1, 2)
	apply(t, s, g.Batch("p0", 200))
	b := g.Batch("p0", 10)
	b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: b.Through, ProjectID: 1, Received: b.Now, Timestamp: b.Now, Body: "hello"}}
	apply(t, s, b)
	var p Plans
	p.Watch(t, s)
	readEverything(t, s, b)
	if n := p.Explained(); n < 40 {
		t.Errorf("only %d statements were explained", n)
	}
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
	_, err = s.ProjectTags(ctx, f, 5)
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
