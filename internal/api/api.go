// Package api is the management API: one file per resource, every operation
// described to OpenAPI and guarded by one rule (see access.go). Handlers hold
// no policy of their own: rights are internal/org's, identity internal/auth's,
// triage internal/issue's, storage internal/store's.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/store"
)

// Accounts is what the API keeps of people and tenants.
type Accounts interface {
	auth.Store
	store.Organizations
	store.Members
	store.AuditLog
	store.Projects
	store.Keys
	store.Bookmarks
	store.Subscriptions
	store.Notifications
	store.Teams
	store.Shares
}

// Telemetry is what the API reads of issues, events and logs, and changes of issues.
type Telemetry interface {
	store.IssueReader
	store.IssueWriter
	store.EventReader
	store.AttachmentReader
	store.LogReader
	store.StatsReader
	store.ActivityReader
	store.FingerprintReader
	store.StorageReader
	store.Discards
	store.GroupingStore
	store.LogPatternReader
	retention.Holdings
}

// FactPublisher tells what changed.
type FactPublisher interface {
	Publish(ctx context.Context, facts []eventlog.Fact) error
}

// KeyCache forgets what admission remembers of a project's keys and settings.
type KeyCache interface {
	Forget(projectID int64)
}

// Options of a Server. All parts are required unless said otherwise.
type Options struct {
	Accounts  Accounts
	Telemetry Telemetry
	Auth      *auth.Service
	Facts     FactPublisher
	Keys      KeyCache
	// OIDC signs people in with an identity provider; nil when there is none.
	OIDC IdentityProvider
	// PublicURL is the address people and SDKs use; empty means that of the request.
	PublicURL string
	Version   string
	// RetentionDays is how long events of projects are kept that do not say.
	RetentionDays int
	// Timeout bounds an operation, with reading its input and waiting for the database; 0 means 30 s.
	Timeout time.Duration
	Log     *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server answers everything below /api/v1 that is not ingest or a stream, the
// OpenAPI document and its docs. It is safe for concurrent use.
type Server struct {
	Options
	mux    *http.ServeMux
	api    huma.API
	origin *http.CrossOriginProtection
}

// New returns a Server with every operation registered.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	s := &Server{Options: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	if o.PublicURL != "" {
		// An address that is no origin protects nothing more, and nothing less.
		_ = s.origin.AddTrustedOrigin(o.PublicURL)
	}
	configureHuma()
	s.api = humago.New(s.mux, s.config())
	s.api.UseMiddleware(s.admit)
	s.registerAll()
	s.finishDocument()
	s.registerDocs()
	return s
}

// Patterns are what the Server wants to be mounted at.
func (s *Server) Patterns() []string { return []string{"/api/"} }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.unmatched(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

// unmatched answers what no operation does as a problem document, with the
// methods that the path would allow.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request) {
	rec := &headerRecorder{header: http.Header{}}
	s.mux.ServeHTTP(rec, r)
	if allow := rec.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		problem.Write(w, problem.WithStatus(http.StatusMethodNotAllowed, "this path allows "+allow))
		return
	}
	problem.Write(w, problem.WithStatus(http.StatusNotFound, "there is no such operation; /api/docs lists all of them"))
}

// headerRecorder keeps the headers of an answer and drops the rest.
type headerRecorder struct{ header http.Header }

func (h *headerRecorder) Header() http.Header         { return h.header }
func (h *headerRecorder) Write(b []byte) (int, error) { return len(b), nil }
func (h *headerRecorder) WriteHeader(int)             {}

func (s *Server) registerAll() {
	s.registerSession()
	s.registerOIDC()
	s.registerSetup()
	s.registerAccount()
	s.registerTOTP()
	s.registerIdentities()
	s.registerTokens()
	s.registerOrganizations()
	s.registerMembers()
	s.registerInvitations()
	s.registerTeams()
	s.registerAudit()
	s.registerProjects()
	s.registerSettings()
	s.registerKeys()
	s.registerIssues()
	s.registerIssueDetail()
	s.registerTriage()
	s.registerUndo()
	s.registerSubscriptions()
	s.registerNotifications()
	s.registerActivity()
	s.registerDiscards()
	s.registerShares()
	s.registerEvents()
	s.registerAttachments()
	s.registerLogs()
	s.registerLogPatterns()
	s.registerExplanation()
	s.registerPreview()
	s.registerSplit()
	s.registerStats()
	s.registerUsage()
	s.registerForecast()
}

// configureHuma sets what huma keeps in package variables, once: errors are
// our problem documents and lists are never null.
var configureHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return newProblem(status, message, errs)
	}
})

// misfit is how encoding/json refuses a value that huma took for valid: a number beyond its field's type.
var misfit = regexp.MustCompile(`^json: cannot unmarshal (?:number )?(.+) into Go struct field \w+\.(\S+) of type`)

// inputField is what huma says of an input, without the names of Go's types.
func inputField(d *huma.ErrorDetail) problem.Field {
	if m := misfit.FindStringSubmatch(d.Message); m != nil {
		return problem.Field{Location: d.Location + "." + m[2], Message: m[1] + " does not fit here"}
	}
	return problem.Field{Location: d.Location, Message: d.Message}
}

// newProblem turns huma's validation errors into a problem document. Huma calls
// bad input 422; everywhere else in Mesher it is 400, so here too.
func newProblem(status int, message string, errs []error) *problem.Problem {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	fields := make([]problem.Field, 0, len(errs))
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			fields = append(fields, inputField(d.ErrorDetail()))
		}
	}
	if len(fields) > 0 {
		message = fields[0].Location + ": " + fields[0].Message
	}
	return problem.WithStatus(status, message, fields...)
}
