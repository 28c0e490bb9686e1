package sqlstore

import "testing"

// TestHashesStayAsStored holds what is in the indexes of installations.
func TestHashesStayAsStored(t *testing.T) {
	t.Parallel()
	for mark, want := range map[string]string{"zq": "zq21bnizxz", "T": "T21bnizxz"} {
		d := dialect{tagMark: mark}
		if got := d.tagToken("release", "shop@1.1"); got != want {
			t.Error(got)
		}
	}
	if got := userHash("id:7"); got != 17179643842950835519 {
		t.Error(got)
	}
}
