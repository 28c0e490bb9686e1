package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	eventtypes "github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// wire is a way for facts inside the test.
type wire struct {
	mu     sync.Mutex
	handle map[int64]func(eventlog.Fact) // by project
}

func (w *wire) Publish(_ context.Context, facts []eventlog.Fact) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range facts {
		if handle := w.handle[f.ProjectID]; handle != nil {
			handle(f)
		}
	}
	return nil
}

func (w *wire) Wanted(projectID int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.handle[projectID] != nil
}

func (w *wire) Subscribe(projectID int64, handle func(eventlog.Fact)) (func(), error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.handle[projectID] != nil {
		return nil, errors.New("the project is listened to twice")
	}
	w.handle[projectID] = handle
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.handle, projectID)
	}, nil
}

// past is a history with a hook that runs before each page is read.
type past struct {
	events []store.EventSummary
	before func()
	pages  int
}

func (p *past) EventsAfter(_ context.Context, f store.EventFilter, after int64, limit int) ([]store.EventSummary, error) {
	p.pages++
	if p.before != nil {
		p.before()
	}
	var out []store.EventSummary
	for _, e := range p.events {
		if e.ID > after && e.ProjectID == f.ProjectID && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func event(id int64) store.EventSummary {
	return store.EventSummary{ID: id, EventID: fmt.Sprintf("%032x", id), ProjectID: 1, Title: fmt.Sprintf("event %d", id)}
}

func stored(e store.EventSummary) eventlog.Fact { return view.EventStored(&e) }

// start runs a hub in the bubble until the test ends.
func start(t *testing.T, history History) (*Hub, *wire) {
	w := &wire{handle: map[int64]func(eventlog.Fact){}}
	h := NewHub(w, history)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Serve(ctx) }()
	synctest.Wait()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h, w
}

func (w *wire) tell(t *testing.T, facts ...eventlog.Fact) {
	t.Helper()
	if err := w.Publish(t.Context(), facts); err != nil {
		t.Fatal(err)
	}
}

func subscribe(t *testing.T, h *Hub, o Options) *Subscription {
	t.Helper()
	s, err := h.Subscribe(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func next(t *testing.T, s *Subscription) Batch {
	t.Helper()
	b, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func cursors(b Batch) []int64 {
	var out []int64
	for _, f := range b.Facts {
		out = append(out, f.Cursor)
	}
	return out
}

func TestFactsAreGatheredShortlyAfterAQuietTimeAndLongerUnderLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, w := start(t, &past{})
		s := subscribe(t, h, Options{ProjectID: 1})
		defer s.Close()
		begin := time.Now()
		go func() {
			for i := range int64(13) {
				w.tell(t, stored(event(1+i)))
				time.Sleep(settle / 3)
			}
		}()
		b := next(t, s)
		if len(b.Facts) != 4 || b.Cursor != 4 || time.Since(begin) != settle {
			t.Errorf("first batch of %d facts after %v", len(b.Facts), time.Since(begin))
		}
		b = next(t, s)
		if len(b.Facts) != 9 || b.Cursor != 13 || time.Since(begin) != settle+gather {
			t.Errorf("second batch of %d facts after %v", len(b.Facts), time.Since(begin))
		}
	})
}

func TestSubscriptionsGetTheirProjectAndKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, w := start(t, &past{})
		s := subscribe(t, h, Options{ProjectID: 1, Kinds: []string{eventlog.IssueNew}})
		defer s.Close()
		w.tell(t,
			eventlog.Fact{ID: "other project", Kind: eventlog.IssueNew, ProjectID: 2},
			stored(event(5)),
			eventlog.Fact{ID: "mine", Kind: eventlog.IssueNew, ProjectID: 1})
		b := next(t, s)
		if len(b.Facts) != 1 || b.Facts[0].ID != "mine" {
			t.Errorf("facts = %+v", b.Facts)
		}
		if b.Cursor != 5 {
			t.Errorf("cursor = %d, want 5: events that are not wanted move it too", b.Cursor)
		}
	})
}

func TestASlowReaderLosesTheOldestAndIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, w := start(t, &past{})
		s := subscribe(t, h, Options{ProjectID: 1, Ring: 3})
		defer s.Close()
		for i := range int64(5) {
			w.tell(t, stored(event(1+i)))
		}
		b := next(t, s)
		if d := cmp.Diff([]int64{3, 4, 5}, cursors(b)); d != "" || b.Dropped != 2 {
			t.Errorf("dropped %d, %s", b.Dropped, d)
		}
		w.tell(t, stored(event(6)))
		if b := next(t, s); b.Dropped != 0 || len(b.Facts) != 1 {
			t.Errorf("the batch after it: %+v", b)
		}
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, w := start(t, &past{})
		s := subscribe(t, h, Options{ProjectID: 1})
		defer s.Close()
		w.tell(t, stored(event(4)))
		next(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b, err := s.Next(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || len(b.Facts) != 0 || b.Cursor != 4 {
			t.Errorf("batch = %+v, %v", b, err)
		}
	})
}

func TestServeClosesSubscriptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{handle: map[int64]func(eventlog.Fact){}}
		h := NewHub(w, &past{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Serve(ctx) }()
		synctest.Wait()
		s := subscribe(t, h, Options{ProjectID: 1})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := s.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("next = %v, want ErrClosed", err)
		}
		s.Close()
		if n := h.Subscriptions(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

func TestProjectsAreListenedToWhileWatched(t *testing.T) {
	t.Parallel()
	w := &wire{handle: map[int64]func(eventlog.Fact){}}
	h := NewHub(w, &past{})
	first, second, other := subscribe(t, h, Options{ProjectID: 1}), subscribe(t, h, Options{ProjectID: 1}), subscribe(t, h, Options{ProjectID: 2})
	wanted := func(want ...bool) {
		t.Helper()
		if d := cmp.Diff(want, []bool{w.Wanted(1), w.Wanted(2), w.Wanted(3)}); d != "" {
			t.Error(d)
		}
	}
	wanted(true, true, false)
	first.Close()
	other.Close()
	wanted(true, false, false)
	w.tell(t, stored(event(1)))
	if b := next(t, second); len(b.Facts) != 1 {
		t.Errorf("%d facts after another reader left, want 1", len(b.Facts))
	}
	second.Close()
	wanted(false, false, false)
	defer subscribe(t, h, Options{ProjectID: 1}).Close()
	wanted(true, false, false)
}

// Whatever is committed and told while a subscription catches up, it gets every
// event once and in order.
func TestResumeHasNoGapAndNoRepeat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before int // events stored before
		during int // events stored and told while each of the first pages is read
		late   int // of those, told only after the switch to live
		pages  int
		ring   int
	}{
		"nothing missed":                   {before: 3},
		"several pages":                    {before: 3*historyBatch + 5},
		"exactly a page":                   {before: historyBatch},
		"told while reading":               {before: 30, during: 7, pages: 1},
		"told late":                        {before: 30, during: 7, late: 7, pages: 1},
		"the ring overflows":               {before: 30, during: 20, pages: 1, ring: 4},
		"the ring overflows over and over": {before: historyBatch + 30, during: 20, pages: 3, ring: 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &past{}
				h, w := start(t, p)
				id := int64(10)
				commit := func() eventlog.Fact {
					id++
					p.events = append(p.events, event(id))
					return stored(event(id))
				}
				for range c.before {
					commit()
				}
				s := subscribe(t, h, Options{ProjectID: 1, After: 10, Ring: c.ring})
				defer s.Close()
				var late []eventlog.Fact
				p.before = func() {
					if p.pages > c.pages {
						return
					}
					for i := range c.during {
						if f := commit(); i < c.late {
							late = append(late, f)
						} else {
							w.tell(t, f)
						}
					}
				}
				var got []int64
				dropped := int64(0)
				collect := func(until int64) {
					for len(got) == 0 || got[len(got)-1] < until {
						b := next(t, s)
						got = append(got, cursors(b)...)
						dropped += b.Dropped
					}
				}
				collect(10 + int64(c.before))
				w.tell(t, late...)
				w.tell(t, commit())
				collect(id)
				for i, have := range got {
					if want := int64(11 + i); have != want {
						t.Fatalf("event %d of the stream is %d, want %d: %v", i, have, want, got)
					}
				}
				if dropped != 0 {
					t.Errorf("%d facts were dropped", dropped)
				}
			})
		})
	}
}

func TestLostFactsAreReadFromTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &past{}
		h, w := start(t, p)
		s := subscribe(t, h, Options{ProjectID: 1})
		defer s.Close()
		fresh := subscribe(t, h, Options{ProjectID: 1})
		defer fresh.Close()
		commit := func(id int64) eventlog.Fact {
			p.events = append(p.events, event(id))
			return stored(event(id))
		}
		w.tell(t, commit(1))
		next(t, s)
		w.tell(t, commit(2)) // in the ring, not read yet
		commit(3)            // lost
		commit(4)            // lost
		w.tell(t, eventlog.Fact{Kind: eventlog.FactsLost, ProjectID: 1}, commit(5))
		w.tell(t, eventlog.Fact{ID: "i", Kind: eventlog.IssueNew, ProjectID: 1})
		var got []int64
		for len(got) < 5 {
			b := next(t, s)
			if b.Dropped != 0 {
				t.Errorf("%d dropped", b.Dropped)
			}
			got = append(got, cursors(b)...)
		}
		if d := cmp.Diff([]int64{2, 3, 4, 5, 0}, got); d != "" {
			t.Error(d)
		}
		if b := next(t, fresh); b.Dropped == 0 {
			t.Error("a reader without a cursor does not know that facts are missing")
		}
	})
}

func TestLostFactsWakeAReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &past{events: []store.EventSummary{event(5), event(6)}}
		h, w := start(t, p)
		s := subscribe(t, h, Options{ProjectID: 1, After: 5})
		defer s.Close()
		if d := cmp.Diff([]int64{6}, cursors(next(t, s))); d != "" {
			t.Fatal(d)
		}
		done := make(chan Batch, 1)
		go func() { done <- next(t, s) }()
		synctest.Wait()
		p.events = append(p.events, event(7))
		w.tell(t, eventlog.Fact{Kind: eventlog.FactsLost, ProjectID: 1})
		if d := cmp.Diff([]int64{7}, cursors(<-done)); d != "" {
			t.Error(d)
		}
	})
}

func TestFilter(t *testing.T) {
	t.Parallel()
	e := event(1)
	e.Level, e.Environment, e.IssueID, e.Culprit = 5, "Production", 7, "shop.pay"
	e.Tags = []eventtypes.Tag{{Key: "browser", Value: "Firefox 140"}}
	ev := stored(e)
	iss := eventlog.Fact{Kind: eventlog.IssueNew, Data: []byte(`{"id":9,"level":"error","status":"unresolved","substatus":"new","title":"Boom"}`)}
	for name, c := range map[string]struct {
		terms []search.Term
		fact  eventlog.Fact
		want  bool
	}{
		"no terms":              {nil, ev, true},
		"level":                 {[]search.Term{{Key: "level", Value: "error"}}, ev, true},
		"other level":           {[]search.Term{{Key: "level", Value: "info"}}, ev, false},
		"negated":               {[]search.Term{{Key: "level", Value: "error", Negate: true}}, ev, false},
		"environment, case":     {[]search.Term{{Key: "environment", Value: "production"}}, ev, true},
		"star":                  {[]search.Term{{Key: "environment", Value: "prod*"}}, ev, true},
		"tag":                   {[]search.Term{{Key: "browser", Value: "firefox*"}}, ev, true},
		"tag of the event only": {[]search.Term{{Key: "browser", Value: "x"}}, iss, true},
		"missing tag":           {[]search.Term{{Key: "color", Value: "red"}}, ev, false},
		"missing tag, negated":  {[]search.Term{{Key: "color", Value: "red", Negate: true}}, ev, true},
		"issue of an event":     {[]search.Term{{Key: "issue", Value: "7"}}, ev, true},
		"other issue":           {[]search.Term{{Key: "issue", Value: "8"}}, ev, false},
		"text":                  {[]search.Term{{Value: "SHOP"}}, ev, true},
		"other text":            {[]search.Term{{Value: "bakery"}}, ev, false},
		"all terms must match":  {[]search.Term{{Key: "level", Value: "error"}, {Value: "bakery"}}, ev, false},
		"is, of an issue":       {[]search.Term{{Key: "is", Value: "resolved"}}, iss, false},
		"is, of an event":       {[]search.Term{{Key: "is", Value: "resolved"}}, ev, true},
		"issue title":           {[]search.Term{{Value: "boom"}}, iss, true},
		"counts pass":           {[]search.Term{{Value: "x"}}, eventlog.Fact{Kind: eventlog.IssueCounted, Data: []byte(`{}`)}, true},
		"unknown kinds pass":    {[]search.Term{{Value: "x"}}, eventlog.Fact{Kind: "alert.opened"}, true},
		"not JSON":              {[]search.Term{{Value: "x"}}, eventlog.Fact{Kind: eventlog.EventStored, Data: []byte("?")}, false},
	} {
		if got := NewFilter(search.Query{Terms: c.terms}).match(&document{fact: &c.fact}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	r := newRing(4)
	for i := range 11 {
		r.push(eventlog.Fact{ID: strings.Repeat("x", i)})
	}
	facts, dropped := r.take()
	var lengths []int
	for _, f := range facts {
		lengths = append(lengths, len(f.ID))
	}
	if d := cmp.Diff([]int{7, 8, 9, 10}, lengths); d != "" || dropped != 7 || r.len() != 0 {
		t.Errorf("dropped %d, %s", dropped, d)
	}
}
