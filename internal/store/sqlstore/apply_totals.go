package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// totalsRows adds a batch's ledger lines to the totals. A total never falls: a
// line that takes a count back (see store.Replayed) grows the total of what was
// taken back.
func totalsRows(lines map[rollup.LedgerKey]rollup.LedgerCount) insert {
	sums := map[rollup.LedgerKey]rollup.LedgerCount{}
	for k, n := range lines {
		if k.Minute = 0; n.Quantity < 0 {
			k.Outcome = store.Replayed
			n.Quantity, n.Bytes = -n.Quantity, -n.Bytes
		}
		sums[k] = sums[k].Plus(n)
	}
	totals := insert{into: "INSERT INTO ledger_totals (project_id, category, outcome, reason, quantity, bytes) VALUES",
		then: "ON CONFLICT (project_id, category, outcome, reason) DO UPDATE SET quantity = ledger_totals.quantity + excluded.quantity, bytes = ledger_totals.bytes + excluded.bytes"}
	for k, n := range sums {
		totals.rows = append(totals.rows, []any{k.ProjectID, k.Category, k.Outcome, k.Reason, n.Quantity, n.Bytes})
	}
	return totals
}

// LedgerTotals implements store.StatsReader.
func (s *Store) LedgerTotals(ctx context.Context) (list []store.LedgerCount, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (l store.LedgerCount, err error) {
			return l, r.Scan(&l.ProjectID, &l.Category, &l.Outcome, &l.Reason, &l.Quantity, &l.Bytes)
		}, "SELECT project_id, category, outcome, reason, quantity, bytes FROM ledger_totals ORDER BY project_id, category, outcome, reason")
		return err
	})
	return list, err
}
