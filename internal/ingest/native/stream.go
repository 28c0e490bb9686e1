package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/ingest"
)

// Bounds of one stream.
const (
	maxStreams   = 2000
	streamFrames = 256     // frames admitted together at most
	streamBytes  = 4 << 20 // frames in memory before the client has to wait
	pingInterval = 30 * time.Second
	pongTimeout  = 15 * time.Second
	writeTimeout = 15 * time.Second
)

// ack answers one frame once its event is durable, or says why it is not.
type ack struct {
	// Seq is the frame's number on this connection, from 1.
	Seq int64 `json:"seq"`
	result
	// Status is the HTTP status the event would have got alone; RetryAfter are
	// seconds to wait before sending it again. Both only beside an error.
	Status     int `json:"status,omitempty"`
	RetryAfter int `json:"retry_after,omitempty"`
}

// stream takes events over a WebSocket, one JSON object a frame. Frames are
// answered in order, each by an ack. A client whose connection breaks sends
// again what was not acknowledged, under the same event_id: what had arrived is
// recognised as a duplicate, so nothing is lost or stored twice.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) error {
	s, err := h.open(r)
	if err != nil {
		return err
	}
	if h.streams.Add(1) > maxStreams {
		h.streams.Add(-1)
		return &fault.Error{Code: fault.Unavailable, Message: "too many open streams; connect again later", RetryAfter: 10 * time.Second}
	}
	defer h.streams.Add(-1)
	// The key is the protection and no cookie is looked at, so any origin may connect.
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil // Accept has answered
	}
	defer func() { _ = c.CloseNow() }() // after a proper Close this does nothing
	c.SetReadLimit(ingest.MaxEvent)
	st := stream{h: h, c: c, sender: s, frames: make(chan frame, streamFrames), room: semaphore.NewWeighted(streamBytes)}
	st.run(r.Context())
	return nil
}

type frame struct {
	seq  int64
	data []byte
}

type stream struct {
	h      *Handler
	c      *websocket.Conn
	sender sender
	frames chan frame
	// room is the memory left for frames.
	room *semaphore.Weighted
}

// run serves until the client leaves, the server stops or the key is switched
// off. The socket's own calls get a context that outlives ctx: cancelling one
// cuts the connection, and the client could not be told why.
func (s *stream) run(ctx context.Context) {
	g, inner := errgroup.WithContext(ctx)
	g.Go(func() error { return s.read(inner) })
	g.Go(func() error { return s.admit(inner) })
	g.Go(func() error { return s.ping(inner) })
	g.Go(func() error {
		<-inner.Done()
		status, reason := closing(ctx, context.Cause(inner))
		_ = s.c.Close(status, reason) // the client is gone when this fails
		return nil
	})
	_ = g.Wait() // the closing frame has told the reason
}

// closing says how to end a stream that cause brought to its end.
func closing(ctx context.Context, cause error) (websocket.StatusCode, string) {
	f, coded := errors.AsType[*fault.Error](cause)
	switch {
	case ctx.Err() != nil:
		return websocket.StatusGoingAway, "the server is stopping; connect again and send what was not acknowledged"
	case coded && f.Code == fault.Forbidden:
		return websocket.StatusPolicyViolation, f.Message[:min(len(f.Message), 120)]
	case websocket.CloseStatus(cause) == -1:
		return websocket.StatusInternalError, "the stream failed; connect again and send what was not acknowledged"
	}
	return websocket.StatusNormalClosure, ""
}

// read queues frames; when too much waits the client has to, by TCP's own means.
func (s *stream) read(ctx context.Context) error {
	for seq := int64(1); ; seq++ {
		_, data, err := s.c.Read(context.WithoutCancel(ctx))
		if err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		if err := s.room.Acquire(ctx, int64(len(data))); err != nil {
			return err
		}
		select {
		case s.frames <- frame{seq: seq, data: data}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// admit takes what waits, together, and acknowledges it.
func (s *stream) admit(ctx context.Context) error {
	for {
		select {
		case f := <-s.frames:
			if err := s.admitBatch(ctx, s.waiting(f)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waiting returns first and the frames that are there already.
func (s *stream) waiting(first frame) []frame {
	frames := []frame{first}
	for len(frames) < streamFrames {
		select {
		case f := <-s.frames:
			frames = append(frames, f)
		default:
			return frames
		}
	}
	return frames
}

func (s *stream) admitBatch(ctx context.Context, frames []frame) error {
	// The key may have been switched off since the stream was opened.
	access, err := s.h.admission.Open(ctx, s.sender.key, "", s.sender.meta.Origin)
	if err != nil {
		return err
	}
	var b batch
	size := int64(0)
	for _, f := range frames {
		b.add(eventItem(f.data))
		size += int64(len(f.data))
	}
	err = s.take(ctx, access, &b, size)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, f := range frames {
		if err := s.acknowledge(ctx, newAck(f.seq, b.results[i], err)); err != nil {
			return err
		}
		s.room.Release(int64(len(f.data)))
	}
	return nil
}

// take hands the events over; the error is what kept some or all of them out.
func (s *stream) take(ctx context.Context, access *ingest.Access, b *batch, size int64) error {
	release, err := s.h.admission.Enter(access, size)
	if err != nil {
		b.fail(err)
		return err
	}
	defer release()
	receipt, err := s.h.admission.Admit(ctx, access, s.sender.meta, b.items)
	if err != nil {
		b.fail(err)
		return err
	}
	b.settle(&receipt)
	return limited(&receipt)
}

// fail marks every event that could have been kept as not kept.
func (b *batch) fail(err error) {
	for i := range b.items {
		if b.items[i].Drop == "" {
			b.results[i] = failed(err)
		}
	}
}

// newAck makes the answer to a frame; refusal is what kept the refused events of its batch out.
func newAck(seq int64, r result, refusal error) ack {
	a := ack{Seq: seq, result: r}
	if r.Error == "" {
		return a
	}
	a.Status = problem.Status(fault.Code(r.Code))
	if f, ok := errors.AsType[*fault.Error](refusal); ok && string(f.Code) == r.Code {
		a.RetryAfter = int((f.RetryAfter + time.Second - 1) / time.Second)
	}
	return a
}

func (s *stream) acknowledge(ctx context.Context, a ack) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write an acknowledgement: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := s.c.Write(ctx, websocket.MessageText, body); err != nil {
		return fmt.Errorf("write an acknowledgement: %w", err)
	}
	return nil
}

// ping finds out about clients that are gone without a word.
func (s *stream) ping(ctx context.Context) error {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := s.pingOnce(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *stream) pingOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pongTimeout)
	defer cancel()
	if err := s.c.Ping(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}
