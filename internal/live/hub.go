// Package live offers facts to whoever watches, as they happen. A hub listens
// to the facts of all projects once; every subscription has a filter and a
// bounded ring that drops its oldest facts, counted, when its reader is slow.
// A subscription may start from a cursor: it then reads from the store what it
// missed and goes over to live facts without a gap or a repeated event.
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

// Hub is safe for concurrent use. Serve must run for facts to arrive.
type Hub struct {
	facts   eventlog.Facts
	history History

	mu   sync.RWMutex
	subs map[int64]map[*Subscription]struct{} // by project
}

// NewHub makes a hub over the facts and the store's history.
func NewHub(facts eventlog.Facts, history History) *Hub {
	return &Hub{facts: facts, history: history, subs: map[int64]map[*Subscription]struct{}{}}
}

// Serve listens until ctx ends, then closes every subscription.
func (h *Hub) Serve(ctx context.Context) error {
	stop, err := h.facts.Subscribe(0, h.offer)
	if err != nil {
		return fmt.Errorf("listen to facts: %w", err)
	}
	<-ctx.Done()
	stop()
	h.closeAll()
	return nil
}

// offer hands one fact to the subscriptions of its project. It never waits for a reader.
func (h *Hub) offer(f eventlog.Fact) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if f.Kind == eventlog.FactsLost {
		for _, subs := range h.subs {
			for s := range subs {
				s.lost()
			}
		}
		return
	}
	subs := h.subs[f.ProjectID]
	if len(subs) == 0 {
		return
	}
	d := document{fact: &f}
	for s := range subs {
		s.offer(&d)
	}
}

// Subscribe adds a subscription; the caller must Close it.
func (h *Hub) Subscribe(o Options) *Subscription {
	s := newSubscription(h, o)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs[o.ProjectID] == nil {
		h.subs[o.ProjectID] = map[*Subscription]struct{}{}
	}
	h.subs[o.ProjectID][s] = struct{}{}
	return s
}

// Subscriptions counts the open ones.
func (h *Hub) Subscriptions() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := 0
	for _, subs := range h.subs {
		n += len(subs)
	}
	return n
}

func (h *Hub) remove(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	subs := h.subs[s.projectID]
	delete(subs, s)
	if len(subs) == 0 {
		delete(h.subs, s.projectID)
	}
}

func (h *Hub) closeAll() {
	h.mu.Lock()
	subs := h.subs
	h.subs = map[int64]map[*Subscription]struct{}{}
	h.mu.Unlock()
	for _, of := range subs {
		for s := range of {
			s.end()
		}
	}
}
