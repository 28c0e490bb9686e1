package sentry

import (
	"bytes"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/store"
)

// Handler answers the endpoints of the Sentry protocol.
type Handler struct {
	admission *ingest.Admission
	bodies    *ingest.Bodies
	log       *slog.Logger
	// limit is MaxRequest, less in tests.
	limit int64
}

// New returns a Handler.
func New(admission *ingest.Admission, bodies *ingest.Bodies, log *slog.Logger) *Handler {
	return &Handler{admission: admission, bodies: bodies, log: log, limit: ingest.MaxRequest}
}

// Routes registers the endpoints on mux under prefix ("" or "/some/path"), each
// with and without a final slash, so that none redirects. Answers carry CORS headers.
func (h *Handler) Routes(mux *http.ServeMux, prefix string) {
	prefix = strings.TrimRight(prefix, "/") + "/api"
	routes := []struct {
		path  string
		serve func(http.ResponseWriter, *http.Request) error
	}{
		{"/{project}/envelope", h.envelope},
		{"/{project}/store", h.store},
		{"/store", h.store},
		{"/{project}/security", h.security},
		{"/{project}/csp-report", h.security},
		{"/{project}/cron/{slug}", h.cron},
		{"/{project}/cron/{slug}/{key}", h.cron},
		{"/{project}/nel", h.absent},
		{"/{project}/minidump", h.absent},
		{"/{project}/unreal/{key}", h.absent},
		{"/{project}/playstation", h.absent},
		{"/{project}/events/{event_id}/attachments", h.absent},
	}
	for _, r := range routes {
		handler := h.endpoint(r.serve)
		mux.Handle(prefix+r.path, handler)
		mux.Handle(prefix+r.path+"/{$}", handler)
	}
}

// endpoint adds CORS, answers preflights and turns errors into answers.
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

// open checks the key of a request before its body is read.
func (h *Handler) open(r *http.Request) (ingest.Auth, *ingest.Access, error) {
	if r.Method != http.MethodPost {
		return ingest.Auth{}, nil, errMethod
	}
	auth, err := ingest.ParseAuth(r)
	if err != nil {
		return auth, nil, err
	}
	if err := h.admission.Ready(); err != nil {
		return auth, nil, err
	}
	if auth.Key == "" {
		return auth, nil, nil
	}
	access, err := h.access(r, auth)
	return auth, access, err
}

func (h *Handler) access(r *http.Request, auth ingest.Auth) (*ingest.Access, error) {
	if auth.Key == "" {
		return nil, errNoKey
	}
	project := r.PathValue("project")
	if auth.Project != "" && project != "" && auth.Project != project {
		return nil, fault.New(fault.Invalid, "the DSN names project %q, the address project %q; send to the DSN's project", auth.Project, project)
	}
	return h.admission.Open(r.Context(), auth.Key, project, r.Header.Get("Origin"))
}

var (
	errMethod = fault.New(fault.NotFound, "only POST is understood here")
	errNoKey  = fault.New(fault.Unauthenticated, "the request carries no key; send sentry_key in X-Sentry-Auth or in the query, as the DSN says")
)

// anonymousLimit bounds a body that is read before any key is known, because
// only the envelope's own header may name one.
const anonymousLimit = 2 * ingest.MaxEvent

func (h *Handler) envelope(w http.ResponseWriter, r *http.Request) error {
	auth, access, err := h.open(r)
	if err != nil {
		return err
	}
	limit := int64(anonymousLimit)
	if access != nil {
		release, err := h.admission.Enter(access, r.ContentLength)
		if err != nil {
			return err
		}
		defer release()
		limit = h.limit
	}
	body, err := h.bodies.Read(w, r, limit)
	if err != nil {
		return err
	}
	defer body.Free()
	return h.admitEnvelope(w, r, auth, access, body.Bytes)
}

// admitEnvelope takes an envelope; access is nil while only its header may name the key.
func (h *Handler) admitEnvelope(w http.ResponseWriter, r *http.Request, auth ingest.Auth, access *ingest.Access, body []byte) error {
	e, err := ParseEnvelope(body)
	if err != nil {
		return err
	}
	if auth, err = auth.Use(e.Header.DSN); err != nil {
		return err
	}
	if access == nil || auth.Project != "" {
		if access, err = h.access(r, auth); err != nil {
			return err
		}
	}
	if e.Err != nil && len(e.Items) == 0 {
		return e.Err
	}
	var c contents
	c.read(&e)
	meta := ingest.MetaOf(r, ingest.ProtocolSentry, auth)
	meta.SentAt, meta.Release, meta.Environment = e.Header.SentAt, e.Header.Release, e.Header.Environment
	if meta.Client == "" {
		meta.Client = e.Header.SDK
	}
	return h.admit(w, r, access, meta, &c)
}

func (h *Handler) store(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet && r.URL.Query().Has("sentry_data") {
		return h.pixel(w, r)
	}
	auth, access, err := h.open(r)
	if err != nil {
		return err
	}
	limit := int64(2 * ingest.MaxEvent) // base64 takes a third more than the event
	isEnvelope := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-sentry-envelope")
	if isEnvelope {
		limit = h.limit
	}
	if access == nil {
		return errNoKey
	}
	release, err := h.admission.Enter(access, r.ContentLength)
	if err != nil {
		return err
	}
	defer release()
	body, err := h.bodies.Read(w, r, limit)
	if err != nil {
		return err
	}
	defer body.Free()
	if isEnvelope {
		return h.admitEnvelope(w, r, auth, access, body.Bytes)
	}
	return h.admitStore(w, r, storeBody{auth: auth, access: access, raw: body.Bytes})
}

// storeBody is one event outside of an envelope.
type storeBody struct {
	auth   ingest.Auth
	access *ingest.Access
	raw    []byte
}

