package pipeline

import (
	"context"
	"errors"
	"sync/atomic"
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
	p.pace.ended = time.Now()
	return messages, nil
}

func count(messages []eventlog.Message) int {
	n := 0
	for _, m := range messages {
		n += max(len(m.Records), 1)
	}
	return n
}

// pace says when the next batch ends. A transaction touches each issue, counter
// and page once however many events move it, so an event costs less the more
// share a batch (measured on SQLite: 195 µs in batches of 250, 144 in those of
// 1,000, 120 in those of 2,500). While commits take less than half of the time, a
// batch ends every calm interval; where they would take more, the interval grows
// until they do not, to the busy one at most.
type pace struct {
	calm, busy time.Duration
	// ended is when the batch before ended. It belongs to the goroutine that gathers.
	ended time.Time
	// took is how long the last commit took.
	took atomic.Int64
}

// next returns when the batch after the one before should end.
func (p *pace) next() time.Time {
	return p.ended.Add(min(max(2*time.Duration(p.took.Load()), p.calm), p.busy))
}

func (p *pace) committed(took time.Duration) { p.took.Store(int64(took)) }
