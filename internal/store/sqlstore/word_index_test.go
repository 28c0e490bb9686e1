package sqlstore

import (
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/store/storetest"
)

// TestLeavesAreFoundByTheirKey explains the statements that run past database/sql, which no other test of plans sees.
func TestLeavesAreFoundByTheirKey(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	apply(t, s, storetest.NewGenerator(1, 5, 1).Batch("p0", 10))
	sources, err := s.events.sources(t.Context(), nil, 0, 1<<62)
	if err != nil || len(sources) != 1 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	err = sources[0].read(t.Context(), func(c conn) error {
		for which, args := range map[string][]any{leafAt: {1, []byte("w"), 1}, leafAfter: {1, []byte("w"), 1}, leavesOfRun: {1}} {
			steps := plan(t, c, "SELECT data FROM event_word_leaves "+which, args)
			if len(steps) != 1 || !strings.HasPrefix(steps[0], "SEARCH event_word_leaves USING PRIMARY KEY (run=?") {
				t.Errorf("%s: %q", which, steps)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
