package httpd

import (
	"log/slog"
	"net/http"
	"net/netip"
)

// Route is a pattern of http.ServeMux and who answers it.
type Route struct {
	Pattern string
	Handler http.Handler
}

// Site is everything one listener answers.
type Site struct {
	// Register adds what knows its own patterns: the ingest protocols; nil for none.
	Register func(mux *http.ServeMux)
	// Routes are streams and the management API.
	Routes []Route
	// App answers every path that no route does: the browser application.
	App http.Handler
	// Metrics answers /metrics; nil for none.
	Metrics http.Handler
	// Checks decide /readyz.
	Checks []Check
	// TrustedProxies are reverse proxies whose X-Forwarded-For is believed; see ParseProxies.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
}

// Handler returns the site as one handler. It panics when two patterns
// conflict, which is a mistake of the program.
func (s Site) Handler() http.Handler {
	mux := http.NewServeMux()
	if s.Register != nil {
		s.Register(mux)
	}
	for _, r := range s.Routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	mux.Handle("GET /healthz", http.HandlerFunc(healthz))
	mux.Handle("GET /readyz", readiness(s.Checks))
	if s.Metrics != nil {
		mux.Handle("GET /metrics", s.Metrics)
	}
	mux.Handle("/", s.App)
	return behind(s.TrustedProxies, wrap(mux, s.Log))
}
