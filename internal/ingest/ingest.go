// Package ingest is the front door: the one admission function behind every
// protocol, and what the protocols share: keys, bodies, limits. Whatever is
// answered with success has been appended to the event log, the ledger lines
// of what was dropped included.
package ingest

import (
	"context"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Access is what a DSN key opens.
type Access struct {
	KeyID          int64
	ProjectID      int64
	OrganizationID int64
	// Active is false for a key that was switched off.
	Active bool
	// RateLimitPerMinute limits this key alone, 0 for none.
	RateLimitPerMinute int64
	// Settings are the project's and are not changed once handed out.
	Settings *org.Settings
}

// Keys finds what a public key opens. It is asked for every request, so the
// implementation caches, unknown keys too.
type Keys interface {
	// Lookup returns a fault.NotFound error for a key that no project has.
	// publicKey is 32 lower-case hex digits. The Access is shared: do not change it.
	Lookup(ctx context.Context, publicKey string) (*Access, error)
}

// Limiter decides how much of what arrives a project may keep.
type Limiter interface {
	// Allow takes up to d.Quantity of the project's allowance. It is called
	// once per category and request, never blocks and reads no database.
	Allow(ctx context.Context, a *Access, d Demand) Decision
}

// Gate refuses work before bodies are read: all of it while the server cannot
// take any, and that of a project which has its share of the server's room.
type Gate interface {
	// Ready returns a fault.Unavailable error while nothing can be kept.
	Ready() error
	// Enter reserves room for a request of so many bytes, below 0 when unknown,
	// until release is called. The error is fault.RateLimited for a project that
	// holds its share, and fault.Unavailable when there is no room at all.
	Enter(projectID, bytes int64) (release func(), err error)
}

// Demand is what a request asks for.
type Demand struct {
	Category string
	Quantity int64
	// Bytes is the decompressed size of the items.
	Bytes int64
	// Now is the time of the request, in Unix µs.
	Now int64
}

// Decision says what a Limiter grants. The zero value grants nothing.
type Decision struct {
	// Allowed is how many of the demanded items may be kept: the first ones.
	Allowed int64
	// Outcome is what the rest counts as in the ledger: store.RateLimited or
	// store.Sampled; empty means store.RateLimited.
	Outcome string
	// Reason is the fixed word for the ledger, such as "project_rate" or "quota".
	Reason string
	// RetryAfter is how long the client should send nothing of the category;
	// zero for sampling, which the client does not notice.
	RetryAfter time.Duration
	// Scope is who the limit belongs to: "organization", "project" or "key".
	Scope string
}

// Categories of data in the ledger and in limits.
const (
	CategoryError       = "error"
	CategoryLog         = "log"
	CategoryFeedback    = "feedback"
	CategorySecurity    = "security"
	CategoryAttachment  = "attachment"
	CategoryTransaction = "transaction"
	CategorySession     = "session"
	CategoryMonitor     = "monitor"
	CategorySpan        = "span"
	CategoryProfile     = "profile"
	CategoryReplay      = "replay"
	CategoryMetric      = "metric"
	CategoryUnknown     = "unknown"
)

// Reasons in the ledger for what admission drops by itself.
const (
	ReasonUnsupported = "unsupported"
	ReasonTooLarge    = "too_large"
	ReasonInvalid     = "invalid"
	ReasonOrigin      = "origin"
	ReasonOverload    = "overload"
	ReasonNoEvent     = "no_event"
)

// Item is one thing a request carries.
type Item struct {
	Category string
	// Quantity is how many the item stands for, such as the entries of a log container; 0 means 1.
	Quantity int64
	// Drop is the ledger outcome of an item that is not kept, with its Reason; empty keeps it.
	Drop   string
	Reason string
	// Kind, EventID, Filename, ContentType and Body make the log record of an item that is kept.
	Kind        eventlog.Kind
	EventID     [16]byte
	Filename    string
	ContentType string
	Body        []byte
	// Shorten returns a body with the first n of Quantity; nil for items that cannot be parted.
	Shorten func(n int64) []byte
}

// Discard returns an item that is counted and not kept.
func Discard(category, reason string, body []byte) Item {
	return Item{Category: category, Drop: store.Discarded, Reason: reason, Body: body}
}

// Fail returns an item that cannot be kept: it is malformed or too large.
func Fail(category, reason string, body []byte) Item {
	return Item{Category: category, Drop: store.Failed, Reason: reason, Body: body}
}

func (i *Item) quantity() int64 { return max(i.Quantity, 1) }

// Limit is a refusal that the client is told about.
type Limit struct {
	Category   string
	RetryAfter time.Duration
	Scope      string
	Reason     string
}

// Receipt says what became of a request's items.
type Receipt struct {
	// Kept tells for each item, in order, how much of its quantity was appended.
	Kept []int64
	// Limits are the rate limits and quotas that were hit, at most one per category.
	Limits []Limit
}

// RetryAfter is the longest of the limits, zero when none was hit.
func (r *Receipt) RetryAfter() (longest time.Duration) {
	for _, l := range r.Limits {
		longest = max(longest, l.RetryAfter)
	}
	return longest
}
