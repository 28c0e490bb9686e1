package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/org"
)

// socketSender sends each event as one frame of a WebSocket and waits for its
// acknowledgement, which comes once the event is durable.
type socketSender struct {
	*traffic
	conns []*websocket.Conn
	event []byte
}

func newSocketSender(t *traffic) *socketSender {
	return &socketSender{traffic: t, conns: make([]*websocket.Conn, len(t.targets))}
}

func (s *socketSender) close() {
	for i := range s.conns {
		s.drop(i)
	}
}

func (s *socketSender) drop(project int) {
	if c := s.conns[project]; c != nil {
		c.CloseNow()
		s.conns[project] = nil
	}
}

func (s *socketSender) send(ctx context.Context, project int, j job) result {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	now := time.Now()
	var t *template
	s.event, t = s.gen.appendHead(s.event[:0], j.seq, now)
	s.event = append(s.event, t.tail...)
	r := result{wire: len(s.event), raw: len(s.event), start: time.Now()}
	r.status, r.retryAfter, r.err = s.exchange(ctx, project)
	r.end = time.Now()
	if r.err != nil {
		s.drop(project)
	}
	return r
}

// exchange sends the frame and turns its acknowledgement into an HTTP status and the wait it asks for.
func (s *socketSender) exchange(ctx context.Context, project int) (status int, retryAfter time.Duration, err error) {
	if s.conns[project] == nil {
		if s.conns[project], err = dialSocket(ctx, s.targets[project]); err != nil {
			return 0, 0, err
		}
	}
	c := s.conns[project]
	if err := c.Write(ctx, websocket.MessageText, s.event); err != nil {
		return 0, 0, fmt.Errorf("write a frame: %w", err)
	}
	_, answer, err := c.Read(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read an acknowledgement: %w", err)
	}
	var ack struct {
		Error      json.RawMessage `json:"error"`
		Status     int             `json:"status"`
		RetryAfter int             `json:"retry_after"`
	}
	if err := json.Unmarshal(answer, &ack); err != nil {
		return 0, 0, fmt.Errorf("read an acknowledgement: %w", err)
	}
	retryAfter = time.Duration(ack.RetryAfter) * time.Second
	switch {
	case ack.Status != 0:
		return ack.Status, retryAfter, nil
	case len(ack.Error) > 0:
		return http.StatusBadRequest, retryAfter, nil
	}
	return http.StatusAccepted, 0, nil
}

func dialSocket(ctx context.Context, d org.DSN) (*websocket.Conn, error) {
	address := "ws://" + d.Host + d.Prefix + "/api/v1/events/ws?mesher_key=" + url.QueryEscape(d.Key)
	c, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: loopbackClient()})
	if err != nil {
		return nil, fmt.Errorf("%w to %s: %w", errDial, d.Host, err)
	}
	c.SetReadLimit(maxAnswer)
	return c, nil
}

// loopbackClient is an HTTP client that cannot leave this machine.
func loopbackClient() *http.Client {
	d := dialer()
	return &http.Client{Transport: &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return d.DialContext(ctx, network, address)
		},
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     30 * time.Second,
	}}
}
