package bench

import (
	"math/bits"
	"time"
)

// A histogram counts durations in buckets whose width grows with the value:
// every power of two is cut in 2^subBits equal parts, so that a value is known
// to better than 1 %. It covers 1 ns to over an hour. It is not safe for
// concurrent use.
type histogram struct {
	counts [buckets]uint64
	n      uint64
	sum    time.Duration
	max    time.Duration
}

const (
	subBits  = 7
	sub      = 1 << subBits
	topShift = 42 - subBits
	buckets  = (topShift + 2) * sub
)

// Record counts one duration; negative ones count as zero.
func (h *histogram) Record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(uint64(d))]++
	h.n++
	h.sum += d
	h.max = max(h.max, d)
}

// Merge adds the counts of o.
func (h *histogram) Merge(o *histogram) {
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.n += o.n
	h.sum += o.sum
	h.max = max(h.max, o.max)
}

// Quantile returns the value below or at which the share q of the records
// lies, rounded up by less than 1 %, and never above the largest record.
func (h *histogram) Quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := min(uint64(q*float64(h.n))+1, h.n)
	var seen uint64
	for i, c := range h.counts {
		if seen += c; seen >= rank && i < buckets-1 {
			return min(time.Duration(upperBound(i)), h.max)
		}
	}
	return h.max
}

// Mean returns the average, 0 without records.
func (h *histogram) Mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return h.sum / time.Duration(h.n)
}

func bucketOf(v uint64) int {
	if v < sub {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - subBits
	if shift > topShift {
		return buckets - 1
	}
	return (shift+1)*sub + int(v>>shift) - sub
}

// upperBound is the largest value of a bucket.
func upperBound(i int) uint64 {
	if i < sub {
		return uint64(i)
	}
	shift := i/sub - 1
	return (uint64(i%sub+sub)+1)<<shift - 1
}
