package sqlstore

import "testing"

// TestHashesStayAsStored holds what is in the indexes of installations.
func TestHashesStayAsStored(t *testing.T) {
	t.Parallel()
	if got := tagToken("release", "shop@1.1"); got != "zq21bnizxz" {
		t.Error(got)
	}
	if got := userHash("id:7"); got != 17179643842950835519 {
		t.Error(got)
	}
}
