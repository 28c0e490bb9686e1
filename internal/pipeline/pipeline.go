// Package pipeline turns what the event log holds into what the store keeps:
// it decodes, normalizes, filters and groups records, applies them in one
// transaction, tells the facts, and acknowledges, always in this order. A crash
// anywhere leads to the same result, because the store recognises what it has
// applied and facts keep their ids.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Projects looks up projects with their settings; store.ErrNotFound for deleted ones.
type Projects interface {
	GetProject(ctx context.Context, id int64) (org.Project, error)
}

// Issues looks up the issues that facts tell about.
type Issues interface {
	GetIssue(ctx context.Context, id int64) (issue.Issue, error)
}

// Publisher is the half of eventlog.Facts that the processor needs.
type Publisher interface {
	Wanted(projectID int64) bool
	Publish(ctx context.Context, facts []eventlog.Fact) error
}

// Parts are what a Processor works with. All but Learners and Logger are required.
type Parts struct {
	Consumer eventlog.Consumer
	// Partition is the name under which the store keeps the applied sequence.
	Partition string
	Applier   store.Applier
	Projects  Projects
	Issues    Issues
	Facts     Publisher
	// Learners keep what is learned of log patterns; without it, learning starts over with each process.
	Learners store.Learners
	Logger   *slog.Logger
}

// Options tune a Processor; the zero value of each field means its default.
type Options struct {
	// MaxBatch is how many records a transaction takes at most, default 2500.
	MaxBatch int
	// Interval is the least time between the ends of two batches, default
	// 100 ms: after a quiet time a record is processed at once. Under load it
	// grows up to BusyInterval, default four times as long: see pace.
	Interval, BusyInterval time.Duration
	// Workers decode a large batch in parallel, default one less than processors
	// (GOMAXPROCS), so that requests need not wait for a batch to be decoded.
	Workers int
}

// Processor processes one partition. Serve may be called again after it returned, never twice at once.
type Processor struct {
	parts   Parts
	options Options
	rules   *rulebook
	learned *learners
	now     func() time.Time
	pace    pace
	// events are what each worker reads events into.
	events []event.Memory

	// applied is the sequence through which the store has applied the partition.
	applied uint64
	// crash stops the processor after a stage, for tests; nil otherwise.
	crash func(stage) error
}

// stage is a point of a batch's way behind which a crash must do no harm.
type stage string

const (
	afterTransaction stage = "transaction"
	afterFacts       stage = "facts"
	afterAck         stage = "ack"
)

// New makes a processor.
func New(p Parts, o Options) *Processor {
	o.MaxBatch = cmp.Or(o.MaxBatch, 2500)
	o.Interval = cmp.Or(o.Interval, 100*time.Millisecond)
	o.BusyInterval = cmp.Or(o.BusyInterval, 4*o.Interval)
	o.Workers = cmp.Or(o.Workers, max(1, runtime.GOMAXPROCS(0)-1))
	p.Logger = cmp.Or(p.Logger, slog.New(slog.DiscardHandler))
	return &Processor{
		parts: p, options: o, rules: newRulebook(p.Projects, p.Logger), now: time.Now,
		learned: newLearners(p.Learners, p.Logger),
		pace:    pace{calm: o.Interval, busy: o.BusyInterval},
		events:  make([]event.Memory, o.Workers),
	}
}

// Serve processes until ctx ends. After an error it must be called again: the
// log hands out what was not acknowledged.
func (p *Processor) Serve(ctx context.Context) error {
	defer p.learned.close(ctx)
	if err := p.resume(ctx); err != nil {
		return err
	}
	if err := p.run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// run decodes a batch while the one before is committed.
func (p *Processor) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	decoded := make(chan prepared)
	g.Go(func() error { return p.decodeAll(ctx, decoded) })
	g.Go(func() error { return p.commitAll(ctx, decoded) })
	return g.Wait()
}

func (p *Processor) decodeAll(ctx context.Context, decoded chan<- prepared) error {
	for {
		messages, err := p.gather(ctx)
		if err != nil {
			return err
		}
		b, err := p.prepare(ctx, messages)
		if err != nil {
			return err
		}
		select {
		case decoded <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		p.learned.save(ctx)
	}
}

func (p *Processor) commitAll(ctx context.Context, decoded <-chan prepared) error {
	for {
		select {
		case b := <-decoded:
			start := time.Now()
			old, fresh := b.splitAt(p.applied)
			for _, part := range []batch{old, fresh} {
				if err := p.commit(ctx, part); err != nil {
					return err
				}
			}
			b.release()
			p.pace.committed(time.Since(start))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// resume goes back to the first message that was not acknowledged.
func (p *Processor) resume(ctx context.Context) error {
	if err := p.parts.Consumer.Rewind(ctx); err != nil {
		return fmt.Errorf("rewind event log: %w", err)
	}
	return p.retry(ctx, "read applied sequence", func() (err error) {
		p.applied, err = p.parts.Applier.AppliedThrough(ctx, p.parts.Partition)
		return err
	})
}

// splitAt parts the messages that the store has applied already from the new
// ones: batches are cut differently after a restart, and a batch must be one or the other.
func (b batch) splitAt(applied uint64) (old, fresh batch) {
	for i, m := range b {
		if m.Seq > applied {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// commit takes decoded messages the rest of the way: transaction, facts, acknowledgement.
func (p *Processor) commit(ctx context.Context, b batch) error {
	if len(b) == 0 {
		return nil
	}
	result, err := p.apply(ctx, b)
	if err != nil {
		return err
	}
	if result == nil {
		return nil // the batch was committed in parts
	}
	if err := p.at(afterTransaction); err != nil {
		return err
	}
	if err := p.tell(ctx, b, result); err != nil {
		return err
	}
	if err := p.at(afterFacts); err != nil {
		return err
	}
	if err := p.parts.Consumer.Ack(ctx, b.through()); err != nil {
		return fmt.Errorf("acknowledge batch: %w", err)
	}
	return p.at(afterAck)
}

func (p *Processor) at(s stage) error {
	if p.crash == nil {
		return nil
	}
	return p.crash(s)
}

const (
	firstPause = 50 * time.Millisecond
	longPause  = 5 * time.Second
	logEvery   = 30 * time.Second
)

// retry repeats what the store refuses for now, as long as it takes: meanwhile
// the log absorbs what arrives.
func (p *Processor) retry(ctx context.Context, what string, try func() error) error {
	var logged time.Time
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := try()
		if err == nil || permanent(err) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
		if time.Since(logged) > logEvery {
			p.parts.Logger.Error("the store does not take events; the log keeps them until it does", "doing", what, "error", err)
			logged = time.Now()
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// permanent errors do not go away by waiting.
func permanent(err error) bool {
	_, data := errors.AsType[*store.DataError](err)
	return data || errors.Is(err, store.ErrNotFound)
}
