package httpd

import (
	"net/netip"
	"testing"
)

// FuzzForwardedFor wants the address of a client behind proxies to be one that the header names.
func FuzzForwardedFor(f *testing.F) {
	f.Add("203.0.113.9, 10.0.0.1", "127.0.0.1, 10.0.0.0/8")
	f.Add("fe80::1%eth0,", "::1")
	f.Fuzz(func(t *testing.T, header, trust string) {
		proxies, err := ParseProxies(trust)
		if err != nil {
			return
		}
		client, ok := forwardedFor(proxies, []string{header})
		if ok != (client != netip.Addr{}) {
			t.Errorf("%v, %v", client, ok)
		}
	})
}
