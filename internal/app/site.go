package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mesher/mesher/internal/httpd"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/ingest/native"
	"github.com/mesher/mesher/internal/ingest/otlp"
	"github.com/mesher/mesher/internal/ingest/sentry"
	"github.com/mesher/mesher/internal/livews"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/web"
)

// maxLag is how many log messages may wait before the node asks for no further traffic.
const maxLag = 5000

// site is the table of who answers which path.
func (a *App) site() httpd.Site {
	proxies, err := httpd.ParseProxies(a.cfg.TrustedProxies)
	if err != nil {
		panic(err) // impossible: Validate has read them
	}
	site := httpd.Site{
		Register: a.registerIngest,
		App:      web.Handler(),
		Metrics:  a.metrics.handler(),
		Checks: []httpd.Check{
			{Name: "store", Run: a.store.Ping},
			{Name: "log", Run: func(context.Context) error { return a.eventlog.Ready() }},
			{Name: "lag", Run: a.checkLag},
		},
		TrustedProxies: proxies,
		Log:            a.component("http"),
	}
	for _, pattern := range a.api.Patterns() {
		site.Routes = append(site.Routes, httpd.Route{Pattern: pattern, Handler: a.api})
	}
	site.Routes = append(site.Routes, httpd.Route{Pattern: "GET /api/v1/projects/{id}/stream", Handler: a.streams})
	return site
}

func (a *App) registerIngest(mux *http.ServeMux) {
	log := a.component("ingest")
	sentry.New(a.admission, a.bodies, log).Routes(mux, "")
	native.New(a.admission, a.bodies, log).Routes(mux, "")
	otlp.New(a.admission, a.bodies, log).Routes(mux, "")
}

func (a *App) newStreams() *livews.Handler {
	return livews.New(livews.Options{
		Hub:     a.hub,
		Origins: publicHost(a.cfg.PublicURL),
		Authorize: func(r *http.Request, projectID int64) error {
			_, _, err := a.api.ActOn(r, projectID, org.ReadEvents)
			return err
		},
		ParseQuery: parseQuery,
		Refuse:     func(w http.ResponseWriter, _ *http.Request, err error) { problem.Write(w, err) },
		Logger:     a.component("live"),
	})
}

// publicHost is the host that browsers name as their origin behind a proxy that changes the Host header.
func publicHost(publicURL string) []string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

func (a *App) checkLag(ctx context.Context) error {
	backlog, err := a.eventlog.Backlog(ctx)
	if err != nil {
		return errors.New("the log does not answer")
	}
	if backlog.Messages > maxLag {
		return fmt.Errorf("%d messages wait to be processed", backlog.Messages)
	}
	return nil
}
