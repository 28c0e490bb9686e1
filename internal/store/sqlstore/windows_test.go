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
		for _, length := range []int64{1, 3, 1 << 40, 1<<61 - 1, math.MaxInt64} {
			rest, covered, windows := s, int64(0), 0
			for n := length; !rest.empty(); windows++ {
				var window span
				before := rest
				window, rest, n = rest.window(n)
				if window.empty() || window.until-window.from > before.until-before.from {
					t.Fatalf("%+v after %d: window %+v of %+v", s, length, window, before)
				}
				covered += window.until - window.from
			}
			if covered != s.until-s.from || windows > 33 {
				t.Errorf("%+v after %d: %d ids in %d windows", s, length, covered, windows)
			}
		}
	}
}
