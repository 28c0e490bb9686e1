package ingest

import "net/http"

// AllowOrigins sets the headers without which browsers neither send events nor
// see the limits (PROTOCOL.md, §3). They belong on every answer, errors
// included; what a browser may send is asked in a preflight, and only answered there.
func AllowOrigins(h http.Header, r *http.Request) {
	h["Access-Control-Allow-Origin"] = allOrigins
	h["Access-Control-Expose-Headers"] = exposedHeaders
	h["Cross-Origin-Resource-Policy"] = crossOrigin
	if r.Method == http.MethodOptions {
		h["Access-Control-Allow-Methods"] = allowedMethods
		h["Access-Control-Allow-Headers"] = allowedHeaders
		h["Access-Control-Max-Age"] = maxAge
	}
}

// The values are shared by all answers and never changed.
var (
	allOrigins     = []string{"*"}
	allowedMethods = []string{"POST, OPTIONS"}
	allowedHeaders = []string{"x-sentry-auth, x-mesher-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, " +
		"authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage, traceparent"}
	exposedHeaders = []string{"x-sentry-error, x-sentry-rate-limits, retry-after"}
	maxAge         = []string{"3600"}
	crossOrigin    = []string{"cross-origin"}
)
