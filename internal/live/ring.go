package live

import "github.com/mesher/mesher/internal/eventlog"

// ring keeps the newest facts up to its size.
type ring struct {
	facts []eventlog.Fact
	start int
	size  int
	// dropped counts what was pushed out since the last take.
	dropped int64
}

func newRing(size int) ring { return ring{size: size} }

func (r *ring) len() int { return len(r.facts) }

// push adds a fact, in place of the oldest one when the ring is full.
func (r *ring) push(f eventlog.Fact) {
	if len(r.facts) < r.size {
		r.facts = append(r.facts, f)
		return
	}
	r.facts[r.start] = f
	r.start = (r.start + 1) % r.size
	r.dropped++
}

// take empties the ring, oldest first.
func (r *ring) take() (facts []eventlog.Fact, dropped int64) {
	facts = append(r.facts[r.start:len(r.facts):len(r.facts)], r.facts[:r.start]...)
	dropped = r.dropped
	*r = ring{size: r.size}
	return facts, dropped
}
