package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// flushInterval is how long refusals wait for the ledger. They were answered
// with an error, so a crash may lose their count, never one of accepted data.
const flushInterval = time.Second

// maxTallies bounds the different counts that wait.
const maxTallies = 10000

// tally gathers counts of refused requests, so that refusing costs no write.
type tally struct {
	mu     sync.Mutex
	counts map[store.LedgerCount]*store.LedgerCount
}

// refuse counts what was answered with an error.
func (a *Admission) refuse(access *Access, c store.LedgerCount) {
	c.ProjectID, c.Minute = access.ProjectID, a.Now()/60e6
	key := c
	key.Quantity, key.Bytes = 0, 0
	t := &a.refused
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.counts[key]; known != nil {
		known.Quantity += c.Quantity
		known.Bytes += c.Bytes
		return
	}
	if t.counts == nil {
		t.counts = map[store.LedgerCount]*store.LedgerCount{}
	}
	if len(t.counts) < maxTallies {
		t.counts[key] = &c
	}
}

func (t *tally) take() map[store.LedgerCount]*store.LedgerCount {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := t.counts
	t.counts = nil
	return counts
}

// Flush appends the counts of refused requests to the log; on an error they stay for the next call.
func (a *Admission) Flush(ctx context.Context) error {
	byProject := map[int64][]store.LedgerCount{}
	for _, c := range a.refused.take() {
		byProject[c.ProjectID] = append(byProject[c.ProjectID], *c)
	}
	records := make([]eventlog.Record, 0, len(byProject))
	for project, counts := range byProject {
		r, err := ledgerRecord(&Access{ProjectID: project}, a.Now(), counts)
		if err != nil {
			return err
		}
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil
	}
	err := a.config.Log.Append(ctx, records)
	if err == nil {
		return nil
	}
	for project, counts := range byProject {
		for _, c := range counts {
			a.refuse(&Access{ProjectID: project}, c)
		}
	}
	return fmt.Errorf("append refused counts to the event log: %w", err)
}

// Serve flushes once a second until ctx ends, and then a last time.
func (a *Admission) Serve(ctx context.Context) error {
	ticker := time.NewTicker(flushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = a.Flush(ctx) // the log reports its own failures; the counts stay
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushInterval)
			defer cancel()
			_ = a.Flush(last) // a log that closed before keeps nothing more
			return ctx.Err()
		}
	}
}
