package ingest

import (
	"crypto/rand"
	"net"
	"net/http"

	"github.com/mesher/mesher/internal/eventlog"
)

// Protocol names for eventlog.Meta.
const (
	ProtocolSentry = "sentry"
	ProtocolNative = "native"
	ProtocolOTLP   = "otlp"
)

// maxMetaText bounds what is kept of one header, in bytes.
const maxMetaText = 512

// MetaOf gathers what a request says around its body. The peer's address is
// that of the connection: whoever trusts a proxy sets r.RemoteAddr before.
func MetaOf(r *http.Request, protocol string, auth Auth) eventlog.Meta {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	return eventlog.Meta{
		Client:    auth.Client,
		RemoteIP:  ip,
		UserAgent: head(r.UserAgent()),
		Origin:    head(r.Header.Get("Origin")),
		Protocol:  protocol,
	}
}

func head(s string) string { return s[:min(len(s), maxMetaText)] }

// NewEventID makes a random event id (UUID version 4).
func NewEventID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}
