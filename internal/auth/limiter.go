package auth

import (
	"sync"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// maxBuckets bounds the memory of a limiter. When it is reached, buckets that
// are full again go first; if none is, everything is forgotten, which costs an
// attacker far more addresses than it gains guesses.
const maxBuckets = 20_000

// limiter holds a token bucket for each key. A failed attempt costs a token, a
// successful one gives it back.
type limiter struct {
	burst  float64
	refill time.Duration

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(burst int, refill time.Duration) *limiter {
	return &limiter{burst: float64(burst), refill: refill, buckets: map[string]*bucket{}}
}

// take spends a token of the key, or says how long to wait.
func (l *limiter) take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, now)
	if b.tokens < 1 {
		wait := time.Duration((1 - b.tokens) * float64(l.refill))
		return &fault.Error{
			Code:       fault.RateLimited,
			Message:    "too many attempts; wait before you try again",
			RetryAfter: max(wait, time.Second),
		}
	}
	b.tokens--
	return nil
}

// giveBack returns the token of an attempt that succeeded.
func (l *limiter) giveBack(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, now)
	b.tokens = min(b.tokens+1, l.burst)
}

func (l *limiter) bucket(key string, now time.Time) *bucket {
	b, ok := l.buckets[key]
	if !ok {
		l.makeRoom(now)
		b = &bucket{tokens: l.burst, at: now}
		l.buckets[key] = b
		return b
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.tokens+float64(passed)/float64(l.refill), l.burst)
		b.at = now
	}
	return b
}

func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	full := time.Duration(l.burst) * l.refill
	for key, b := range l.buckets {
		if now.Sub(b.at) >= full {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}
