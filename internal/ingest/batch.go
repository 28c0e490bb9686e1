package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// Admit asks the limiter, appends what may be kept together with the ledger
// lines of what may not, and returns once all of it is durable. Bodies are not
// held on to afterwards. When everything was refused by limits nothing is
// appended and the refusals are counted with a delay: see Serve.
//
// The error, if any, is a fault.Unavailable of the log: then nothing was kept.
func (a *Admission) Admit(ctx context.Context, access *Access, meta eventlog.Meta, items []Item) (Receipt, error) {
	b := batch{a: a, access: access, now: a.Now(), items: items}
	b.receipt.Kept = make([]int64, len(items))
	b.decide(ctx)
	b.pack(meta)
	if len(b.records) == 0 && len(b.receipt.Limits) > 0 {
		for _, count := range b.ledger {
			a.refuse(access, count)
		}
		return b.receipt, nil
	}
	if err := b.addLedger(); err != nil || len(b.records) == 0 {
		return b.receipt, err
	}
	if err := a.config.Log.Append(ctx, b.records); err != nil {
		return Receipt{}, fmt.Errorf("append to the event log: %w", err)
	}
	a.counts.Items.Add(int64(len(b.records)))
	a.counts.Bytes.Add(b.bytes)
	return b.receipt, nil
}

// batch is one call of Admit.
type batch struct {
	a       *Admission
	access  *Access
	now     int64
	items   []Item
	records []eventlog.Record
	ledger  []store.LedgerCount
	bytes   int64
	receipt Receipt
}

// decide asks the limiter once per category and shares what it grants among the items in order.
func (b *batch) decide(ctx context.Context) {
	var asked [16]string
	seen := asked[:0]
	for i := range b.items {
		category := b.items[i].Category
		if b.items[i].Drop != "" || slices.Contains(seen, category) {
			continue
		}
		seen = append(seen, category)
		d := Demand{Category: category, Now: b.now}
		for j := range b.items[i:] {
			if item := &b.items[i+j]; item.Category == category && item.Drop == "" {
				d.Quantity += item.quantity()
				d.Bytes += int64(len(item.Body))
			}
		}
		b.grant(category, b.a.config.Limiter.Allow(ctx, b.access, d))
	}
}

func (b *batch) grant(category string, d Decision) {
	left, dropped := max(d.Allowed, 0), int64(0)
	for i := range b.items {
		if item := &b.items[i]; item.Category == category && item.Drop == "" {
			kept := min(left, item.quantity())
			if kept < item.quantity() && item.Shorten == nil {
				kept = 0
			}
			b.receipt.Kept[i] = kept
			left -= kept
			dropped += item.quantity() - kept
		}
	}
	if dropped == 0 {
		return
	}
	outcome := d.Outcome
	if outcome == "" {
		outcome = store.RateLimited
	}
	b.count(category, outcome, d.Reason, dropped, 0)
	if outcome == store.RateLimited {
		b.a.counts.Refused.Add(dropped)
		b.receipt.Limits = append(b.receipt.Limits, Limit{
			Category: category, RetryAfter: max(d.RetryAfter, time.Second), Scope: d.Scope, Reason: d.Reason,
		})
	}
}

// pack makes the records of what is kept and counts what is dropped.
func (b *batch) pack(meta eventlog.Meta) {
	b.records = make([]eventlog.Record, 0, len(b.items)+1) // one more for the ledger
	for i := range b.items {
		item := &b.items[i]
		if item.Drop != "" {
			b.count(item.Category, item.Drop, item.Reason, item.quantity(), int64(len(item.Body)))
			continue
		}
		kept := b.receipt.Kept[i]
		if kept == 0 {
			continue
		}
		if kept < item.quantity() {
			item.Body = item.Shorten(kept)
		}
		m := meta
		m.Filename, m.ContentType = item.Filename, item.ContentType
		b.bytes += int64(len(item.Body))
		b.records = append(b.records, eventlog.Record{
			Kind: item.Kind, ProjectID: b.access.ProjectID, KeyID: b.access.KeyID,
			Received: b.now, EventID: item.EventID, Meta: m, Body: item.Body,
		})
	}
}

// addLedger appends a record with the counts of what is not kept.
func (b *batch) addLedger() error {
	if len(b.ledger) == 0 {
		return nil
	}
	r, err := ledgerRecord(b.access, b.now, b.ledger)
	if err != nil {
		return err
	}
	b.records = append(b.records, r)
	return nil
}

func ledgerRecord(access *Access, now int64, counts []store.LedgerCount) (eventlog.Record, error) {
	body, err := json.Marshal(counts)
	if err != nil {
		return eventlog.Record{}, fmt.Errorf("write ledger counts: %w", err)
	}
	return eventlog.Record{
		Kind: eventlog.KindLedger, ProjectID: access.ProjectID, KeyID: access.KeyID, Received: now, Body: body,
	}, nil
}

func (b *batch) count(category, outcome, reason string, quantity, bytes int64) {
	for i := range b.ledger {
		if c := &b.ledger[i]; c.Category == category && c.Outcome == outcome && c.Reason == reason {
			c.Quantity += quantity
			c.Bytes += bytes
			return
		}
	}
	b.ledger = append(b.ledger, store.LedgerCount{
		ProjectID: b.access.ProjectID, Minute: b.now / 60e6, Category: category, Outcome: outcome,
		Reason: reason, Quantity: quantity, Bytes: bytes,
	})
}
