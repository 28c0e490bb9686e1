package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mesher/mesher/internal/store"
)

// scrape reads the series of a page of metrics whose names begin with prefix.
func scrape(t *testing.T, page *bufio.Scanner, prefix string) map[string]int64 {
	t.Helper()
	series := map[string]int64{}
	for page.Scan() {
		name, value, ok := strings.Cut(page.Text(), "} ")
		if !ok || !strings.HasPrefix(name, prefix) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		series[name+"}"] = int64(n)
	}
	return series
}

func ledgerSeries(t *testing.T, url string) map[string]int64 {
	t.Helper()
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return scrape(t, bufio.NewScanner(resp.Body), "mesher_ledger_")
}

// until waits for the ledger's series to be want, apart from the bytes.
func until(t *testing.T, url string, want map[string]int64) {
	t.Helper()
	diff := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		got := ledgerSeries(t, url)
		for name := range got {
			if strings.HasPrefix(name, "mesher_ledger_bytes_total") {
				delete(got, name)
			}
		}
		if diff = cmp.Diff(want, got); diff == "" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error(diff)
}

// TestMetricsShowTheLedger adds up what became of everything that was sent,
// before and after a restart.
func TestMetricsShowTheLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url, stop := start(t, testConfig(dir))
	for n := range 3 {
		send(t, url, fmt.Sprintf("job %d failed", n))
	}
	envelope := "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\nno object\n{\"type\":\"transaction\"}\n{}\n" +
		"{\"type\":\"client_report\"}\n{\"discarded_events\":[{\"reason\":\"sample_rate\",\"category\":\"error\",\"quantity\":7}]}\n"
	resp, err := http.Post(url+"/api/1/envelope/?sentry_key="+testKey, "application/x-sentry-envelope", strings.NewReader(envelope))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	want := map[string]int64{
		`mesher_ledger_items_total{category="error",outcome="stored",project="1",reason=""}`:                     3,
		`mesher_ledger_items_total{category="error",outcome="failed",project="1",reason="invalid"}`:              1,
		`mesher_ledger_items_total{category="transaction",outcome="discarded",project="1",reason="unsupported"}`: 1,
		`mesher_ledger_accepted_items_total{category="error",project="1"}`:                                       4,
		`mesher_ledger_accepted_items_total{category="transaction",project="1"}`:                                 1,
	}
	until(t, url, want)
	stop()
	url, stop = start(t, testConfig(dir))
	defer stop()
	until(t, url, want)
	send(t, url, "job 4 failed")
	want[`mesher_ledger_items_total{category="error",outcome="stored",project="1",reason=""}`]++
	want[`mesher_ledger_accepted_items_total{category="error",project="1"}`]++
	until(t, url, want)
}

// fixedTotals stand in for a store.
type fixedTotals struct {
	lines []store.LedgerCount
	err   error
}

func (f fixedTotals) LedgerTotals(context.Context) ([]store.LedgerCount, error) {
	return f.lines, f.err
}

func collected(t *testing.T, f fixedTotals) (page string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(newLedgerCollector(f, slog.New(slog.DiscardHandler)))
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestLedgerSeriesAreBounded(t *testing.T) {
	t.Parallel()
	var lines []store.LedgerCount
	for id := range int64(namedProjects + 100) {
		lines = append(lines, store.LedgerCount{ProjectID: id + 1, Category: "error", Outcome: store.Stored, Quantity: 2})
	}
	series := scrape(t, bufio.NewScanner(strings.NewReader(collected(t, fixedTotals{lines: lines}))), "mesher_ledger_accepted")
	if len(series) != namedProjects+1 || series[`mesher_ledger_accepted_items_total{category="error",project="other"}`] != 200 {
		t.Errorf("%d series, other projects have %d", len(series), series[`mesher_ledger_accepted_items_total{category="error",project="other"}`])
	}
}

func TestReplayedItemsAreAcceptedOnce(t *testing.T) {
	t.Parallel()
	page := collected(t, fixedTotals{lines: []store.LedgerCount{
		{ProjectID: 1, Category: "error", Outcome: store.Failed, Reason: "refused", Quantity: 2},
		{ProjectID: 1, Category: "error", Outcome: store.Replayed, Reason: "refused", Quantity: 2},
		{ProjectID: 1, Category: "error", Outcome: store.Stored, Quantity: 5},
		{ProjectID: 1, Category: "error", Outcome: store.ClientLost, Reason: "before_send", Quantity: 9},
	}})
	if !strings.Contains(page, `mesher_ledger_accepted_items_total{category="error",project="1"} 5`) ||
		!strings.Contains(page, `mesher_client_lost_items_total{category="error",project="1",reason="before_send"} 9`) {
		t.Error(page)
	}
}

func TestMetricsOutliveTheStore(t *testing.T) {
	t.Parallel()
	if page := collected(t, fixedTotals{err: errors.New("away")}); !strings.Contains(page, "mesher_ledger_up 0") {
		t.Error(page)
	}
}
