package sqlstore

import (
	"math"
	"testing"
)

// TestWindowsCoverASpan wants every id of a span in one window, and few windows for the longest span.
func TestWindowsCoverASpan(t *testing.T) {
	t.Parallel()
	for _, s := range []span{
		{from: 0, until: math.MaxInt64}, {from: 0, until: math.MaxInt64, ascending: true},
		{from: 5, until: 6}, {from: 7, until: 1000, ascending: true}, {from: 1, until: 1 << 62, ascending: true},
	} {
		for _, walked := range []int64{1, 3, 1 << 40, 1<<61 - 1, math.MaxInt64} {
			for _, found := range []int{0, 1, 50} {
				passed, rest, covered, windows := walked, s, int64(0), 0
				for ; !rest.empty(); windows++ {
					var window span
					window, rest = rest.cut(nextWindow(passed, found, 51))
					if window.empty() {
						t.Fatalf("%+v after %d: empty window %+v", s, passed, window)
					}
					covered += window.until - window.from
					passed = max(passed, walked+covered) // not past the largest number
				}
				if covered != s.until-s.from || windows > 200 {
					t.Errorf("%+v after %d, %d found: %d ids in %d windows", s, walked, found, covered, windows)
				}
			}
		}
	}
}

func TestWindowsAreAsLongAsNeeded(t *testing.T) {
	t.Parallel()
	for _, w := range []struct {
		passed        int64
		found, wanted int
		want          int64
	}{
		{100, 0, 51, 1600}, {100, 1, 51, 1600}, {100, 10, 50, 800}, {100, 40, 50, 50}, {100, 50, 51, 25}, {math.MaxInt64, 0, 1, math.MaxInt64}, {1, 50, 51, 1},
	} {
		if got := nextWindow(w.passed, w.found, w.wanted); got != w.want {
			t.Errorf("after %d with %d of %d: %d, want %d", w.passed, w.found, w.wanted, got, w.want)
		}
	}
}
