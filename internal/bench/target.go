package bench

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

// Mode is the door the load goes through.
type Mode string

// The modes. Envelope and store speak the Sentry protocol, which other servers know too.
const (
	ModeEnvelope Mode = "envelope"
	ModeStore    Mode = "store"
	ModeNative   Mode = "native"
	ModeBulk     Mode = "bulk"
	ModeWS       Mode = "ws"
	ModeOTLPLogs Mode = "otlp-logs"
)

// loopbackTarget reads a DSN and refuses any host that is not this machine.
func loopbackTarget(ctx context.Context, dsn string) (org.DSN, error) {
	d, err := org.ParseDSN(dsn)
	if err != nil {
		return org.DSN{}, err
	}
	if d.Scheme != "http" {
		return org.DSN{}, fault.Field("dsn", "the load generator speaks plain http only, not %s", d.Scheme)
	}
	if _, _, err := net.SplitHostPort(d.Host); err != nil {
		d.Host += ":80"
	}
	return d, requireLoopback(ctx, d.Host)
}

// portless is host[:port] without the port and without brackets.
func portless(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// requireLoopback refuses a host of which any address is not a loopback
// address: load is for servers of one's own on the same machine.
func requireLoopback(ctx context.Context, host string) error {
	name := portless(host)
	if ip, err := netip.ParseAddr(name); err == nil {
		if !ip.Unmap().IsLoopback() {
			return notLoopback(name)
		}
		return nil
	}
	// Only this one name: any other could be made to point elsewhere between the check and the call.
	if !strings.EqualFold(name, "localhost") {
		return notLoopback(name)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "cannot look up %s", name)
	}
	for _, a := range addrs {
		if !a.Unmap().IsLoopback() {
			return notLoopback(name + " (" + a.String() + ")")
		}
	}
	return nil
}

func notLoopback(name string) error {
	return fault.Field("dsn", "%s is not a loopback address: bench only sends to 127.0.0.0/8, ::1 or localhost", name)
}

// loopbackURL checks the address of the management API in the same way.
func loopbackURL(ctx context.Context, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fault.Field("api", "%q is no URL such as http://127.0.0.1:8080", text)
	}
	return requireLoopback(ctx, u.Host)
}

// dialer refuses to connect anywhere but to loopback, whatever a name or a redirect says.
func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			if ip, err := netip.ParseAddr(portless(address)); err != nil || !ip.Unmap().IsLoopback() {
				return notLoopback(address)
			}
			return nil
		},
	}
}
