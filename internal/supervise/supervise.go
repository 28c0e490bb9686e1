// Package supervise is Mesher's way to keep background services running: a
// service that fails or panics starts again alone, with backoff, and says so
// once; one that returns a Fatal error ends the whole tree.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/thejerf/suture/v4"
)

// Service runs until ctx ends. Returning nil means its work is done for good;
// any other error, or a panic, means that it shall start again. A service must
// be able to run again after it returned.
type Service interface {
	Serve(ctx context.Context) error
}

// Func makes a Service of a function.
type Func func(ctx context.Context) error

// Serve calls f.
func (f Func) Serve(ctx context.Context) error { return f(ctx) }

// fatalError is an error the process cannot go on with.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// Fatal marks an error as one that ends the tree instead of restarting the service.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &fatalError{err}
}

// stopTimeout is how long a service may take to end; after it the tree goes on without it.
const stopTimeout = 30 * time.Second

// Tree is a set of services and further trees. Add to it before or while it is
// served.
type Tree struct {
	name   string
	logger *slog.Logger
	sup    *suture.Supervisor
	// fatal is shared by a tree and its branches: the first Fatal error.
	fatal *atomic.Pointer[fatalError]
}

// New makes an empty tree.
func New(name string, logger *slog.Logger) *Tree {
	return newTree(name, logger, new(atomic.Pointer[fatalError]))
}

func newTree(name string, logger *slog.Logger, fatal *atomic.Pointer[fatalError]) *Tree {
	t := &Tree{name: name, logger: logger, fatal: fatal}
	t.sup = suture.New(name, suture.Spec{
		EventHook: t.event,
		Timeout:   stopTimeout,
		// Every service backs off by itself, so that one that fails never holds its siblings back.
		FailureThreshold: 1e12,
	})
	return t
}

// event logs the one thing that guarded does not see.
func (t *Tree) event(e suture.Event) {
	if stuck, ok := e.(suture.EventStopTimeout); ok {
		t.logger.Error("service did not stop in time", "tree", t.name, "service", stuck.ServiceName)
	}
}

// Branch adds a tree of its own, whose services are stopped and counted apart.
func (t *Tree) Branch(name string) *Tree {
	b := newTree(t.name+"/"+name, t.logger, t.fatal)
	t.sup.Add(b.sup)
	return b
}

// Add puts a service under the tree and returns a function that stops it and waits for its end.
func (t *Tree) Add(name string, s Service) (remove func()) {
	g := &guarded{name: name, service: s, logger: t.logger.With("service", name), fatal: t.fatal}
	token := t.sup.Add(g)
	return func() { _ = t.sup.RemoveAndWait(token, stopTimeout) } // a timeout is logged by event
}

// Serve runs the tree until ctx ends, then stops every service and returns nil,
// or until a service returns a Fatal error, which it then returns.
func (t *Tree) Serve(ctx context.Context) error {
	err := t.sup.Serve(ctx)
	if f := t.fatal.Load(); f != nil {
		return f.err
	}
	if ctx.Err() != nil || errors.Is(err, suture.ErrDoNotRestart) {
		return nil
	}
	return err
}

// guarded is a service with its recovery, backoff and log.
type guarded struct {
	name    string
	service Service
	logger  *slog.Logger
	fatal   *atomic.Pointer[fatalError]
	backoff backoff
	damper  damper
}

func (g *guarded) String() string { return g.name }

// Serve runs the service once; suture calls it again for every error it returns.
func (g *guarded) Serve(ctx context.Context) error {
	started := time.Now()
	err := g.once(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return suture.ErrDoNotRestart
	}
	if f, ok := errors.AsType[*fatalError](err); ok {
		g.fatal.CompareAndSwap(nil, f)
		g.logger.Error("service failed for good", "error", err)
		return suture.ErrTerminateSupervisorTree
	}
	wait := g.backoff.next(time.Since(started))
	g.damper.log(g.logger, err, wait)
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
	// The service's own error stays here: one that wraps context.Canceled would tell suture not to restart it.
	return errFailed
}

var errFailed = errors.New("service failed")

func (g *guarded) once(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return g.service.Serve(ctx)
}

const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 30 * time.Second
	// healthy is how long a service must run for its failures to be forgotten.
	healthy = time.Minute
)

// backoff doubles the pause before a restart until the service has run well for a while.
type backoff struct{ last time.Duration }

func (b *backoff) next(ran time.Duration) time.Duration {
	if ran >= healthy {
		b.last = 0
	}
	b.last = min(max(2*b.last, minBackoff), maxBackoff)
	return b.last
}

// damper logs an error when it is new, and then at most once a minute with a count.
type damper struct {
	last    string
	at      time.Time
	silence int
}

func (d *damper) log(logger *slog.Logger, err error, wait time.Duration) {
	const interval = time.Minute
	text := err.Error()
	if text == d.last && time.Since(d.at) < interval {
		d.silence++
		return
	}
	logger.Error("service failed and starts again", "error", text, "in", wait, "repeated", d.silence)
	d.last, d.at, d.silence = text, time.Now(), 0
}
