package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/store"
)

// apply writes a batch in one transaction. Rows that the database refuses are
// buried and the rest is applied; nil is returned when that took several batches, which are then committed.
func (p *Processor) apply(ctx context.Context, b batch) (*store.Result, error) {
	if err := p.bury(ctx, b); err != nil {
		return nil, err
	}
	for {
		rows, origin := p.rows(b)
		var result *store.Result
		err := p.retry(ctx, "apply batch", func() (err error) {
			result, err = p.parts.Applier.Apply(ctx, rows)
			return err
		})
		if err == nil {
			p.applied = max(p.applied, rows.Through)
			return result, nil
		}
		refused, ok := errors.AsType[*store.DataError](err)
		if !ok {
			return nil, fmt.Errorf("apply batch: %w", err)
		}
		p.parts.Logger.Error("the store refuses a row", "seq", rows.Through, "index", refused.Index, "error", refused.Err)
		if refused.Index < 0 || refused.Index >= len(origin) {
			return nil, p.bisect(ctx, b, refused)
		}
		if err := p.refuse(ctx, origin[refused.Index], refused); err != nil {
			return nil, err
		}
	}
}

// bury moves the records that could not be decoded to the dead letters, before
// the transaction that counts them as failed. After a crash in between they are
// buried again, which keeps them once.
func (p *Processor) bury(ctx context.Context, b batch) error {
	for it := range b.items() {
		if it.buried == "" {
			continue
		}
		if err := p.parts.Consumer.Bury(ctx, it.of.Message, it.index, it.cause()); err != nil {
			return fmt.Errorf("bury record: %w", err)
		}
	}
	return nil
}

// refuse buries the record of a row that the database does not take.
func (p *Processor) refuse(ctx context.Context, it *item, why *store.DataError) error {
	o := dropped(it.record(), store.Failed, "refused")
	o.buried = why.Error()
	it.outcome = o
	if err := p.parts.Consumer.Bury(ctx, it.of.Message, it.index, it.cause()); err != nil {
		return fmt.Errorf("bury refused record: %w", err)
	}
	return nil
}

// bisect commits the messages of a batch in halves, because the database cannot
// say which row it refuses. Of a message alone all records are buried: replayed,
// each is a message of its own, and only the bad one comes back.
func (p *Processor) bisect(ctx context.Context, b batch, why *store.DataError) error {
	if len(b) > 1 {
		half := len(b) / 2
		for _, part := range []batch{b[:half], b[half:]} {
			if err := p.commit(ctx, part); err != nil {
				return err
			}
		}
		return nil
	}
	stuck := true
	for it := range b.items() {
		if it.buried == "" && len(it.events)+len(it.logs)+len(it.reports)+len(it.files) > 0 {
			stuck = false
			if err := p.refuse(ctx, it, why); err != nil {
				return err
			}
		}
	}
	if stuck {
		return fmt.Errorf("the store refuses a batch without rows: %w", why)
	}
	return p.commit(ctx, b)
}
