package quota

import "time"

const minuteMicros = 60_000_000

// bucket is a token bucket that holds one minute's worth: a project that was
// quiet may send its whole minute at once.
type bucket struct {
	perMinute int64
	tokens    float64
	at        int64 // Unix µs up to which tokens are filled
}

func newBucket(perMinute, now int64) *bucket {
	return &bucket{perMinute: perMinute, tokens: float64(perMinute), at: now}
}

// setRate changes the rate and is felt at once: a raised one adds the
// difference to the bucket, of a lowered one what is above its size is lost.
func (b *bucket) setRate(perMinute, now int64) {
	if b.perMinute == perMinute {
		return
	}
	b.fill(now)
	b.tokens = min(b.tokens+float64(max(perMinute-b.perMinute, 0)), float64(perMinute))
	b.perMinute = perMinute
}

// fill adds what came in since the last call and returns the whole tokens.
func (b *bucket) fill(now int64) int64 {
	if passed := now - b.at; passed > 0 {
		b.tokens = min(b.tokens+float64(passed)*float64(b.perMinute)/minuteMicros, float64(b.perMinute))
		b.at = now
	}
	return int64(b.tokens)
}

// wait is how long until a token is there, at least a second: clients count whole ones.
func (b *bucket) wait() time.Duration {
	missing := 1 - (b.tokens - float64(int64(b.tokens)))
	seconds := missing * 60 / float64(b.perMinute)
	return min(max(time.Duration(seconds*float64(time.Second)), time.Second), maxRetry)
}
