// Package native is Mesher's own ingest API: events one by one, in bulk and
// over a WebSocket, and log entries as JSON lines. Events have the shape of the
// Sentry protocol, of which a message or an exception is enough.
package native

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/ingest"
)

// Handler answers the endpoints of the native ingest API.
type Handler struct {
	admission *ingest.Admission
	bodies    *ingest.Bodies
	log       *slog.Logger
	streams   atomic.Int64
}

// New returns a Handler.
func New(admission *ingest.Admission, bodies *ingest.Bodies, log *slog.Logger) *Handler {
	return &Handler{admission: admission, bodies: bodies, log: log}
}

// Routes registers the endpoints on mux under prefix ("" or "/some/path"), each
// with and without a final slash. Answers carry CORS headers, errors are
// problem documents (RFC 9457).
func (h *Handler) Routes(mux *http.ServeMux, prefix string) {
	prefix = strings.TrimRight(prefix, "/") + "/api/v1"
	routes := []struct {
		method, path string
		serve        func(http.ResponseWriter, *http.Request) error
	}{
		{http.MethodPost, "/events", h.single},
		{http.MethodPost, "/events/bulk", h.bulk},
		{http.MethodGet, "/events/ws", h.stream},
		{http.MethodPost, "/logs", h.logs},
	}
	for _, r := range routes {
		for _, end := range []string{"", "/{$}"} {
			path := prefix + r.path + end
			mux.Handle(r.method+" "+path, h.endpoint(r.serve))
			mux.Handle(http.MethodOptions+" "+path, h.endpoint(preflight))
		}
	}
}

func preflight(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) endpoint(serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ingest.AllowOrigins(w.Header(), r)
		err := serve(w, r)
		if err == nil {
			return
		}
		if status := problem.Status(fault.CodeOf(err)); status >= http.StatusInternalServerError && r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "events not taken", "path", r.URL.Path, "error", err)
		}
		problem.Write(w, err)
	})
}

// sender is who a request comes from.
type sender struct {
	key    string
	access *ingest.Access
	meta   eventlog.Meta
}

var errNoKey = fault.New(fault.Unauthenticated, "the request carries no key; send it in X-Mesher-Auth, in Authorization: DSN <key>, or as ?mesher_key=")

// read checks the key of a request, reserves room and reads its body. Call done
// once nothing refers to the body.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, limit int64) (s sender, body []byte, done func(), err error) {
	if s, err = h.open(r); err != nil {
		return s, nil, nil, err
	}
	release, err := h.admission.Enter(s.access, r.ContentLength)
	if err != nil {
		return s, nil, nil, err
	}
	b, err := h.bodies.Read(w, r, limit)
	if err != nil {
		release()
		return s, nil, nil, err
	}
	return s, b.Bytes, func() { b.Free(); release() }, nil
}

// open checks the key of a request.
func (h *Handler) open(r *http.Request) (s sender, err error) {
	auth, err := ingest.ParseAuth(r)
	if err != nil {
		return s, err
	}
	if auth.Key == "" {
		return s, errNoKey
	}
	if err := h.admission.Ready(); err != nil {
		return s, err
	}
	s.key = auth.Key
	s.meta = ingest.MetaOf(r, ingest.ProtocolNative, auth)
	s.access, err = h.admission.Open(r.Context(), auth.Key, auth.Project, s.meta.Origin)
	return s, err
}

func (h *Handler) single(w http.ResponseWriter, r *http.Request) error {
	s, body, done, err := h.read(w, r, ingest.MaxEvent)
	if err != nil {
		return err
	}
	defer done()
	item, err := eventItem(body)
	if err != nil {
		return err
	}
	receipt, err := h.admission.Admit(r.Context(), s.access, s.meta, []ingest.Item{item})
	if err == nil {
		err = limited(&receipt)
	}
	if err != nil {
		return err
	}
	return accepted(w, result{ID: hex.EncodeToString(item.EventID[:])})
}

// limited is the error of a request of which everything was refused.
func limited(r *ingest.Receipt) error {
	if len(r.Limits) == 0 {
		return nil
	}
	return &fault.Error{
		Code: fault.RateLimited, RetryAfter: r.RetryAfter(),
		Message: "a rate limit or quota of the project was reached; raise it in the project's settings or send less",
	}
}

// result is what became of one event.
type result struct {
	ID string `json:"id,omitempty"`
	// Error says what to change; Field is the member it is about.
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"`
	Field string `json:"field,omitempty"`
}

func failed(err error) result {
	r := result{Error: fault.MessageOf(err), Code: string(fault.CodeOf(err))}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		r.Field = f.Field
	}
	return r
}

func accepted(w http.ResponseWriter, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(body) // the client is gone when this fails
	return nil
}

// logs takes JSON lines, or a JSON list, of log entries.
func (h *Handler) logs(w http.ResponseWriter, r *http.Request) error {
	s, body, done, err := h.read(w, r, ingest.MaxContainer)
	if err != nil {
		return err
	}
	defer done()
	lines, err := asLines(bytes.TrimSpace(body))
	if err != nil {
		return err
	}
	items, err := ingest.LogLines(lines)
	if err != nil {
		return err
	}
	receipt, err := h.admission.Admit(r.Context(), s.access, s.meta, items)
	if err != nil {
		return err
	}
	var count struct {
		Accepted int64 `json:"accepted"`
		Rejected int64 `json:"rejected"`
	}
	for i := range items {
		count.Accepted += receipt.Kept[i]
		count.Rejected += items[i].Quantity - receipt.Kept[i]
	}
	if count.Accepted == 0 {
		if err := limited(&receipt); err != nil {
			return err
		}
	}
	return accepted(w, count)
}
