package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

const (
	// gather is how long facts are collected after the last batch, so that a
	// busy stream costs its client at most twenty frames a second.
	gather = 50 * time.Millisecond
	// settle is how long they are collected after a quiet time: the facts of a
	// committed batch come one by one, and what misses its frame waits for the next.
	settle       = 10 * time.Millisecond
	defaultRing  = 1024
	historyBatch = 100
)

// Options say what a subscription wants.
type Options struct {
	ProjectID int64
	// Kinds are the fact kinds; empty means all.
	Kinds []string
	// Query filters the facts: see Filter.
	Query search.Query
	// After resumes behind the event with this cursor; 0 starts with what happens now.
	After int64
	// Ring is how many facts may wait for a slow reader, default 1024.
	Ring int
}

// Batch is what happened since the batch before.
type Batch struct {
	Facts []eventlog.Fact
	// Dropped counts facts that were pushed out because the reader was slow.
	Dropped int64
	// Cursor is where a later subscription continues; 0 until an event passed by.
	Cursor int64
}

// Subscription is one reader's view. Next and Close belong to one goroutine.
type Subscription struct {
	hub       *Hub
	projectID int64
	kinds     []string
	filter    Filter
	query     search.Query

	mu   sync.Mutex
	ring ring
	// replayed is the cursor up to which the reader has everything from the
	// store; catching is set until live facts continue from there.
	catching bool
	replayed int64
	// cursor is that of the newest event that was offered, handed the one of the last batch.
	cursor, handed int64
	closed         bool

	wake chan struct{}
	last time.Time
}

func newSubscription(h *Hub, o Options) *Subscription {
	return &Subscription{
		hub: h, projectID: o.ProjectID, kinds: o.Kinds, filter: NewFilter(o.Query), query: o.Query,
		ring:     newRing(cmp.Or(o.Ring, defaultRing)),
		catching: o.After > 0 && (len(o.Kinds) == 0 || slices.Contains(o.Kinds, eventlog.EventStored)),
		replayed: o.After, cursor: o.After, handed: o.After,
		wake: make(chan struct{}, 1),
	}
}

func (s *Subscription) wants(kind string) bool {
	return len(s.kinds) == 0 || slices.Contains(s.kinds, kind)
}

func (s *Subscription) offer(d *document) {
	f := d.fact
	wanted := s.wants(f.Kind) && s.filter.match(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Kind == eventlog.EventStored {
		if !s.catching {
			if f.Cursor <= s.replayed {
				return // told from the store already
			}
			s.cursor = max(s.cursor, f.Cursor)
		}
	}
	if !wanted {
		return
	}
	s.ring.push(*f)
	s.poke()
}

// lost makes up for facts that did not arrive: the events among them are read
// from the store. A reader without a cursor is only told that something is missing.
func (s *Subscription) lost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handed == 0 || !s.wants(eventlog.EventStored) {
		s.ring.dropped++
		return
	}
	s.catching, s.replayed, s.cursor = true, s.handed, s.handed
	s.poke()
}

func (s *Subscription) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

func (s *Subscription) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.poke()
}

// Close ends the subscription.
func (s *Subscription) Close() { s.hub.remove(s) }

// Next waits for facts and returns them, oldest first: after a quiet time those
// of the next 10 ms, otherwise those of 50 ms. When ctx ends first it returns an empty
// batch with the cursor, and ctx's error.
func (s *Subscription) Next(ctx context.Context) (Batch, error) {
	if s.isCatching() {
		return s.catchUp(ctx)
	}
	if err := s.wait(ctx); err != nil {
		return Batch{Cursor: s.currentCursor()}, err
	}
	if s.isCatching() {
		return s.catchUp(ctx)
	}
	b, err := s.take()
	s.last = time.Now()
	return b, err
}

func (s *Subscription) isCatching() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catching
}

func (s *Subscription) currentCursor() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor
}

// wait returns once there is something to take, and the gathering time since the last batch is over.
func (s *Subscription) wait(ctx context.Context) error {
	for !s.something() {
		select {
		case <-s.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	timer := time.NewTimer(max(time.Until(s.last.Add(gather)), settle))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Subscription) something() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring.len() > 0 || s.closed || s.catching
}

func (s *Subscription) take() (Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && s.ring.len() == 0 {
		return Batch{Cursor: s.cursor}, ErrClosed
	}
	facts, dropped := s.ring.take()
	s.handed = s.cursor
	return Batch{Facts: facts, Dropped: dropped, Cursor: s.cursor}, nil
}

// catchUp returns the next page of what was missed, as fast as the reader takes
// it. The switch to live facts is safe because the hub has offered facts since
// before the first page was read: an event that a short page does not hold yet
// is committed later, and its fact is in the ring. If the ring overflowed while
// the page was read, events may be missing there, and the store is asked again.
func (s *Subscription) catchUp(ctx context.Context) (Batch, error) {
	for {
		s.mu.Lock()
		s.dropEvents()
		after := s.replayed
		s.mu.Unlock()
		page, err := s.hub.history.EventsAfter(ctx, store.EventFilter{ProjectID: s.projectID, Query: s.query}, after, historyBatch)
		if err != nil {
			return Batch{Cursor: after}, fmt.Errorf("read missed events: %w", err)
		}
		b := s.page(page)
		caughtUp := len(page) < historyBatch && s.goLive()
		if len(b.Facts) > 0 {
			return b, nil
		}
		if caughtUp {
			return s.Next(ctx)
		}
	}
}

// dropEvents makes room in the ring: events in it are committed, so the next page holds them.
func (s *Subscription) dropEvents() {
	facts, _ := s.ring.take()
	for _, f := range facts {
		if f.Kind != eventlog.EventStored {
			s.ring.push(f)
		}
	}
}

// page turns a page of the store into facts.
func (s *Subscription) page(events []store.EventSummary) Batch {
	b := Batch{}
	for i := range events {
		b.Facts = append(b.Facts, view.EventStored(&events[i]))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(events); n > 0 {
		s.replayed = events[n-1].ID
		s.cursor = s.replayed
	}
	b.Cursor, s.handed = s.cursor, s.cursor
	return b
}

// goLive keeps the live events behind the last one that was replayed. It
// reports false when the ring overflowed and the store must be asked again.
func (s *Subscription) goLive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring.dropped > 0 {
		return false
	}
	facts, _ := s.ring.take()
	for _, f := range facts {
		if f.Kind == eventlog.EventStored {
			if f.Cursor <= s.replayed {
				continue
			}
			s.cursor = max(s.cursor, f.Cursor)
		}
		s.ring.push(f)
	}
	s.catching = false
	return true
}
