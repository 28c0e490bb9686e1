package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// Ledger implements store.StatsReader. Whole hours are read from their sums,
// the minutes before and after them one by one, so that no range is rounded.
func (s *Store) Ledger(ctx context.Context, f store.StatsFilter) ([]store.LedgerCount, error) {
	f, err := settled(f)
	if err != nil {
		return nil, err
	}
	sums := map[rollup.LedgerKey]rollup.LedgerCount{}
	err = s.read(ctx, func(c conn) error {
		return c.each(ctx, `SELECT minute, category, outcome, reason, quantity, bytes FROM ledger WHERE project_id = $1 AND minute >= $2 AND minute <= $3
			UNION ALL SELECT minute, category, outcome, reason, quantity, bytes FROM ledger WHERE project_id = $1 AND minute >= $4 AND minute <= $5
			UNION ALL SELECT hour * 60, category, outcome, reason, quantity, bytes FROM ledger_hours WHERE project_id = $1 AND hour >= $6 AND hour <= $7`,
			ledgerSpans(f), func(r scanner) error {
				key := rollup.LedgerKey{ProjectID: f.ProjectID}
				var n rollup.LedgerCount
				err := r.Scan(&key.Minute, &key.Category, &key.Outcome, &key.Reason, &n.Quantity, &n.Bytes)
				key.Minute = rollup.LocalStart(rollup.Start(key.Minute, rollup.Minute), f.Width, f.Offset) / rollup.Start(1, rollup.Minute)
				sums[key] = sums[key].Plus(n)
				return err
			})
	})
	return ledgerLines(sums), err
}

// ledgerSpans are the project, the first and last minute before whole hours,
// those after them, and the first and last whole hour. A span is empty when its
// first is after its last.
func ledgerSpans(f store.StatsFilter) []any {
	first, last := rollup.Bucket(f.Range.Start, rollup.Minute), rollup.Bucket(f.Range.End-1, rollup.Minute)
	fromHour, untilHour := (first+59)/60, (last+1)/60
	if f.Width == rollup.Minute || untilHour <= fromHour {
		return []any{f.ProjectID, first, last, int64(1), int64(0), int64(1), int64(0)}
	}
	return []any{f.ProjectID, first, fromHour*60 - 1, untilHour * 60, last, fromHour, untilHour - 1}
}

func ledgerLines(sums map[rollup.LedgerKey]rollup.LedgerCount) []store.LedgerCount {
	var list []store.LedgerCount
	for key, n := range sums {
		if n == (rollup.LedgerCount{}) {
			continue // counted and taken back: see store.Replayed
		}
		list = append(list, store.LedgerCount{
			ProjectID: key.ProjectID, Minute: key.Minute, Category: key.Category, Outcome: key.Outcome, Reason: key.Reason, Quantity: n.Quantity, Bytes: n.Bytes,
		})
	}
	slices.SortFunc(list, func(a, b store.LedgerCount) int {
		return cmp.Or(cmp.Compare(a.Minute, b.Minute), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// ledgerHours adds a batch's ledger to the sums per hour.
func ledgerHours(c *rollup.Counters) insert {
	sums := map[rollup.LedgerKey]rollup.LedgerCount{}
	for k, n := range c.Ledger {
		k.Minute /= 60
		sums[k] = sums[k].Plus(n)
	}
	hours := insert{into: "INSERT INTO ledger_hours (project_id, hour, category, outcome, reason, quantity, bytes) VALUES",
		then: "ON CONFLICT (project_id, hour, category, outcome, reason) DO UPDATE SET quantity = ledger_hours.quantity + excluded.quantity, bytes = ledger_hours.bytes + excluded.bytes"}
	for k, n := range sums {
		hours.rows = append(hours.rows, []any{k.ProjectID, k.Minute, k.Category, k.Outcome, k.Reason, n.Quantity, n.Bytes})
	}
	return hours
}
