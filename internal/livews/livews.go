// Package livews is the WebSocket door to live streams:
//
//	GET /api/v1/projects/{id}/stream?query=&kinds=&after=
//
// The server sends JSON text frames with the facts of the project that match,
// gathered for up to 50 ms, and a frame without facts every 25 s when nothing
// happens. A client that comes back with the last cursor it saw misses nothing.
package livews

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/live"
	"github.com/mesher/mesher/internal/search"
)

const (
	// heartbeat keeps proxies from closing a quiet stream.
	heartbeat = 25 * time.Second
	// writeTimeout is how long a frame may take; a client that reads slower is sent away.
	writeTimeout = 10 * time.Second
	pingInterval = 30 * time.Second
	// maxQuery bounds the query in bytes.
	maxQuery = 1024
)

// defaultKinds are told when the request names none.
var defaultKinds = []string{
	eventlog.EventStored, eventlog.IssueNew, eventlog.IssueRegressed, eventlog.IssueEscalating, eventlog.IssueCounted, eventlog.IssueChanged,
}

// knownKinds are what a request may name.
var knownKinds = append([]string{eventlog.LogStored}, defaultKinds...)

// Options are what a Handler works with. Hub, Authorize, ParseQuery and Refuse are required.
type Options struct {
	Hub *live.Hub
	// Authorize returns nil when the caller of the request may read the project.
	Authorize func(r *http.Request, projectID int64) error
	// ParseQuery reads the search box.
	ParseQuery func(text string) (search.Query, error)
	// Refuse answers a request that does not become a stream.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
	// Origins are hosts besides the request's own from which browsers may connect.
	Origins []string
	// MaxConnections bounds the streams of this node, default 1000.
	MaxConnections int
	Logger         *slog.Logger
}

// Handler serves streams; the mux must give it the path value "id".
type Handler struct {
	o    Options
	open atomic.Int64

	closeOnce sync.Once
	closing   chan struct{}
}

// New makes a handler.
func New(o Options) *Handler {
	o.MaxConnections = cmp.Or(o.MaxConnections, 1000)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return &Handler{o: o, closing: make(chan struct{})}
}

// Shutdown tells every stream to come back later, and refuses new ones. An HTTP
// server does not know connections that were taken over, so it must be told apart.
func (h *Handler) Shutdown() { h.closeOnce.Do(func() { close(h.closing) }) }

// Open is the number of streams that are open.
func (h *Handler) Open() int64 { return h.open.Load() }

// ServeHTTP runs one stream until the client leaves or the hub stops.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	options, err := h.read(r)
	if err != nil {
		h.o.Refuse(w, r, err)
		return
	}
	select {
	case <-h.closing:
		h.o.Refuse(w, r, &fault.Error{Code: fault.Unavailable, RetryAfter: 5 * time.Second, Message: "the server is shutting down; come back shortly"})
		return
	default:
	}
	defer h.open.Add(-1)
	if h.open.Add(1) > int64(h.o.MaxConnections) {
		h.o.Refuse(w, r, &fault.Error{
			Code: fault.Unavailable, RetryAfter: 10 * time.Second,
			Message: "too many live streams are open on this server; close one or raise its limit",
		})
		return
	}
	// Accept compares the Origin of browsers with the host: a cookie alone must not open a stream for another site.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: h.o.Origins})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	if err := h.stream(r.Context(), conn, options); err != nil {
		h.o.Logger.Debug("live stream ended", "project", options.ProjectID, "reason", err)
	}
}

func (h *Handler) read(r *http.Request) (live.Options, error) {
	projectID, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || projectID <= 0 {
		return live.Options{}, fault.New(fault.NotFound, "there is no such project")
	}
	if err := h.o.Authorize(r, projectID); err != nil {
		return live.Options{}, err
	}
	o := live.Options{ProjectID: projectID, Kinds: defaultKinds}
	values := r.URL.Query()
	if kinds := values.Get("kinds"); kinds != "" {
		if o.Kinds, err = readKinds(kinds); err != nil {
			return o, err
		}
	}
	if o.After, err = readCursor(values.Get("after")); err != nil {
		return o, err
	}
	text := values.Get("query")
	if len(text) > maxQuery {
		return o, fault.Field("query", "a query has at most %d bytes", maxQuery)
	}
	o.Query, err = h.o.ParseQuery(text)
	return o, err
}

func readKinds(text string) ([]string, error) {
	kinds := strings.Split(text, ",")
	for _, k := range kinds {
		if !isKnown(k) {
			return nil, fault.Field("kinds", "%q is no kind of fact; choose from %s", k, strings.Join(knownKinds, ", "))
		}
	}
	return kinds, nil
}

func isKnown(kind string) bool {
	for _, k := range knownKinds {
		if k == kind {
			return true
		}
	}
	return false
}

func readCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, fault.Field("after", "%q is no cursor; use the cursor of a frame that was received", text)
	}
	return after, nil
}

// frame is what a client receives.
type frame struct {
	Facts   []fact `json:"facts"`
	Dropped int64  `json:"dropped"`
	// Cursor is text because row ids exceed the integers JavaScript holds exactly; empty until an event passed by.
	Cursor string `json:"cursor"`
}

type fact struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	Cursor string          `json:"cursor"`
	Data   json.RawMessage `json:"data"`
}

// maxFrame bounds the facts of a frame, about 150 KB, so that a client on a slow line gets it in time.
const maxFrame = 128

// frames parts a batch. The cursor of each frame covers what was sent up to it
// and nothing more; last is that of the frame before the batch.
func frames(b live.Batch, last int64) []frame {
	var out []frame
	for len(b.Facts) > maxFrame {
		part := live.Batch{Facts: b.Facts[:maxFrame], Dropped: b.Dropped}
		for _, f := range part.Facts {
			last = max(last, f.Cursor)
		}
		part.Cursor = last
		out = append(out, newFrame(part))
		b.Facts, b.Dropped = b.Facts[maxFrame:], 0
	}
	return append(out, newFrame(b))
}

func newFrame(b live.Batch) frame {
	f := frame{Facts: make([]fact, len(b.Facts)), Dropped: b.Dropped, Cursor: cursorText(b.Cursor)}
	for i, in := range b.Facts {
		f.Facts[i] = fact{ID: in.ID, Kind: in.Kind, Cursor: cursorText(in.Cursor), Data: in.Data}
	}
	return f
}

// appendTo appends what encoding/json makes of f, without looking through the
// facts again: on a busy stream that costs more than everything else here.
func (f frame) appendTo(b []byte) []byte {
	text := func(name, value string) {
		b = event.AppendString(append(b, name...), value)
	}
	b = append(b, `{"facts":[`...)
	for i, one := range f.Facts {
		if i > 0 {
			b = append(b, ',')
		}
		text(`{"id":`, one.ID)
		text(`,"kind":`, one.Kind)
		text(`,"cursor":`, one.Cursor)
		b = append(append(append(b, `,"data":`...), one.Data...), '}')
	}
	b = strconv.AppendInt(append(b, `],"dropped":`...), f.Dropped, 10)
	text(`,"cursor":`, f.Cursor)
	return append(b, '}')
}

func cursorText(cursor int64) string {
	if cursor == 0 {
		return ""
	}
	return strconv.FormatInt(cursor, 10)
}

// stream sends batches until the client is gone. What the client sends is not read, apart from its close.
func (h *Handler) stream(ctx context.Context, conn *websocket.Conn, o live.Options) error {
	ctx, cancel := context.WithCancelCause(conn.CloseRead(ctx))
	defer cancel(nil)
	go h.watch(ctx, conn, cancel)
	sub, err := h.o.Hub.Subscribe(o)
	if err != nil {
		h.o.Logger.Error("live stream cannot listen", "project", o.ProjectID, "error", err)
		return conn.Close(websocket.StatusTryAgainLater, "events cannot be listened to now; come back with the last cursor")
	}
	defer sub.Close()
	for cursor := o.After; ; {
		b, err := nextBatch(ctx, sub)
		if errors.Is(err, live.ErrClosed) || errors.Is(context.Cause(ctx), live.ErrClosed) {
			return conn.Close(websocket.StatusGoingAway, "the server is stopping; come back with the last cursor")
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			h.o.Logger.Error("live stream cannot read missed events", "project", o.ProjectID, "error", err)
			return conn.Close(websocket.StatusTryAgainLater, "missed events cannot be read now; come back with the last cursor")
		}
		for _, f := range frames(b, cursor) {
			if err := write(ctx, conn, f); err != nil {
				return err
			}
		}
		cursor = b.Cursor
	}
}

// nextBatch waits for facts, or for the time of a heartbeat.
func nextBatch(ctx context.Context, sub *live.Subscription) (live.Batch, error) {
	waiting, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	b, err := sub.Next(waiting)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && errors.Is(waiting.Err(), context.DeadlineExceeded) {
		return b, nil
	}
	return b, err
}

func write(ctx context.Context, conn *websocket.Conn, f frame) error {
	data := f.appendTo(make([]byte, 0, 64+1024*len(f.Facts)))
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, data)
}

// watch ends the stream of a client that does not answer pings, and every stream when the handler closes.
func (h *Handler) watch(ctx context.Context, conn *websocket.Conn, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-h.closing:
			cancel(live.ErrClosed)
			return
		case <-ctx.Done():
			return
		}
		waiting, done := context.WithTimeout(ctx, writeTimeout)
		err := conn.Ping(waiting)
		done()
		if err != nil {
			cancel(errors.New("the client does not answer pings"))
			return
		}
	}
}
