package issue

import "testing"

// FuzzCompareReleases wants an order: the other way round it is the opposite.
func FuzzCompareReleases(f *testing.F) {
	f.Add("app@1.2.0-rc.1", "app@v1.2.0+build")
	f.Add("1.0.0-alpha.1", "1.0.0-alpha.beta")
	f.Fuzz(func(t *testing.T, a, b string) {
		order, ok := CompareReleases(a, b)
		back, okBack := CompareReleases(b, a)
		if ok != okBack || order != -back {
			t.Errorf("%q and %q: %d, back %d", a, b, order, back)
		}
	})
}
