package app

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mesher/mesher/internal/store"
)

// ledgerTotals reads what the ledger has counted of all projects.
type ledgerTotals interface {
	LedgerTotals(ctx context.Context) ([]store.LedgerCount, error)
}

// namedProjects bounds the projects with series of their own: those with the
// lowest ids, so that none changes sides. The rest is added up as "other".
const (
	namedProjects = 500
	otherProjects = "other"
)

// scrapeTimeout bounds how long a scrape waits for the store.
const scrapeTimeout = 3 * time.Second

// ledgerCollector reads the ledger's totals out of the store with every scrape:
// they are those of the transactions that stored the events, so they neither
// start over with the process nor differ from the usage page.
type ledgerCollector struct {
	totals ledgerTotals
	log    *slog.Logger

	up, accepted, items, bytes, lost *prometheus.Desc
}

func newLedgerCollector(totals ledgerTotals, log *slog.Logger) *ledgerCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("mesher_"+name, help, labels, nil)
	}
	return &ledgerCollector{
		totals: totals, log: log,
		up:       desc("ledger_up", "Whether the ledger could be read for this scrape; its series are missing when not."),
		accepted: desc("ledger_accepted_items_total", "Items accepted and decided about: the sum of the outcomes less those replayed.", "project", "category"),
		items:    desc("ledger_items_total", "Items by what became of them.", "project", "category", "outcome", "reason"),
		bytes:    desc("ledger_bytes_total", "Decompressed bytes of the items by what became of them.", "project", "category", "outcome", "reason"),
		lost:     desc("client_lost_items_total", "Items that SDKs report to have dropped themselves.", "project", "category", "reason"),
	}
}

// Describe implements prometheus.Collector.
func (c *ledgerCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.accepted, c.items, c.bytes, c.lost} {
		out <- d
	}
}

// Collect implements prometheus.Collector. A store that is away costs the
// ledger's series, not the scrape.
func (c *ledgerCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	lines, err := c.totals.LedgerTotals(ctx)
	if err != nil {
		c.log.Warn("metrics lack the ledger", "error", err)
		out <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, 0)
		return
	}
	out <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, 1)
	accepted := map[[2]string]int64{}
	for labels, n := range sumByProject(lines) {
		project, category, outcome, reason := labels[0], labels[1], labels[2], labels[3]
		if outcome == store.ClientLost {
			c.count(out, c.lost, n.Quantity, project, category, reason)
			continue
		}
		c.count(out, c.items, n.Quantity, labels[:]...)
		c.count(out, c.bytes, n.Bytes, labels[:]...)
		if outcome == store.Replayed {
			n.Quantity = -n.Quantity
		}
		accepted[[2]string{project, category}] += n.Quantity
	}
	for labels, n := range accepted {
		c.count(out, c.accepted, n, labels[:]...)
	}
}

func (c *ledgerCollector) count(out chan<- prometheus.Metric, desc *prometheus.Desc, n int64, labels ...string) {
	out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
}

// sumByProject adds up lines, which come in the order of project ids, by
// project, category, outcome and reason.
func sumByProject(lines []store.LedgerCount) map[[4]string]store.LedgerCount {
	sums := map[[4]string]store.LedgerCount{}
	seen, last := 0, int64(0)
	for _, l := range lines {
		if l.ProjectID != last {
			seen, last = seen+1, l.ProjectID
		}
		project := strconv.FormatInt(l.ProjectID, 10)
		if seen > namedProjects {
			project = otherProjects
		}
		key := [4]string{project, l.Category, l.Outcome, l.Reason}
		sum := sums[key]
		sum.Quantity += l.Quantity
		sum.Bytes += l.Bytes
		sums[key] = sum
	}
	return sums
}
