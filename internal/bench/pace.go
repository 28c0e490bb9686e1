package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A job is a batch of events to send in one request.
type job struct {
	seq   uint64
	count int
	// due is when the request should have begun. Latency counts from here: a
	// server that stalls also delays what would have been sent meanwhile.
	due time.Time
}

// A pace says how fast and how long jobs come. Exactly one of Rate (events a
// second, fixed) and a closed loop (Rate 0) is in force; Workers bounds the
// requests in flight in both.
type pace struct {
	Rate     float64
	Workers  int
	Batch    int
	Duration time.Duration
	Events   uint64
	// First is the first sequence number.
	First uint64
}

// paced is what became of a pace.
type paced struct {
	// Next is the first sequence number that was not given out.
	Next uint64
	// Offered is the number of events that were due.
	Offered uint64
	// Overruns counts jobs that were due while all workers were busy.
	Overruns uint64
	// Missed are the jobs that were due but never got a worker before the end; Unsent is how many events that makes.
	Missed []job
	Unsent uint64
}

// worker does one worker's jobs, one after the other, and is then closed.
type worker interface {
	do(ctx context.Context, j job)
	close()
}

// run gives out jobs until time or events are used up or ctx ends, and
// returns when all workers are done.
func (p pace) run(ctx context.Context, newWorker func() worker) paced {
	if p.Rate > 0 {
		return p.open(ctx, newWorker)
	}
	return p.closed(ctx, newWorker)
}

func (p pace) closed(ctx context.Context, newWorker func() worker) paced {
	var given atomic.Uint64
	var wg sync.WaitGroup
	end := time.Now().Add(p.Duration)
	for range p.Workers {
		wg.Go(func() {
			w := newWorker()
			defer w.close()
			for ctx.Err() == nil {
				now := time.Now()
				if !now.Before(end) {
					return
				}
				at := given.Add(uint64(p.Batch)) - uint64(p.Batch)
				if at >= p.Events {
					return
				}
				w.do(ctx, p.job(at, now))
			}
		})
	}
	wg.Wait()
	n := min(given.Load(), p.Events)
	return paced{Next: p.First + n, Offered: n}
}

func (p pace) job(at uint64, due time.Time) job {
	return job{seq: p.First + at, count: int(min(uint64(p.Batch), p.Events-at)), due: due}
}

// open is the fixed rate: due times come from the clock alone, and workers are
// started only when no idle one is left, so that few connections carry what few can.
func (p pace) open(ctx context.Context, newWorker func() worker) (result paced) {
	start := time.Now()
	end := start.Add(p.Duration)
	jobs := make(chan job)
	crew := &crew{jobs: jobs, limit: p.Workers, newWorker: newWorker}
	atEnd, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()

	var at uint64
	for ; at < p.Events; at += uint64(p.Batch) {
		due := start.Add(time.Duration(float64(at) / p.Rate * float64(time.Second)))
		if !due.Before(end) || !sleepUntil(ctx, timer, due) {
			break
		}
		j := p.job(at, due)
		result.Offered += uint64(j.count)
		if !crew.give(ctx, atEnd, j) {
			result.Missed = append(result.Missed, j)
			result.Unsent += uint64(j.count)
		}
	}
	close(jobs)
	crew.wg.Wait()
	result.Next, result.Overruns = p.First+min(at, p.Events), crew.overruns
	return result
}

// sleepUntil returns false when ctx ended first.
func sleepUntil(ctx context.Context, timer *time.Timer, due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer.Reset(wait)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A crew is the workers of a fixed rate, started as they are needed.
type crew struct {
	jobs      chan job
	limit     int
	started   int
	overruns  uint64
	newWorker func() worker
	wg        sync.WaitGroup
}

// give hands a job to an idle worker, or to a new one, or waits until one is
// idle; it returns false when atEnd comes first.
func (c *crew) give(ctx, atEnd context.Context, j job) bool {
	select {
	case c.jobs <- j:
		return true
	default:
	}
	if c.started < c.limit {
		c.started++
		c.wg.Go(func() { c.work(ctx, j) })
		return true
	}
	c.overruns++
	select {
	case c.jobs <- j:
		return true
	case <-atEnd.Done():
		return false
	}
}

func (c *crew) work(ctx context.Context, first job) {
	w := c.newWorker()
	defer w.close()
	w.do(ctx, first)
	for j := range c.jobs {
		w.do(ctx, j)
	}
}
