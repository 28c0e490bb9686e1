package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
)

// inlet is a consumer that the test feeds.
type inlet struct {
	eventlog.Consumer
	messages chan eventlog.Message
}

func (c *inlet) Next(ctx context.Context, _ int) ([]eventlog.Message, error) {
	select {
	case m := <-c.messages:
		return []eventlog.Message{m}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestGather(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &inlet{messages: make(chan eventlog.Message, 100)}
		p := New(Parts{Consumer: c}, Options{Interval: 100 * time.Millisecond, MaxBatch: 5})
		one := eventlog.Message{Records: make([]eventlog.Record, 1)}
		gather := func(want int, after time.Duration) {
			t.Helper()
			start := time.Now()
			messages, err := p.gather(t.Context())
			if err != nil || len(messages) != want || time.Since(start) != after {
				t.Errorf("gathered %d messages after %v, want %d after %v: %v", len(messages), time.Since(start), want, after, err)
			}
		}
		time.Sleep(time.Hour)
		c.messages <- one
		gather(1, 0) // after a quiet time: at once
		time.Sleep(30 * time.Millisecond)
		c.messages <- one
		go func() {
			time.Sleep(40 * time.Millisecond)
			c.messages <- one
		}()
		gather(2, 70*time.Millisecond) // soon after: what comes until the interval is over
		for range 7 {
			c.messages <- one
		}
		gather(5, 0) // a full batch does not wait
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 { // select may pick a message that is there
			if _, err := p.gather(ctx); errors.Is(err, context.Canceled) {
				return
			}
		}
		t.Error("gather went on after its context ended")
	})
}

// counting is a source of projects that counts how often it is asked.
type counting struct {
	asked int
	err   error
}

func (c *counting) GetProject(_ context.Context, id int64) (org.Project, error) {
	c.asked++
	return org.Project{ID: id, Version: int64(c.asked)}, c.err
}

func TestCachedProjects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &counting{}
		cache := NewCachedProjects(source, time.Second)
		version := func(id, want int64) {
			t.Helper()
			if p, err := cache.GetProject(t.Context(), id); err != nil || p.Version != want {
				t.Errorf("version %d, want %d: %v", p.Version, want, err)
			}
		}
		version(1, 1)
		version(1, 1)
		cache.Forget(1)
		version(1, 2)
		time.Sleep(2 * time.Second)
		version(1, 3)
		version(2, 4)
		source.err = errors.New("down")
		version(2, 4)
		cache.Forget(2)
		if _, err := cache.GetProject(t.Context(), 2); err == nil {
			t.Error("an error was swallowed")
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct{ took, want time.Duration }{
		{0, 100 * time.Millisecond},
		{40 * time.Millisecond, 100 * time.Millisecond},
		{160 * time.Millisecond, 320 * time.Millisecond},
		{time.Second, 400 * time.Millisecond},
	} {
		p := pace{calm: 100 * time.Millisecond, busy: 400 * time.Millisecond, ended: start}
		p.committed(c.took)
		if got := p.next().Sub(start); got != c.want {
			t.Errorf("after a commit that took %v the next batch ends %v later, want %v", c.took, got, c.want)
		}
	}
}
