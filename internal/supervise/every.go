package supervise

import (
	"context"
	"math/rand/v2"
	"time"
)

// Every makes a service that calls runOnce again and again, interval after the
// previous call ended, give or take up to jitter. The first call comes after a
// pause of up to jitter, so that nodes that start together do not run together.
// An error of runOnce restarts the service with its backoff.
func Every(interval, jitter time.Duration, runOnce func(ctx context.Context) error) Service {
	return Func(func(ctx context.Context) error {
		pause := spread(jitter)
		for {
			if !sleep(ctx, pause) {
				return nil
			}
			if err := runOnce(ctx); err != nil {
				return err
			}
			pause = max(interval+spread(2*jitter)-jitter, 0)
		}
	})
}

// spread returns a random duration from 0 to d.
func spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d + 1)
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
