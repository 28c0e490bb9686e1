package allocs

import "testing"

type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper()               {}
func (f *failures) Errorf(string, ...any) { f.n++ }

// Not parallel: what other tests allocate would count.
func TestAtMost(t *testing.T) {
	var kept []byte
	within, beyond := &failures{TB: t}, &failures{TB: t}
	AtMost(within, 8<<20, func() { kept = make([]byte, 7<<20) })
	AtMost(beyond, 1<<20, func() { kept = make([]byte, 7<<20) })
	if within.n != 0 || beyond.n != 1 || len(kept) == 0 {
		t.Errorf("%d failures within the bound, %d beyond it", within.n, beyond.n)
	}
}
