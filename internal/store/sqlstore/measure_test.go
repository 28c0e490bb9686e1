package sqlstore_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// TestMeasure fills a store with MESHER_MEASURE events over 30 days and prints
// how long the queries of the pages take. It asserts nothing: the figures are
// for docs/performance.md.
func TestMeasure(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("MESHER_MEASURE"))
	if err != nil {
		t.Skip("set MESHER_MEASURE to a number of events")
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		s, err := sqlstore.Open(t.Context(), sqlstore.Options{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		measure(t, s, n)
	})
	t.Run("postgres", func(t *testing.T) { measure(t, sqltest.Postgres(t), n) })
}

func measure(t *testing.T, s *sqlstore.Store, n int) {
	g := storetest.NewGenerator(1, 500, 1, 2, 3)
	days := min(30, max(1, n/20_000))
	g.Clock = storetest.Start.AddDate(0, 0, -days)
	g.Step = time.Duration(days) * 24 * time.Hour / time.Duration(n/100)
	var apply time.Duration
	var payload int
	var last *store.Batch
	for done := 0; done < n; done += 1000 {
		last = g.Batch("p0", 1000)
		for i := range last.Events {
			payload += len(last.Events[i].Payload)
		}
		begin := time.Now()
		if _, err := s.Apply(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		apply += time.Since(begin)
	}
	t.Logf("%s: %d events, payload %d bytes each, applied at %.0f/s", s.Backend(), n, payload/n, float64(n)/apply.Seconds())
	disk, err := s.DiskBytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(t.Context(), last.Now); err != nil {
		t.Fatal(err)
	}
	tidied, err := s.DiskBytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes per event on disk, %d tidied", disk/int64(n), tidied/int64(n))
	now := last.Now
	day, month := store.TimeRange{Start: now - 86400e6, End: now + 1}, store.TimeRange{Start: now - 30*86400e6, End: now + 1}
	issueID := mostFrequent(t, s)
	for _, r := range []struct {
		name string
		span store.TimeRange
	}{{"24h", day}, {"30d", month}} {
		for _, query := range []string{"", "is:unresolved", "environment:production", "request", "user:id:7"} {
			f := store.IssueFilter{ProjectID: 1, Range: r.span, Query: queryOf(t, query), Sort: store.SortEventCount}
			report(t, fmt.Sprintf("issues %s %q", r.name, query), func() error {
				_, err := s.ListIssues(t.Context(), f, store.PageRequest{})
				return err
			})
		}
		for _, query := range []string{"", "request", "499999", "environment:staging", "user:id:7 browser:Firefox", `"user 7 failed"`, "has:browser"} {
			for _, issue := range []int64{0, issueID} {
				f := store.EventFilter{ProjectID: 1, IssueID: issue, Range: r.span, Query: queryOf(t, query)}
				report(t, fmt.Sprintf("events %s issue=%d %q", r.name, issue, query), func() error {
					_, err := s.ListEvents(t.Context(), f, store.PageRequest{})
					return err
				})
			}
		}
		f := store.StatsFilter{ProjectID: 1, Range: r.span}
		report(t, "volume "+r.name, func() error { _, err := s.Volume(t.Context(), f); return err })
		report(t, "top issues "+r.name, func() error { _, err := s.TopIssues(t.Context(), f, 10); return err })
		report(t, "tag values "+r.name, func() error { _, err := s.TagValues(t.Context(), f, "browser", 10); return err })
		report(t, "tag keys "+r.name, func() error { _, err := s.TagKeys(t.Context(), f, 10); return err })
		report(t, "health "+r.name, func() error { _, err := s.Health(t.Context(), f); return err })
	}
	of, err := s.LatestEvent(t.Context(), store.EventFilter{ProjectID: 1, IssueID: issueID})
	if err != nil {
		t.Fatal(err)
	}
	report(t, "event detail", func() error { _, err := s.GetEvent(t.Context(), []int64{1}, of.EventID); return err })
	report(t, "neighbours", func() error {
		_, err := s.Neighbours(t.Context(), of, store.EventFilter{ProjectID: 1, IssueID: issueID})
		return err
	})
}

func queryOf(t *testing.T, text string) search.Query {
	q, err := search.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func mostFrequent(t *testing.T, s *sqlstore.Store) int64 {
	page, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1, Sort: store.SortEventCount}, store.PageRequest{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items[0].ID
}

func report(t *testing.T, name string, query func() error) {
	t.Helper()
	var took []time.Duration
	for range 15 {
		begin := time.Now()
		if err := query(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		took = append(took, time.Since(begin))
	}
	cold := took[0]
	slices.Sort(took)
	t.Logf("%-50s first %8.2f  median %8.2f  p95 %8.2f ms", name, ms(cold), ms(took[7]), ms(took[13]))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
