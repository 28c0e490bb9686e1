package sqlstore

import (
	"math"
	"testing"

	"github.com/mesher/mesher/internal/store/storetest"
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
		{100, 0, 51, 6400}, {100, 1, 51, 6400}, {100, 10, 50, 800}, {100, 40, 50, 50}, {100, 50, 51, 25}, {math.MaxInt64, 0, 1, math.MaxInt64}, {1, 50, 51, 1},
	} {
		if got := nextWindow(w.passed, w.found, w.wanted); got != w.want {
			t.Errorf("after %d with %d of %d: %d, want %d", w.passed, w.found, w.wanted, got, w.want)
		}
	}
}

func checkCommonWords(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 5, 1)
	b := g.Batch("p0", sampled)
	for i := range b.Events {
		b.Events[i].SearchText = "request failed"
	}
	b.Events[0].SearchText = "request 7 failed"
	apply(t, s, b)
	verified := func(words ...string) *wordMatch {
		m := &wordMatch{}
		m.requireText(words, false, true)
		return m
	}
	plain := &wordMatch{}
	plain.requireText([]string{"request", "7"}, false, false)
	for _, tt := range []struct {
		asked *wordMatch
		left  string
	}{
		{verified("request", "7", "failed"), "('7')"},
		{verified("request", "failed"), "('request')"},
		{verified("never", "written"), "('never') & ('written')"},
		{plain, "('request') & ('7')"},
	} {
		err := s.read(t.Context(), func(c conn) error {
			left, err := withoutCommon(t.Context(), c, rowQuery{table: eventTable, words: tt.asked, projectID: 1, span: span{until: math.MaxInt64}})
			if err == nil && tsQuery(left) != tt.left {
				t.Errorf("%s became %s, want %s", tsQuery(tt.asked), tsQuery(left), tt.left)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
