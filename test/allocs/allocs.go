// Package allocs measures what code allocates, for tests that promise a bound:
// a parser of outside bytes must not take memory out of proportion to its input.
package allocs

import (
	"runtime/metrics"
	"testing"
)

// slack covers what else runs in the process and the granularity of the
// runtime's figures, which count small objects by the span.
const slack = 1 << 20

// AtMost fails the test when f allocates more than limit bytes, and 1 MiB of
// slack, in all. It tells a runaway from a constant factor, no more.
func AtMost(t testing.TB, limit int, f func()) {
	t.Helper()
	before := total()
	f()
	if got := total() - before; got > uint64(limit)+slack {
		t.Errorf("%d bytes allocated, at most %d are due", got, limit)
	}
}

func total() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
