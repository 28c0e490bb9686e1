package sqlstore

import (
	"fmt"
	"math"
	"testing"

	"github.com/mesher/mesher/internal/store/storetest"
)

// TestBlocksAreOfFewIssues mixes the events of ten issues, and still has each
// row find its own payload and the words of the batch in one run.
func TestBlocksAreOfFewIssues(t *testing.T) {
	t.Parallel()
	s := reopen(t, nil, t.TempDir())
	g := storetest.NewGenerator(1, 5, 1)
	b := g.Batch("p0", 10*blockSlots)
	for i := range b.Events {
		b.Events[i].Hashes = [][16]byte{{byte(i % 10)}}
		b.Events[i].Payload = fmt.Appendf(nil, `{"event":%d}`, b.Events[i].ID)
	}
	apply(t, s, b)
	sources, err := s.events.sources(t.Context(), nil, 0, math.MaxInt64)
	if err != nil || len(sources) != 1 {
		t.Fatalf("%d days, %v", len(sources), err)
	}
	err = sources[0].read(t.Context(), func(c conn) error {
		var runs int
		if err := c.row(t.Context(), "SELECT COUNT(*) FROM event_word_runs", nil, &runs); err != nil {
			return err
		}
		if runs != 1 {
			t.Errorf("the words of a batch are in %d runs", runs)
		}
		issues := map[int64]map[int64]bool{}
		return c.each(t.Context(), "SELECT e.id, e.issue_id, e.block_id, e.slot, b.payloads FROM events e JOIN event_blocks b ON b.id = e.block_id ORDER BY e.id", nil, func(r scanner) error {
			var id, issueID, blockID int64
			var slot int
			var packed []byte
			if err := r.Scan(&id, &issueID, &blockID, &slot, &packed); err != nil {
				return err
			}
			slots, err := s.codec.unpack(packed)
			if err != nil {
				return err
			}
			if want := fmt.Sprintf(`{"event":%d}`, id); string(slots[slot]) != want {
				t.Errorf("event %d has payload %s", id, slots[slot])
			}
			if id < blockID {
				t.Errorf("event %d is before its block %d", id, blockID)
			}
			if issues[blockID] == nil {
				issues[blockID] = map[int64]bool{}
			}
			if issues[blockID][issueID] = true; len(issues[blockID]) > 1 {
				t.Errorf("block %d holds %d issues", blockID, len(issues[blockID]))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
