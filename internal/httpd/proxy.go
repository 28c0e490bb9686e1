package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/mesher/mesher/internal/fault"
)

// ParseProxies reads the addresses and ranges of trusted reverse proxies,
// separated by commas: "127.0.0.1, 10.0.0.0/8".
func ParseProxies(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if address, err := netip.ParseAddr(item); err == nil {
			list = append(list, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, fault.Field("trusted_proxies", "%q is neither an IP address nor a range such as 10.0.0.0/8", item)
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
}

// behind makes r.RemoteAddr the client's address for requests that a trusted
// proxy passed on: the last address of X-Forwarded-For that is no trusted proxy
// itself. What comes from elsewhere keeps its own address, because anybody can
// send the header, and limits on sign-in go by the address.
func behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && trusted(proxies, peer.Addr()) {
			if client, ok := forwardedFor(proxies, r.Header.Values("X-Forwarded-For")); ok {
				r.RemoteAddr = net.JoinHostPort(client.String(), "0")
			}
		}
		next.ServeHTTP(w, r)
	})
}

func trusted(proxies []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedFor walks the hops from the nearest one; what cannot be read ends the walk.
func forwardedFor(proxies []netip.Prefix, headers []string) (client netip.Addr, ok bool) {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return client, ok
		}
		client, ok = hop, true
		if !trusted(proxies, hop) {
			break
		}
	}
	return client, ok
}
