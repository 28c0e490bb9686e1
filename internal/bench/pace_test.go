package bench

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a crew of workers that take a set time for each job.
type recorder struct {
	mu        sync.Mutex
	cost      func(job) time.Duration
	latencies []time.Duration
	seqs      []uint64
	events    int
	workers   int
	closed    int
}

func (r *recorder) worker() worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers++
	return r
}

func (r *recorder) do(_ context.Context, j job) {
	time.Sleep(r.cost(j))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latencies = append(r.latencies, time.Since(j.due))
	r.seqs = append(r.seqs, j.seq)
	r.events += j.count
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
}

func takes(d time.Duration) func(job) time.Duration { return func(job) time.Duration { return d } }

func TestFixedRateIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{cost: takes(3 * time.Millisecond)}
		start := time.Now()
		p := pace{Rate: 1000, Workers: 50, Batch: 1, Duration: 2 * time.Second, Events: 1 << 40, First: 100}
		got := p.run(t.Context(), r.worker)
		if got.Offered != 2000 || r.events != 2000 || got.Unsent != 0 || got.Overruns != 0 || got.Next != 2100 {
			t.Errorf("got %+v and %d events", got, r.events)
		}
		if took := time.Since(start); took < 2*time.Second || took > 2010*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		if r.workers > 10 || r.closed != r.workers {
			t.Errorf("%d workers were started, %d closed; 3 at a time are enough", r.workers, r.closed)
		}
		if slices.Max(r.latencies) != 3*time.Millisecond {
			t.Errorf("the worst latency is %v", slices.Max(r.latencies))
		}
	})
}

// A stall must show in the latency of everything that was due meanwhile, not only of what was being sent.
func TestStallsAreNotOmitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{cost: func(j job) time.Duration {
			if j.seq == 100 {
				return time.Second
			}
			return time.Millisecond
		}}
		p := pace{Rate: 100, Workers: 1, Batch: 1, Duration: 4 * time.Second, Events: 1 << 40}
		got := p.run(t.Context(), r.worker)
		late := 0
		for _, l := range r.latencies {
			if l > 10*time.Millisecond {
				late++
			}
		}
		// One stalls for a second; the hundred due in it wait 990 ms, 980 ms … and the backlog is worked off at 1 ms each.
		if late < 100 || late > 125 || got.Overruns < 100 || got.Offered != 400 || r.events != 400 {
			t.Errorf("%d late, %d overruns, %+v", late, got.Overruns, got)
		}
	})
}

func TestOverloadIsBoundedAndCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{cost: takes(100 * time.Millisecond)}
		start := time.Now()
		p := pace{Rate: 1000, Workers: 10, Batch: 1, Duration: time.Second, Events: 1 << 40}
		got := p.run(t.Context(), r.worker)
		if r.workers != 10 || uint64(r.events)+got.Unsent != 1000 || got.Offered != 1000 || len(got.Missed) == 0 {
			t.Errorf("%d workers sent %d: %d offered, %d unsent", r.workers, r.events, got.Offered, got.Unsent)
		}
		if r.events > 110 {
			t.Errorf("10 workers at 100 ms cannot send %d in a second", r.events)
		}
		if took := time.Since(start); took > 1200*time.Millisecond {
			t.Errorf("it went on for %v", took)
		}
	})
}

func TestClosedLoopEndsByEventsOrTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{cost: takes(10 * time.Millisecond)}
		got := pace{Workers: 4, Batch: 7, Duration: time.Hour, Events: 100}.run(t.Context(), r.worker)
		slices.Sort(r.seqs)
		if got.Offered != 100 || got.Next != 100 || r.events != 100 || len(slices.Compact(r.seqs)) != 15 {
			t.Errorf("by events: %+v, %d events, jobs at %v", got, r.events, r.seqs)
		}
		r = &recorder{cost: takes(10 * time.Millisecond)}
		got = pace{Workers: 4, Batch: 1, Duration: time.Second, Events: 1 << 40}.run(t.Context(), r.worker)
		if got.Offered != 400 || r.events != 400 || r.closed != 4 {
			t.Errorf("by time: %+v, %d events", got, r.events)
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 100} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			r := &recorder{cost: takes(10 * time.Millisecond)}
			start := time.Now()
			got := pace{Rate: rate, Workers: 2, Batch: 1, Duration: time.Hour, Events: 1 << 40}.run(ctx, r.worker)
			if took := time.Since(start); took > 1020*time.Millisecond || got.Next != uint64(r.events) {
				t.Errorf("rate %v: ended after %v with %+v and %d events", rate, took, got, r.events)
			}
		})
	}
}
