package outage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/test/harness"
)

// TestStreamResumes cuts a client's WebSocket again and again, by its own end
// and by killing the server. The client sends again what was not acknowledged:
// nothing is lost, nothing is stored twice.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	s := harness.Start(t, harness.Options{})
	const events = 3000
	c := &streamClient{s: s, acknowledged: make([]bool, events)}
	for round := 0; ; round++ {
		left := c.unacknowledged()
		if len(left) == 0 {
			break
		}
		// Each connection lives for a while longer than the one before, so that the last ones get through.
		c.stream(t, left, 40*(round+1))
		if round%4 == 3 {
			s.Kill()
			s.Restart()
		}
	}
	harness.Eventually(t, time.Minute, func() error {
		outcomes, err := s.Outcomes()
		if err == nil && outcomes["stored"] < events {
			err = fmt.Errorf("%d events are stored, waiting for %d", outcomes["stored"], events)
		}
		return err
	})
	stored, err := s.Events()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range stored {
		ids[e.ID] = true
	}
	outcomes, err := s.Outcomes()
	if err != nil || len(stored) != events || len(ids) != events || outcomes["stored"] != events {
		t.Errorf("%d events with %d ids are stored, ledger %v, %v; want %d", len(stored), len(ids), outcomes, err, events)
	}
	t.Logf("%d connections, %d frames for %d events; ledger %v", c.connections, c.frames, events, outcomes)
	if outcomes["filtered"] == 0 {
		t.Error("no frame was sent twice: the test proves nothing")
	}
}

// streamClient numbers its events from 0; an event's id is made of its number.
type streamClient struct {
	s                   *harness.Server
	acknowledged        []bool
	connections, frames int
}

func (c *streamClient) unacknowledged() (numbers []int) {
	for n, done := range c.acknowledged {
		if !done {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// stream sends events over one connection until enough are acknowledged, and cuts it.
func (c *streamClient) stream(t *testing.T, numbers []int, enough int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	header := http.Header{"X-Mesher-Auth": {c.s.Key}}
	conn, _, err := websocket.Dial(ctx, strings.Replace(c.s.URL, "http", "ws", 1)+"/api/v1/events/ws", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	c.connections++
	sent := make(chan int)
	go func() { sent <- sendFrames(ctx, conn, numbers) }()
	for i := 0; i < min(enough, len(numbers)); i++ {
		var ack struct {
			Seq   int    `json:"seq"`
			ID    string `json:"id"`
			Error string `json:"error"`
		}
		_, body, err := conn.Read(ctx)
		if err == nil {
			err = json.Unmarshal(body, &ack)
		}
		if err != nil || ack.Error != "" || ack.Seq != i+1 || ack.ID != eventID(numbers[i]) {
			t.Fatalf("acknowledgement %d: %+v, %v", i+1, ack, err)
		}
		c.acknowledged[numbers[i]] = true
	}
	_ = conn.CloseNow() // as a network that breaks: no closing frame
	c.frames += <-sent
}

// sendFrames sends until the connection breaks or all is sent.
func sendFrames(ctx context.Context, conn *websocket.Conn, numbers []int) (sent int) {
	for _, n := range numbers {
		body := fmt.Sprintf(`{"event_id":%q,"message":"frame %d"}`, eventID(n), n)
		if conn.Write(ctx, websocket.MessageText, []byte(body)) != nil {
			return sent
		}
		sent++
	}
	return sent
}

func eventID(n int) string { return fmt.Sprintf("%032x", n+1) }
