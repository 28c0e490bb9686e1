package ingest

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store"
)

// Config is what an Admission needs. All but Gate and Now are required.
type Config struct {
	Keys    Keys
	Limiter Limiter
	Log     eventlog.Appender
	// Gate may be nil.
	Gate Gate
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Admission decides about everything that arrives. It is safe for concurrent use.
type Admission struct {
	config  Config
	refused tally
	counts  Counts
}

// Counts are totals since the start, for metrics.
type Counts struct {
	// Items and Bytes were appended to the log; Refused were turned away by a limit.
	Items, Bytes, Refused atomic.Int64
}

// New returns an Admission. Run its Serve so that refusals reach the ledger.
func New(c Config) *Admission {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Admission{config: c}
}

// Counts returns the totals; they go on counting.
func (a *Admission) Counts() *Counts { return &a.counts }

// Now is the time of admission, in Unix µs.
func (a *Admission) Now() int64 { return a.config.Now().UnixMicro() }

// Ready returns a fault.Unavailable error while nothing can be kept, so that a
// request can be refused before its body is read.
func (a *Admission) Ready() error {
	if a.config.Gate == nil {
		return nil
	}
	return a.config.Gate.Ready()
}

// Enter asks the gate for room for a request of so many bytes, below 0 when
// unknown, before its body is read. Call release once the request is done.
func (a *Admission) Enter(access *Access, bytes int64) (release func(), err error) {
	if a.config.Gate == nil {
		return func() {}, nil
	}
	release, err = a.config.Gate.Enter(access.ProjectID, bytes)
	if err != nil {
		a.counts.Refused.Add(1)
		a.refuse(access, store.LedgerCount{Category: CategoryUnknown, Outcome: store.RateLimited, Reason: ReasonOverload, Quantity: 1})
		return nil, err
	}
	return release, nil
}

// Open checks a key. project is the id in the request's path, empty when the
// path names none; origin is the browser's Origin header.
func (a *Admission) Open(ctx context.Context, key, project, origin string) (*Access, error) {
	access, err := a.config.Keys.Lookup(ctx, key)
	if fault.CodeOf(err) == fault.NotFound && err != nil {
		return nil, fault.Wrap(err, fault.Forbidden, "no project has this key; copy the DSN from the project's settings")
	}
	if err != nil {
		return nil, fmt.Errorf("look up a DSN key: %w", err)
	}
	switch {
	case !access.Active:
		return nil, fault.New(fault.Forbidden, "this key is switched off; use another key of the project")
	case project != "" && project != strconv.FormatInt(access.ProjectID, 10):
		return nil, fault.New(fault.Forbidden, "the key does not belong to project %s; copy the DSN from the project's settings", clip(project))
	case !allowsOrigin(access, origin):
		a.refuse(access, store.LedgerCount{Category: CategoryUnknown, Outcome: store.Filtered, Reason: ReasonOrigin, Quantity: 1})
		return nil, fault.New(fault.Forbidden, "the project does not accept events from this origin; add it to the project's allowed origins")
	}
	return access, nil
}

func clip(s string) string { return strconv.Quote(s[:min(len(s), 40)]) }

// allowsOrigin matches an origin against the project's list: whole origins or
// host names, with * as a wildcard.
func allowsOrigin(access *Access, origin string) bool {
	if origin == "" || access.Settings == nil || len(access.Settings.Filters.AllowedOrigins) == 0 {
		return true
	}
	host := origin
	if u, err := url.Parse(origin); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return slices.ContainsFunc(access.Settings.Filters.AllowedOrigins, func(pattern string) bool {
		subject := host
		if strings.Contains(pattern, "://") {
			subject = origin
		}
		return pattern == "*" || wildcard(pattern, subject)
	})
}

func wildcard(pattern, s string) bool {
	escape := strings.NewReplacer("/", "\x00", "[", `\[`, "?", `\?`)
	ok, err := path.Match(strings.ToLower(escape.Replace(pattern)), strings.ToLower(strings.ReplaceAll(s, "/", "\x00")))
	return ok && err == nil
}
