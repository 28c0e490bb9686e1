package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// serve runs a tree in the bubble and returns a function that stops it and returns its error.
func serve(t *testing.T, tree *Tree) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tree.Serve(ctx) }()
	return func() error {
		cancel()
		return <-done
	}
}

func forever(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAFailingServiceRestartsAlone(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(ctx context.Context) error{
		"error":             func(context.Context) error { return errors.New("broken") },
		"panic":             func(context.Context) error { panic("broken") },
		"wrapped deadline":  func(context.Context) error { return fmt.Errorf("query: %w", context.DeadlineExceeded) },
		"wrapped cancelled": func(context.Context) error { return fmt.Errorf("query: %w", context.Canceled) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tree := New("test", quiet())
				var failing, sibling int
				tree.Branch("one").Add("failing", Func(func(ctx context.Context) error {
					if failing++; failing < 4 {
						return fail(ctx)
					}
					return forever(ctx)
				}))
				tree.Branch("two").Add("sibling", Func(func(ctx context.Context) error {
					sibling++
					return forever(ctx)
				}))
				stop := serve(t, tree)
				time.Sleep(minBackoff * (1 + 2 + 4))
				synctest.Wait()
				if failing != 4 || sibling != 1 {
					t.Errorf("failing service ran %d times, its sibling %d times; want 4 and 1", failing, sibling)
				}
				if err := stop(); err != nil {
					t.Errorf("tree ended with %v", err)
				}
			})
		})
	}
}

func TestFatalEndsTheTree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("disk is gone")
		tree := New("test", quiet())
		tree.Branch("deep").Branch("deeper").Add("log", Func(func(context.Context) error {
			return fmt.Errorf("open: %w", Fatal(broken))
		}))
		ended := false
		tree.Add("other", Func(func(ctx context.Context) error {
			err := forever(ctx)
			ended = true
			return err
		}))
		if err := tree.Serve(t.Context()); !errors.Is(err, broken) {
			t.Errorf("tree ended with %v, want %v", err, broken)
		}
		if !ended {
			t.Error("the other service still runs")
		}
	})
}

func TestAServiceThatIsDoneStaysDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tree := New("test", quiet())
		runs := 0
		tree.Add("once", Func(func(context.Context) error { runs++; return nil }))
		stop := serve(t, tree)
		time.Sleep(time.Hour)
		if err := stop(); err != nil || runs != 1 {
			t.Errorf("ran %d times, %v", runs, err)
		}
	})
}

func TestRemoveWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tree := New("test", quiet())
		ended := false
		remove := tree.Add("service", Func(func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended = true
			return ctx.Err()
		}))
		stop := serve(t, tree)
		synctest.Wait()
		remove()
		if !ended {
			t.Error("remove returned before the service ended")
		}
		_ = stop()
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	var b backoff
	var got []time.Duration
	for range 11 {
		got = append(got, b.next(0))
	}
	if got[0] != minBackoff || got[1] != 2*minBackoff || got[10] != maxBackoff {
		t.Errorf("pauses = %v", got)
	}
	if d := b.next(healthy); d != minBackoff {
		t.Errorf("pause after a healthy run = %v", d)
	}
}

func TestRepeatedFailuresAreLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, nil))
		var d damper
		for range 10 {
			d.log(logger, errors.New("same"), 0)
		}
		d.log(logger, errors.New("other"), 0)
		time.Sleep(time.Minute)
		d.log(logger, errors.New("other"), 0)
		if n := strings.Count(out.String(), "\n"); n != 3 {
			t.Errorf("%d lines, want 3:\n%s", n, out.String())
		}
	})
}

func TestEvery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Time
		service := Every(time.Minute, 10*time.Second, func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			if len(at) == 5 {
				return errors.New("broken")
			}
			return nil
		})
		start := time.Now()
		if err := service.Serve(t.Context()); err == nil {
			t.Error("an error of runOnce was swallowed")
		}
		if first := at[0].Sub(start); first > 10*time.Second {
			t.Errorf("first run after %v", first)
		}
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < 50*time.Second || gap > 70*time.Second {
				t.Errorf("run %d came %v after the one before", i, gap)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := service.Serve(ctx); err != nil {
			t.Errorf("a stopped loop returned %v", err)
		}
	})
}
