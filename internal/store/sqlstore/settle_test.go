package sqlstore

import (
	"testing"

	"github.com/mesher/mesher/internal/store/storetest"
)

// checkWordsSettle asks how much of the index's list is left: cleaning it up returns how many pages it took.
func checkWordsSettle(t *testing.T, s *Store) {
	g := storetest.NewGenerator(1, 5, 1)
	left := func() (pages int) {
		t.Helper()
		err := s.write(t.Context(), func(c conn) error {
			return c.row(t.Context(), "SELECT gin_clean_pending_list(('"+partitionName("events", dayOf(g.Batch("p0", 1).Events[0].ID))+"_words_idx')::regclass)", nil, &pages)
		})
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
	apply(t, s, g.Batch("p0", 20))
	if left() == 0 {
		t.Fatal("the words of a batch are not in the list: nothing is tested")
	}
	apply(t, s, g.Batch("p0", 20))
	if err := s.SettleWords(t.Context()); err != nil {
		t.Fatal(err)
	}
	if pages := left(); pages != 0 {
		t.Errorf("%d pages are left in the list", pages)
	}
	if err := s.SettleWords(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}
