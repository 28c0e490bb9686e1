package harness

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// LoadOptions say how a Load sends. The zero value of a field means its default.
type LoadOptions struct {
	// Clients send at the same time, each one event after the other; default 8.
	Clients int
	// Every is the pause of a client between two events, none by default.
	Every time.Duration
	// Padding is how many random characters, which do not compress, are added to each event.
	Padding int
}

// Load sends events from several clients and remembers what was answered.
type Load struct {
	s       *Server
	o       LoadOptions
	stop    chan struct{}
	clients sync.WaitGroup

	mu sync.Mutex
	// tried and acknowledged are ids; next is each client's number of its next event.
	tried, acknowledged map[string]bool
	next                map[int]int
	answers             map[int]int
	unhinted            int
}

// NewLoad prepares a load on a server; Start and Stop may be called in turns.
func NewLoad(s *Server, o LoadOptions) *Load {
	if o.Clients == 0 {
		o.Clients = 8
	}
	return &Load{s: s, o: o, tried: map[string]bool{}, acknowledged: map[string]bool{}, next: map[int]int{}, answers: map[int]int{}}
}

// Start lets the clients send until Stop.
func (l *Load) Start() {
	stop := make(chan struct{})
	l.stop = stop
	for client := range l.o.Clients {
		l.clients.Go(func() {
			for l.wait(stop) {
				l.send(client)
			}
		})
	}
}

// Stop ends the clients and waits for the last answers.
func (l *Load) Stop() {
	close(l.stop)
	l.clients.Wait()
}

func (l *Load) wait(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	case <-time.After(l.o.Every):
		return true
	}
}

func (l *Load) send(client int) {
	id := randomHex()
	l.mu.Lock()
	l.tried[id] = true
	number := l.next[client]
	l.next[client]++
	l.mu.Unlock()
	padding := strings.Builder{}
	for padding.Len() < l.o.Padding {
		padding.WriteString(randomHex())
	}
	body, _ := json.Marshal(map[string]any{
		"event_id": id, "level": "error", "message": fmt.Sprintf("client %d job %d failed", client, number),
		"extra": map[string]string{"padding": padding.String()},
	})
	status, header, err := l.s.postEvent(body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		return
	}
	l.answers[status]++
	if status == http.StatusAccepted {
		l.acknowledged[id] = true
	} else if header.Get("Retry-After") == "" {
		l.unhinted++
	}
}

// Answers counts the answers by status.
func (l *Load) Answers() map[int]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.answers)
}

// Unhinted counts the refusals without Retry-After.
func (l *Load) Unhinted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unhinted
}

// Acknowledged counts the events that were answered 2xx.
func (l *Load) Acknowledged() int { return l.Answers()[http.StatusAccepted] }

// CheckStored wants every event that was answered 2xx to be stored exactly once
// within limit, in the order in which its client sent it, and the issues'
// counters and the ledger to equal what is stored. It returns how many are.
func (l *Load) CheckStored(t testing.TB, limit time.Duration) int {
	t.Helper()
	var events []EventSummary
	Eventually(t, limit, func() (err error) {
		// The ledger tells cheaply when it is worth listing what may be many thousands of events.
		if stored, err := l.s.Outcomes(); err != nil || stored["stored"] < int64(l.Acknowledged()) {
			return fmt.Errorf("the ledger says %v of %d acknowledged events: %w", stored, l.Acknowledged(), err)
		}
		if events, err = l.s.Events(); err != nil {
			return err
		}
		return l.missing(events)
	})
	l.checkOnceInOrder(t, events)
	checkCounters(t, l.s, int64(len(events)))
	return len(events)
}

func (l *Load) missing(events []EventSummary) error {
	stored := map[string]bool{}
	for _, e := range events {
		stored[e.ID] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := 0
	for id := range l.acknowledged {
		if !stored[id] {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d of %d acknowledged events are not stored", lost, len(l.acknowledged))
	}
	return nil
}

// checkOnceInOrder reads events newest first.
func (l *Load) checkOnceInOrder(t testing.TB, events []EventSummary) {
	t.Helper()
	stored, later := map[string]bool{}, map[int]int{}
	for _, e := range events {
		if stored[e.ID] {
			t.Errorf("event %s is stored twice", e.ID)
		}
		if !l.tried[e.ID] {
			t.Errorf("event %s was never sent", e.ID)
		}
		stored[e.ID] = true
		var client, number int
		if _, err := fmt.Sscanf(e.Message, "client %d job %d failed", &client, &number); err != nil {
			t.Fatalf("event %q: %v", e.Message, err)
		}
		if next, ok := later[client]; ok && number >= next {
			t.Errorf("client %d's event %d is stored after its event %d", client, number, next)
		}
		later[client] = number
	}
}

// checkCounters wants the issues' counters and the ledger to equal the number of stored events.
func checkCounters(t testing.TB, s *Server, stored int64) {
	t.Helper()
	issues, err := s.Issues()
	if err != nil {
		t.Fatal(err)
	}
	var counted int64
	for _, issue := range issues {
		counted += issue.EventCount
	}
	outcomes, err := s.Outcomes()
	if err != nil {
		t.Fatal(err)
	}
	if counted != stored || outcomes["stored"] != stored {
		t.Errorf("issues count %d events and the ledger says %v, %d are stored", counted, outcomes, stored)
	}
}
