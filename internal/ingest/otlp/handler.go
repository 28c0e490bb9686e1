// Package otlp takes logs of OpenTelemetry exporters over OTLP/HTTP
// (PROTOCOL.md, §10), protobuf and JSON.
package otlp

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/ingest"
)

// Handler answers the OTLP/HTTP endpoints.
type Handler struct {
	admission *ingest.Admission
	bodies    *ingest.Bodies
	log       *slog.Logger
	// limit is MaxOTLP, less in tests.
	limit int64
}

// New returns a Handler.
func New(admission *ingest.Admission, bodies *ingest.Bodies, log *slog.Logger) *Handler {
	return &Handler{admission: admission, bodies: bodies, log: log, limit: ingest.MaxOTLP}
}

// Routes registers the endpoints on mux under prefix ("" or "/some/path"), each
// with and without a final slash: OTLP's own path, one with the project, and
// the path Sentry's documents name. Traces and metrics are not found, which
// exporters do not repeat.
func (h *Handler) Routes(mux *http.ServeMux, prefix string) {
	prefix = strings.TrimRight(prefix, "/")
	for _, base := range []string{"/v1", "/api/{project}/otlp/v1", "/api/{project}/integration/otlp/v1"} {
		for _, end := range []string{"", "/{$}"} {
			mux.Handle(prefix+base+"/logs"+end, h.endpoint(h.logs))
			mux.Handle(prefix+base+"/traces"+end, h.endpoint(absent))
			mux.Handle(prefix+base+"/metrics"+end, h.endpoint(absent))
		}
	}
}

func absent(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "Mesher takes logs; traces and metrics belong to another collector")
}

// format is how a request and its answer are written.
type format string

const (
	protobuf format = "application/x-protobuf"
	asJSON   format = "application/json"
)

// formatOf reads a media type; ok is false for types OTLP does not have.
func formatOf(contentType string) (f format, ok bool) {
	media, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "application/x-protobuf", "application/protobuf":
		return protobuf, true
	case "application/json":
		return asJSON, true
	}
	return asJSON, false
}

func (h *Handler) endpoint(serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ingest.AllowOrigins(w.Header(), r)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusOK)
			return
		}
		if err := serve(w, r); err != nil {
			h.fail(w, r, err)
		}
	})
}

var (
	errMethod = fault.New(fault.NotFound, "only POST is understood here")
	errNoKey  = fault.New(fault.Unauthenticated, "the request carries no key; set OTEL_EXPORTER_OTLP_HEADERS to x-mesher-auth=<key of the DSN>")
	errType   = fault.New(fault.Unsupported, "the Content-Type must be application/x-protobuf or application/json")
)

func (h *Handler) logs(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return errMethod
	}
	auth, err := ingest.ParseAuth(r)
	if err != nil {
		return err
	}
	if auth.Key == "" {
		return errNoKey
	}
	form, ok := formatOf(r.Header.Get("Content-Type"))
	if !ok {
		return errType
	}
	if err := h.admission.Ready(); err != nil {
		return err
	}
	project := r.PathValue("project")
	if project == "" {
		project = auth.Project
	}
	access, err := h.admission.Open(r.Context(), auth.Key, project, r.Header.Get("Origin"))
	if err != nil {
		return err
	}
	release, err := h.admission.Enter(access, r.ContentLength)
	if err != nil {
		return err
	}
	defer release()
	body, err := h.bodies.Read(w, r, h.limit)
	if err != nil {
		return err
	}
	defer body.Free()
	items, err := readItems(form, body.Bytes)
	if err != nil {
		return err
	}
	receipt, err := h.admission.Admit(r.Context(), access, ingest.MetaOf(r, ingest.ProtocolOTLP, auth), items)
	if err != nil {
		return err
	}
	return answer(w, form, items, &receipt)
}

// answer says that all records were taken, or how many were refused. When a
// limit refused all of them the answer is 429, after which exporters try again.
func answer(w http.ResponseWriter, form format, items []ingest.Item, receipt *ingest.Receipt) error {
	var kept, refused int64
	for i := range items {
		kept += receipt.Kept[i]
		refused += items[i].Quantity - receipt.Kept[i]
	}
	if len(receipt.Limits) == 0 {
		refused = 0 // sampled: nothing the client should see
	}
	const message = "a rate limit or quota of the project was reached; raise it in the project's settings or send less"
	if refused > 0 && kept == 0 {
		return &fault.Error{Code: fault.RateLimited, RetryAfter: receipt.RetryAfter(), Message: message}
	}
	var response collector.ExportLogsServiceResponse
	if refused > 0 {
		response.PartialSuccess = &collector.ExportLogsPartialSuccess{RejectedLogRecords: refused, ErrorMessage: message}
	}
	return write(w, form, http.StatusOK, &response)
}

// fail answers an error as a google.rpc.Status in the request's format.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := problem.Status(fault.CodeOf(err))
	if errors.Is(err, errMethod) {
		w.Header().Set("Allow", "POST, OPTIONS")
		status = http.StatusMethodNotAllowed
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(int(math.Ceil(f.RetryAfter.Seconds())), 1)))
	}
	if status >= http.StatusInternalServerError && r.Context().Err() == nil {
		h.log.ErrorContext(r.Context(), "logs not taken", "path", r.URL.Path, "error", err)
	}
	form, _ := formatOf(r.Header.Get("Content-Type"))
	writeStatus(w, form, status, fault.MessageOf(err))
}

func write(w http.ResponseWriter, form format, status int, message proto.Message) error {
	body, err := marshal(form, message)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", string(form))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone when this fails
	return nil
}
