// Package httpd is the listener: timeouts, TLS, request ids, the answer to a
// panic, security headers, health and the table of who answers which path.
// How failures are answered is internal/httpd/problem's.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The timeouts of a connection. A request's body must have arrived within
// readTimeout and its answer be written within writeTimeout; WebSockets take
// their connection over and are not bound by them. Idle is longer than what
// load balancers keep connections for (60 s is common), so that it is never the
// server that closes a connection a client is about to use.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 64 << 10
)

// Options of a Server.
type Options struct {
	Handler http.Handler
	// CertFile and KeyFile turn TLS on; both or none.
	CertFile string
	KeyFile  string
	// DrainTimeout bounds how long requests in flight may take after the end was asked for; 0 means 10 s.
	DrainTimeout time.Duration
	Log          *slog.Logger
}

// Server serves a Handler on a listener.
type Server struct {
	options Options
	http    *http.Server
	// leave ends the context of connections that were taken over (WebSockets):
	// a shutdown does not wait for them, so they are told once plain requests are done.
	leave context.CancelFunc
}

// New returns a Server that does not listen yet.
func New(o Options) *Server {
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 10 * time.Second
	}
	base, leave := context.WithCancel(context.Background())
	return &Server{options: o, leave: leave, http: &http.Server{
		BaseContext:       func(net.Listener) context.Context { return base },
		Handler:           o.Handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}}
}

// Serve answers requests on the listener, which it closes, until ctx ends; then
// it lets requests in flight finish for DrainTimeout and cuts the rest.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer s.leave()
	ended := make(chan error, 1)
	go func() { ended <- s.listen(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	return errors.Join(s.drain(), ignoreClosed(<-ended))
}

func (s *Server) listen(listener net.Listener) error {
	if s.options.CertFile != "" {
		return s.http.ServeTLS(listener, s.options.CertFile, s.options.KeyFile)
	}
	return s.http.Serve(listener)
}

func (s *Server) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.DrainTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.http.Close()
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