func (h *Handler) admitStore(w http.ResponseWriter, r *http.Request, b storeBody) error {
	payload, owner, err := decodeStore(h.bodies, b.raw)
	if err != nil {
		return err
	}
	defer owner.Free()
	var c contents
	c.event(payload, [16]byte{}, false)
	return h.admit(w, r, b.access, ingest.MetaOf(r, ingest.ProtocolSentry, b.auth), &c)
}

// pixel is the image request of very old browsers, with the event in the query.
func (h *Handler) pixel(w http.ResponseWriter, r *http.Request) error {
	auth, err := ingest.ParseAuth(r)
	if err != nil {
		return err
	}
	access, err := h.access(r, auth)
	if err != nil {
		return err
	}
	payload, owner, err := decodeStore(h.bodies, []byte(r.URL.Query().Get("sentry_data")))
	if err != nil {
		return err
	}
	defer owner.Free()
	var c contents
	c.event(payload, [16]byte{}, false)
	if c.items[0].Drop != "" {
		return dropError(&c.items[0])
	}
	if _, err := h.admission.Admit(r.Context(), access, ingest.MetaOf(r, ingest.ProtocolSentry, auth), c.items); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/gif")
	_, _ = w.Write(transparentGIF) // the client is gone when this fails
	return nil
}

var transparentGIF = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// admit hands the items over and answers.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, access *ingest.Access, meta eventlog.Meta, c *contents) error {
	receipt, err := h.admission.Admit(r.Context(), access, meta, c.items)
	if err != nil {
		return err
	}
	if len(receipt.Limits) > 0 {
		setLimits(w.Header(), receipt.Limits)
		return &fault.Error{
			Code: fault.RateLimited, RetryAfter: receipt.RetryAfter(),
			Message: "a rate limit or quota of the project was reached; raise it in the project's settings or send less",
		}
	}
	if err := nothingUsable(c.items); err != nil {
		return err
	}
	answer := []byte("{}")
	if c.hasID {
		answer = append(hex.AppendEncode([]byte(`{"id":"`), c.eventID[:]), `"}`...)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // the client is gone when this fails
	return nil
}

// nothingUsable returns what is wrong when every item failed.
func nothingUsable(items []ingest.Item) error {
	for i := range items {
		if items[i].Drop != store.Failed {
			return nil
		}
	}
	if len(items) == 0 {
		return nil
	}
	return dropError(&items[0])
}

func dropError(item *ingest.Item) error {
	if item.Reason == ingest.ReasonTooLarge {
		return fault.New(fault.TooLarge, "an item of category %s is larger than is accepted; send less context with it", item.Category)
	}
	return fault.New(fault.Invalid, "an item of category %s is not valid JSON", item.Category)
}

// security takes browsers' reports; the key is in the query.
func (h *Handler) security(w http.ResponseWriter, r *http.Request) error {
	auth, access, err := h.open(r)
	if err != nil {
		return err
	}
	if access == nil {
		return errNoKey
	}
	if !isReportType(r.Header.Get("Content-Type")) {
		return fault.New(fault.Unsupported, "a security report has the type application/csp-report, application/reports+json or application/json")
	}
	release, err := h.admission.Enter(access, r.ContentLength)
	if err != nil {
		return err
	}
	defer release()
	body, err := h.bodies.Read(w, r, ingest.MaxEvent)
	if err != nil {
		return err
	}
	defer body.Free()
	items := securityItems(body.Bytes)
	if err := nothingUsable(items); err != nil {
		return err
	}
	meta := ingest.MetaOf(r, ingest.ProtocolSentry, auth)
	query := r.URL.Query()
	meta.Release, meta.Environment = query.Get("sentry_release"), query.Get("sentry_environment")
	receipt, err := h.admission.Admit(r.Context(), access, meta, items)
	if err != nil {
		return err
	}
	if len(receipt.Limits) > 0 {
		setLimits(w.Header(), receipt.Limits)
		return &fault.Error{Code: fault.RateLimited, RetryAfter: receipt.RetryAfter(), Message: "too many security reports; raise the project's limit"}
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func isReportType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "application/csp-report", "application/json", "application/reports+json",
		"application/expect-ct-report", "application/expect-ct-report+json", "application/expect-staple-report":
		return true
	}
	return false
}

// securityItems makes one item of each report: of the one object, or of each of a Reporting API list.
func securityItems(body []byte) []ingest.Item {
	var items []ingest.Item
	for _, report := range event.SecurityReports(bytes.TrimSpace(body)) {
		items = append(items, ingest.Item{
			Category: ingest.CategorySecurity, Kind: eventlog.KindSecurity, EventID: ingest.NewEventID(), Body: report,
		})
	}
	if len(items) == 0 {
		return []ingest.Item{ingest.Fail(ingest.CategorySecurity, ingest.ReasonInvalid, body)}
	}
	return items
}

// cron answers check-ins from crontabs: they are counted and dropped.
func (h *Handler) cron(w http.ResponseWriter, r *http.Request) error {
	auth, err := ingest.ParseAuth(r)
	if err != nil {
		return err
	}
	if key := r.PathValue("key"); auth.Key == "" && key != "" {
		auth.Key = strings.ToLower(key)
	}
	access, err := h.access(r, auth)
	if err != nil {
		return err
	}
	items := []ingest.Item{ingest.Discard(ingest.CategoryMonitor, ingest.ReasonUnsupported, nil)}
	if _, err := h.admission.Admit(r.Context(), access, ingest.MetaOf(r, ingest.ProtocolSentry, auth), items); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// absent answers endpoints of the protocol that Mesher does not have.
func (h *Handler) absent(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "Mesher does not take this kind of data")
}
