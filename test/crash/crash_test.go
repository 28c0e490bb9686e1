// Package crash ends the real server in the rudest way while it is under load
// and counts what is left.
package crash

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

const (
	kills   = 10
	clients = 8
)

// TestKillUnderLoad kills the server ten times while eight clients send, and
// wants every event that was answered 2xx to be stored exactly once.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	s := harness.Start(t, harness.Options{})
	sent := &sentEvents{acknowledged: map[string]bool{}, tried: map[string]bool{}}
	for round := range kills {
		stop := make(chan struct{})
		var load sync.WaitGroup
		for range clients {
			load.Go(func() { sendUntil(s, stop, sent) })
		}
		// A different moment each round: early rounds hit start-up work, later ones a busy store.
		time.Sleep(time.Duration(150+97*round) * time.Millisecond)
		s.Kill()
		close(stop)
		load.Wait()
		s.Restart()
	}

	stored := map[string]int{}
	harness.Eventually(t, 60*time.Second, func() error {
		events, err := s.Events()
		if err != nil {
			return err
		}
		clear(stored)
		for _, e := range events {
			stored[e.ID]++
		}
		return sent.missing(stored)
	})
	for id, n := range stored {
		if n != 1 {
			t.Errorf("event %s is stored %d times", id, n)
		}
		if !sent.tried[id] {
			t.Errorf("event %s was never sent", id)
		}
	}
	checkCounters(t, s, len(stored))
	t.Logf("%d kills, %d events answered 2xx, %d stored", kills, len(sent.acknowledged), len(stored))
}

// checkCounters wants the issue's counter and the ledger to equal the number of stored events.
func checkCounters(t *testing.T, s *harness.Server, stored int) {
	t.Helper()
	issues, err := s.Issues()
	if err != nil {
		t.Fatal(err)
	}
	var counted int64
	for _, issue := range issues {
		counted += issue.EventCount
	}
	if counted != int64(stored) {
		t.Errorf("issues count %d events, %d are stored", counted, stored)
	}
	var usage struct {
		Outcomes map[string]int64 `json:"outcomes"`
	}
	s.Get("/api/v1/projects/1/usage?start=-1d", &usage)
	if usage.Outcomes["stored"] != int64(stored) {
		t.Errorf("the ledger says %v, %d events are stored", usage.Outcomes, stored)
	}
}

type sentEvents struct {
	mu           sync.Mutex
	acknowledged map[string]bool
	tried        map[string]bool
}

func (e *sentEvents) missing(stored map[string]int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	lost := 0
	for id := range e.acknowledged {
		if stored[id] == 0 {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d of %d acknowledged events are not stored", lost, len(e.acknowledged))
	}
	return nil
}

func sendUntil(s *harness.Server, stop <-chan struct{}, sent *sentEvents) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		id := newID()
		body, _ := json.Marshal(map[string]any{"event_id": id, "message": fmt.Sprintf("job %d failed", n), "level": "error"})
		sent.mu.Lock()
		sent.tried[id] = true
		sent.mu.Unlock()
		status, _, err := s.PostEvent(body)
		if err == nil && status == http.StatusAccepted {
			sent.mu.Lock()
			sent.acknowledged[id] = true
			sent.mu.Unlock()
		}
	}
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
