package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
)

// gather takes the next batch from the log: at once after a quiet time,
// otherwise all that arrives until the pace says so.
func (p *Processor) gather(ctx context.Context) ([]eventlog.Message, error) {
	limit := p.options.MaxBatch
	messages, err := p.parts.Consumer.Next(ctx, limit)
	if err != nil {
		return nil, err
	}
	until := p.pace.next()
	n := count(messages)
	for n < limit && time.Now().Before(until) {
		waiting, cancel := context.WithDeadline(ctx, until)
		more, err := p.parts.Consumer.Next(waiting, limit-n)
		cancel()
		messages = append(messages, more...)
		n += count(more)
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return nil, err
		}
	}
	p.pace.began(time.Now())
	return messages, nil
}

func count(messages []eventlog.Message) int {
	n := 0
	for _, m := range messages {
		n += max(len(m.Records), 1)
	}
	return n
}

// pace says when the next batch begins. A transaction touches each issue,
// counter and page once however many events move it, so an event costs less the
// more share a batch (measured on SQLite: 195 µs in batches of 250, 144 in those
// of 1,000, 120 in those of 2,500). While batches take less than half of the
// time, one begins every calm interval; where they would take more, the interval
// grows until they do not, to the busy one at most.
type pace struct {
	calm, busy time.Duration
	// started is when the batch before began, took how long it was worked on.
	started time.Time
	took    time.Duration
}

// next returns when the batch after the one before should begin.
func (p *pace) next() time.Time {
	return p.started.Add(min(max(2*p.took, p.calm), p.busy))
}

func (p *pace) began(now time.Time) { p.started = now }

func (p *pace) ended(now time.Time) { p.took = now.Sub(p.started) }
