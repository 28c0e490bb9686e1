package ingest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

// Auth is what a request says about who sends it.
type Auth struct {
	// Key is the public key in lower case, empty when the request carries none.
	Key string
	// Client is the SDK as "name/version", empty when unknown.
	Client string
	// Project is the id of a DSN that was sent whole, else empty.
	Project string
}

// maxProtocolVersion is the newest protocol version that is understood.
const maxProtocolVersion = "8"

// ParseAuth reads the key from every place that clients use: the headers
// X-Sentry-Auth, X-Mesher-Auth and Authorization (Sentry …, DSN …, Bearer …,
// Basic …), and the query parameters sentry_key and mesher_key (PROTOCOL.md,
// §2). A key in no place is no error; keys that differ, or are no keys, are
// fault.Invalid.
func ParseAuth(r *http.Request) (Auth, error) {
	var a authReader
	a.sentry(r.Header.Get("X-Sentry-Auth"))
	a.scheme(r.Header.Get("X-Mesher-Auth"))
	a.scheme(r.Header.Get("Authorization"))
	if strings.Contains(r.URL.RawQuery, "_key=") {
		query := r.URL.Query()
		a.key(query.Get("sentry_key"))
		a.key(query.Get("mesher_key"))
		a.version(query.Get("sentry_version"))
		if client := query.Get("sentry_client"); client != "" {
			a.auth.Client = client
		}
	}
	a.auth.Client = a.auth.Client[:min(len(a.auth.Client), 200)]
	return a.auth, a.err
}

// Use adds the DSN of an envelope's header, which counts only when nothing
// else named a key, and must not contradict.
func (a Auth) Use(dsn string) (Auth, error) {
	if dsn == "" {
		return a, nil
	}
	r := authReader{auth: a}
	r.dsn(dsn)
	return r.auth, r.err
}

type authReader struct {
	auth Auth
	err  error
}

func (a *authReader) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fault.New(fault.Invalid, format, args...)
	}
}

func (a *authReader) key(key string) {
	if key == "" {
		return
	}
	key = strings.ToLower(strings.TrimSpace(key))
	switch {
	case !isKey(key):
		a.fail("the key must be 32 hex digits; copy the DSN from the project's settings")
	case a.auth.Key != "" && a.auth.Key != key:
		a.fail("the request carries two different keys; send one")
	default:
		a.auth.Key = key
	}
}

func isKey(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

func (a *authReader) version(v string) {
	if len(v) > 1 && v[1] != '.' || v > maxProtocolVersion+".~" {
		a.fail("protocol version %s is not supported; the newest is %s", clip(v), maxProtocolVersion)
	}
}

// scheme reads the value of an authorization header.
func (a *authReader) scheme(value string) {
	name, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(name) {
	case "":
	case "sentry":
		a.sentry(value)
	case "dsn":
		a.keyOrDSN(rest)
	case "bearer":
		a.bearer(rest)
	case "basic":
		a.basic(rest)
	default:
		a.keyOrDSN(name)
	}
}

func (a *authReader) keyOrDSN(s string) {
	if strings.Contains(s, "://") {
		a.dsn(s)
		return
	}
	a.key(s)
}

// bearer takes a key; tokens of other systems in front of the server are not ours to judge.
func (a *authReader) bearer(s string) {
	if isKey(strings.ToLower(s)) {
		a.key(s)
	}
}

func (a *authReader) basic(s string) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return
	}
	user, _, _ := strings.Cut(string(raw), ":")
	if isKey(strings.ToLower(user)) {
		a.key(user)
	}
}

func (a *authReader) dsn(s string) {
	d, err := org.ParseDSN(s)
	if err != nil {
		a.fail("%s", fault.MessageOf(err))
		return
	}
	a.key(d.Key)
	a.auth.Project = d.Project
}

// sentry reads "Sentry k=v, k=v": the scheme is case-insensitive and may miss,
// blanks after the commas are optional, unknown pairs are ignored.
func (a *authReader) sentry(value string) {
	value = strings.TrimSpace(value)
	if len(value) >= 6 && strings.EqualFold(value[:6], "sentry") && !strings.HasPrefix(value[6:], "_") {
		value = value[6:]
	}
	for pair := range strings.SplitSeq(value, ",") {
		name, v, _ := strings.Cut(strings.TrimSpace(pair), "=")
		v = strings.Trim(strings.TrimSpace(v), `"`)
		switch strings.TrimSpace(name) {
		case "sentry_key":
			a.key(v)
		case "sentry_version":
			a.version(v)
		case "sentry_client":
			if plain, err := url.QueryUnescape(v); err == nil {
				v = plain
			}
			a.auth.Client = v
		}
	}
}
