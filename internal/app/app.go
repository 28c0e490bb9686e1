// Package app puts the parts together: configuration → store, log, admission,
// processors, live hub, API → one supervision tree. It is the only importer of
// every adapter, and can be started several times in one process.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/mesher/mesher/internal/api"
	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/httpd"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/ingest/keyring"
	"github.com/mesher/mesher/internal/live"
	"github.com/mesher/mesher/internal/livews"
	"github.com/mesher/mesher/internal/pipeline"
	"github.com/mesher/mesher/internal/quota"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/supervise"
)

// App is a server whose parts are open and whose listener is bound. Run must be
// called once, or Close when it never runs.
type App struct {
	cfg Config
	log *slog.Logger

	store     *sqlstore.Store
	eventlog  *jetlog.Log
	auth      *auth.Service
	keys      *keyring.Keyring
	projects  *pipeline.CachedProjects
	limiter   *quota.Limiter
	gate      *quota.Gate
	admission *ingest.Admission
	bodies    *ingest.Bodies
	hub       *live.Hub
	streams   *livews.Handler
	api       *api.Server
	listener  net.Listener
	http      *httpd.Server
	metrics   *metrics

	closers []closer
}

type closer struct {
	name  string
	close func(context.Context) error
}

// New opens every part in order. When one fails, those before it are closed again.
func New(ctx context.Context, cfg Config) (_ *App, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: cfg.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	steps := []struct {
		name string
		open func(context.Context) error
	}{
		{"create the data folder", a.openFolder},
		{"open the store", a.openStore},
		{"open the event log", a.openLog},
		{"prepare the first start", a.openAccounts},
		{"open admission", a.openAdmission},
		{"open live streams", a.openLive},
		{"open the management API", a.openAPI},
		{"open metrics", a.openMetrics},
		{"listen", a.openListener},
	}
	for _, s := range steps {
		if err := s.open(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return a, nil
}

func (a *App) openFolder(context.Context) error {
	return os.MkdirAll(a.cfg.DataDir, 0o700)
}

func (a *App) openStore(ctx context.Context) (err error) {
	a.store, err = sqlstore.Open(ctx, sqlstore.Options{
		URL:     a.cfg.DatabaseURL,
		DataDir: a.cfg.DataDir,
		Log:     a.component("store"),
	})
	if err != nil {
		return err
	}
	a.onClose("store", func(context.Context) error { return a.store.Close() })
	a.projects = pipeline.NewCachedProjects(a.store, projectCacheTTL)
	return nil
}

func (a *App) openLog(ctx context.Context) (err error) {
	a.eventlog, err = jetlog.Open(ctx, jetlog.Options{
		Dir:        filepath.Join(a.cfg.DataDir, "log"),
		Durability: jetlog.Durability(a.cfg.Durability),
		MaxBytes:   a.cfg.LogMaxBytes,
		MinFree:    a.cfg.MinFreeBytes,
		MaxWaiting: a.cfg.MaxPendingBytes,
		Logger:     a.component("log"),
	})
	if err != nil {
		return err
	}
	a.onClose("event log", a.eventlog.Close)
	for _, partition := range a.eventlog.Partitions() {
		applied, err := a.store.AppliedThrough(ctx, partition)
		if err != nil {
			return fmt.Errorf("read what partition %s has applied: %w", partition, err)
		}
		if err := a.eventlog.Advance(ctx, applied); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) openAdmission(ctx context.Context) error {
	a.keys = keyring.New(a.store, projectCacheTTL, nil)
	a.limiter = quota.NewLimiter(a.store, a.store)
	a.gate = quota.NewGate(a.cfg.MaxPendingBytes, a.eventlog.Ready)
	a.bodies = ingest.NewBodies(a.cfg.MaxPendingBytes)
	a.admission = ingest.New(ingest.Config{
		Keys:    a.keys,
		Limiter: limits{a.limiter},
		Log:     a.eventlog,
		Gate:    a.gate,
	})
	// Quotas must know what was stored before the first request asks.
	return a.limiter.Refresh(ctx)
}

func (a *App) openLive(context.Context) error {
	a.hub = live.NewHub(a.eventlog, a.store)
	return nil
}

func (a *App) openAPI(context.Context) error {
	provider, err := a.identityProvider()
	if err != nil {
		return err
	}
	a.api = api.New(api.Options{
		Accounts:      a.store,
		Telemetry:     a.store,
		Auth:          a.auth,
		Facts:         a.eventlog,
		Keys:          forgetters{a.keys, a.projects},
		OIDC:          provider,
		PublicURL:     a.cfg.PublicURL,
		Version:       a.cfg.Version,
		RetentionDays: a.cfg.RetentionDays,
		Log:           a.component("api"),
	})
	a.streams = a.newStreams()
	return nil
}

func (a *App) openMetrics(context.Context) error {
	a.metrics = newMetrics(a)
	return nil
}

func (a *App) openListener(ctx context.Context) (err error) {
	a.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return err
	}
	a.onClose("listener", func(context.Context) error { return ignoreClosed(a.listener.Close()) })
	a.http = httpd.New(httpd.Options{
		Handler:  a.site().Handler(),
		CertFile: a.cfg.TLSCert,
		KeyFile:  a.cfg.TLSKey,
		Log:      a.component("http"),
	})
	return nil
}

// ignoreClosed forgives closing what the HTTP server has closed already.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Addr is the address the server listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

func (a *App) component(name string) *slog.Logger { return a.log.With("component", name) }

func (a *App) onClose(name string, close func(context.Context) error) {
	a.closers = append(a.closers, closer{name, close})
}

// Close releases every part, the last opened first.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	var errs []error
	for len(a.closers) > 0 {
		last := a.closers[len(a.closers)-1]
		a.closers = a.closers[:len(a.closers)-1]
		if err := last.close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close the %s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}

// processors makes one processor per partition of the log.
func (a *App) processors(tree *supervise.Tree) error {
	for _, partition := range a.eventlog.Partitions() {
		consumer, err := a.eventlog.Consumer(partition)
		if err != nil {
			return fmt.Errorf("open partition %s: %w", partition, err)
		}
		tree.Add(partition, pipeline.New(pipeline.Parts{
			Consumer:  consumer,
			Partition: partition,
			Applier:   a.store,
			Projects:  a.projects,
			Issues:    a.store,
			Facts:     a.eventlog,
			Learners:  a.store,
			Logger:    a.component("processor"),
		}, pipeline.Options{}))
	}
	return nil
}
