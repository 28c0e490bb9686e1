package quota

import (
	"cmp"
	"time"
)

const minuteMicros = 60_000_000

// rate is how many tokens come in, and how many a bucket holds: what may be sent
// at once after a pause. A burst of 0 is one minute's worth.
type rate struct {
	perMinute, burst int64
}

func (r rate) size() float64 { return float64(cmp.Or(r.burst, r.perMinute)) }

// bucket is a token bucket.
type bucket struct {
	rate   rate
	tokens float64
	at     int64 // Unix µs up to which tokens are filled
}

func newBucket(r rate, now int64) *bucket {
	return &bucket{rate: r, tokens: r.size(), at: now}
}

// setRate changes the rate and is felt at once: a larger bucket gets the
// difference, of a smaller one what is above its size is lost.
func (b *bucket) setRate(r rate, now int64) {
	if b.rate == r {
		return
	}
	b.fill(now)
	b.tokens = min(b.tokens+max(r.size()-b.rate.size(), 0), r.size())
	b.rate = r
}

// fill adds what came in since the last call and returns the whole tokens.
func (b *bucket) fill(now int64) int64 {
	if passed := now - b.at; passed > 0 {
		b.tokens = min(b.tokens+float64(passed)*float64(b.rate.perMinute)/minuteMicros, b.rate.size())
		b.at = now
	}
	return int64(b.tokens)
}

// wait is how long until a token is there, at least a second: clients count whole ones.
func (b *bucket) wait() time.Duration {
	missing := 1 - (b.tokens - float64(int64(b.tokens)))
	seconds := missing * 60 / float64(b.rate.perMinute)
	return min(max(time.Duration(seconds*float64(time.Second)), time.Second), maxRetry)
}
