package measure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// durations are the times of one thing that was done repeatedly.
type durations []time.Duration

// quantile returns the smallest time that the given share of all did not exceed.
func (d durations) quantile(share float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (d durations) worst() time.Duration { return d.quantile(1) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

// row is one query of the table.
type row struct {
	// item is what docs/performance.md asks for, name the query that was tried for it.
	item, name string
	took       durations
}

// table prints rows in Markdown, and the worst of each item.
type table []row

func (t table) print(title string) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n| query | first | p50 | p95 | worst (ms) |\n| --- | ---: | ---: | ---: | ---: |\n", title)
	for _, r := range t {
		fmt.Fprintf(&b, "| %s: %s | %s | %s | %s | %s |\n", r.item, r.name, ms(r.took[0]), ms(r.took.quantile(.5)), ms(r.took.quantile(.95)), ms(r.took.worst()))
	}
	fmt.Fprintf(&b, "\n### %s, the slowest query of each\n\n| what | queries | over 50 ms | slowest | its p50 | its p95 (ms) |\n| --- | ---: | ---: | --- | ---: | ---: |\n", title)
	for _, item := range t.items() {
		rows := t.of(item)
		over := 0
		for _, r := range rows {
			if r.took.quantile(.95) > 50*time.Millisecond {
				over++
			}
		}
		slowest := slices.MaxFunc(rows, func(a, b row) int { return cmp.Compare(a.took.quantile(.95), b.took.quantile(.95)) })
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s |\n", item, len(rows), over, slowest.name, ms(slowest.took.quantile(.5)), ms(slowest.took.quantile(.95)))
	}
	fmt.Print(b.String())
}

func (t table) items() (items []string) {
	for _, r := range t {
		if !slices.Contains(items, r.item) {
			items = append(items, r.item)
		}
	}
	return items
}

func (t table) of(item string) (rows table) {
	for _, r := range t {
		if r.item == item {
			rows = append(rows, r)
		}
	}
	return rows
}
