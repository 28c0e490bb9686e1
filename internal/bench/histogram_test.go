package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var h histogram
	values := make([]time.Duration, 0, 50_000)
	for range cap(values) {
		v := time.Duration(r.ExpFloat64() * float64(5*time.Millisecond))
		values = append(values, v)
		h.Record(v)
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
		want := values[min(int(q*float64(len(values))), len(values)-1)]
		got := h.Quantile(q)
		if got < want || float64(got) > float64(want)*1.01+1 {
			t.Errorf("q%v: got %v, want %v to +1 %%", q, got, want)
		}
	}
	if h.Quantile(1) != values[len(values)-1] {
		t.Errorf("the largest record is %v, not %v", values[len(values)-1], h.Quantile(1))
	}
}

func TestHistogramBuckets(t *testing.T) {
	t.Parallel()
	last := -1
	for v := uint64(0); v < 1<<45; v += v/300 + 1 {
		i := bucketOf(v)
		if i < last || i >= buckets {
			t.Fatalf("%d lies in bucket %d after bucket %d", v, i, last)
		}
		if i < buckets-1 && upperBound(i) < v {
			t.Fatalf("%d lies above bucket %d, which ends at %d", v, i, upperBound(i))
		}
		last = i
	}
}

func TestHistogramEdges(t *testing.T) {
	t.Parallel()
	var empty, h histogram
	if empty.Quantile(0.5) != 0 || empty.Mean() != 0 {
		t.Error("an empty histogram has no values")
	}
	h.Record(-time.Second)
	empty.Record(100 * time.Hour)
	h.Merge(&empty)
	if h.n != 2 || h.Quantile(1) != 100*time.Hour || h.Quantile(0.1) != 0 || h.Mean() != 50*time.Hour {
		t.Errorf("got %d records, %v, %v, %v", h.n, h.Quantile(1), h.Quantile(0.1), h.Mean())
	}
}
