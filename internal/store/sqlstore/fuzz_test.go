package sqlstore

import "testing"

func FuzzKeyset(f *testing.F) {
	f.Add("hx2k.-1z")
	f.Add(keyset{1 << 62, -1 << 63}.String())
	f.Fuzz(func(t *testing.T, cursor string) {
		k, more, err := parseKeyset(cursor)
		if err != nil || !more {
			return
		}
		if again, _, err := parseKeyset(k.String()); err != nil || again != k {
			t.Errorf("%q is %+v, then %+v, %v", cursor, k, again, err)
		}
	})
}
