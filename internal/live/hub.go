// Package live offers facts to whoever watches, as they happen. A hub listens
// to the facts of a project while somebody watches it; every subscription has a
// filter and a bounded ring that drops its oldest facts, counted, when its
// reader is slow. A subscription may start from a cursor: it then reads from the
// store what it missed and goes over to live facts without a gap or a repeated event.
package live

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// History reads the events that a resumed subscription missed.
type History interface {
	// EventsAfter is store.EventReader's.
	EventsAfter(ctx context.Context, f store.EventFilter, after int64, limit int) ([]store.EventSummary, error)
}

// ErrClosed is returned by Next once the hub stopped; the client may come back with its cursor.
var ErrClosed = errors.New("live: the stream ended because the server is stopping")

// Hub is safe for concurrent use. Subscriptions end when Serve does.
type Hub struct {
	facts   eventlog.Facts
	history History

	// gate is held while a project's listener starts or stops, so that nobody
	// joins one that is not heard yet or not any more. Facts go on meanwhile.
	gate sync.Mutex
	mu   sync.RWMutex
	// projects change under both locks, so that either is enough to read them.
	projects map[int64]*audience
}

// audience are the subscriptions of one project, behind one listener.
type audience struct {
	stop func()
	subs map[*Subscription]struct{}
}

// NewHub makes a hub over the facts and the store's history.
func NewHub(facts eventlog.Facts, history History) *Hub {
	return &Hub{facts: facts, history: history, projects: map[int64]*audience{}}
}

// Serve closes every subscription when ctx ends.
func (h *Hub) Serve(ctx context.Context) error {
	<-ctx.Done()
	h.closeAll()
	return nil
}

// offer hands one fact to the subscriptions of its project. It never waits for a reader.
func (h *Hub) offer(f eventlog.Fact) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	a := h.projects[f.ProjectID]
	if a == nil {
		return
	}
	if f.Kind == eventlog.FactsLost {
		for s := range a.subs {
			s.lost()
		}
		return
	}
	d := document{fact: &f}
	for s := range a.subs {
		s.offer(&d)
	}
}

// Subscribe adds a subscription, which is offered whatever is published from
// then on; the caller must Close it.
func (h *Hub) Subscribe(o Options) (*Subscription, error) {
	h.gate.Lock()
	defer h.gate.Unlock()
	a := h.projects[o.ProjectID]
	if a == nil {
		stop, err := h.facts.Subscribe(o.ProjectID, h.offer)
		if err != nil {
			return nil, fmt.Errorf("listen to facts: %w", err)
		}
		a = &audience{stop: stop, subs: map[*Subscription]struct{}{}}
	}
	s := newSubscription(h, o)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.projects[o.ProjectID] = a
	a.subs[s] = struct{}{}
	return s, nil
}

// Subscriptions counts the open ones.
func (h *Hub) Subscriptions() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := 0
	for _, a := range h.projects {
		n += len(a.subs)
	}
	return n
}

func (h *Hub) remove(s *Subscription) {
	h.gate.Lock()
	defer h.gate.Unlock()
	a := h.projects[s.projectID]
	if a == nil {
		return // closed with the hub
	}
	h.mu.Lock()
	delete(a.subs, s)
	last := len(a.subs) == 0
	if last {
		delete(h.projects, s.projectID)
	}
	h.mu.Unlock()
	if last {
		a.stop()
	}
}

func (h *Hub) closeAll() {
	h.gate.Lock()
	defer h.gate.Unlock()
	h.mu.Lock()
	projects := h.projects
	h.projects = map[int64]*audience{}
	h.mu.Unlock()
	for _, a := range projects {
		a.stop()
		for s := range a.subs {
			s.end()
		}
	}
}
