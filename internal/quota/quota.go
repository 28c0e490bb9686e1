// Package quota decides how much of what arrives a project may keep: a token
// bucket per project and per key, a monthly quota and spike protection; and how
// much of the server's room for pending work it may take: the Gate. Decisions
// are made in memory and never wait. Settings are passed in with every call, so
// that a change acts on the next request.
package quota

import (
	"sync"
	"time"

	"github.com/mesher/mesher/internal/org"
)

// Subject is who asks.
type Subject struct {
	ProjectID int64
	KeyID     int64
	// KeyRatePerMinute limits the key alone, 0 for none.
	KeyRatePerMinute int64
	// Settings are the project's as they are now; nil means no limits.
	Settings *org.Settings
}

// Demand is what is asked for.
type Demand struct {
	// Category is the data category. Only events (error, security, feedback) are limited.
	Category string
	Quantity int64
	// Now is the time of the request, in Unix µs.
	Now int64
}

// Decision says what is granted.
type Decision struct {
	// Allowed is how many of the demanded items may be kept.
	Allowed int64
	// Reason is the ledger's word for the rest, empty when all are allowed.
	Reason string
	// Scope is who the limit belongs to: "project" or "key".
	Scope string
	// RetryAfter is how long the client should send nothing of the category.
	RetryAfter time.Duration
}

// Reasons in the ledger for what a limit drops.
const (
	ReasonProjectRate = "project_rate"
	ReasonKeyRate     = "key_rate"
	ReasonQuota       = "quota"
	ReasonSpike       = "spike"
)

const (
	scopeProject = "project"
	scopeKey     = "key"
	// maxRetry bounds how long a client is told to be silent, so that a limit
	// that is raised is felt soon.
	maxRetry = time.Minute
	// maxKnown bounds the projects and keys in memory. When it is reached all
	// buckets start full again, which errs on the side of taking data.
	maxKnown = 50_000
)

// Limiter is safe for concurrent use.
type Limiter struct {
	ledger   Ledger
	projects Projects

	mu    sync.Mutex
	rates map[owner]*bucket
	use   map[int64]*usage
}

// owner names a bucket.
type owner struct {
	id   int64
	kind string // a reason
}

// NewLimiter makes a limiter. Run Refresh before the first request and then
// about once a minute, so that it knows what projects have stored.
func NewLimiter(l Ledger, p Projects) *Limiter {
	return &Limiter{ledger: l, projects: p, rates: map[owner]*bucket{}, use: map[int64]*usage{}}
}

// limited are the categories that count as events.
func limited(category string) bool {
	switch category {
	case "error", "security", "feedback":
		return true
	}
	return false
}

// Allow takes up to d.Quantity of what the subject's limits leave. Tokens of
// one limit are not taken for items that another one refuses.
func (l *Limiter) Allow(s Subject, d Demand) Decision {
	if !limited(d.Category) || s.Settings == nil {
		return Decision{Allowed: d.Quantity}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	limits := l.limits(s, d.Now)
	out := Decision{Allowed: d.Quantity}
	for _, x := range limits {
		if have := x.left(d.Now); have < out.Allowed {
			out = Decision{Allowed: have, Reason: x.reason, Scope: x.scope, RetryAfter: x.wait(d.Now)}
		}
	}
	for _, x := range limits {
		x.take(out.Allowed)
	}
	if s.Settings.MonthlyQuota > 0 {
		l.usageOf(s.ProjectID, d.Now).granted += out.Allowed
	}
	return out
}

// limit is one of a subject's limits: a bucket, or what is left of a quota.
type limit struct {
	reason, scope string
	bucket        *bucket
	quotaLeft     int64
}

func (x *limit) left(now int64) int64 {
	if x.bucket == nil {
		return max(x.quotaLeft, 0)
	}
	return x.bucket.fill(now)
}

func (x *limit) take(n int64) {
	if x.bucket != nil {
		x.bucket.tokens -= float64(n)
	}
}

func (x *limit) wait(now int64) time.Duration {
	if x.bucket != nil {
		return x.bucket.wait()
	}
	return min(untilNextMonth(now), maxRetry)
}

func (l *Limiter) limits(s Subject, now int64) []limit {
	var out []limit
	add := func(reason, scope string, id int64, r rate) {
		if r.perMinute > 0 {
			out = append(out, limit{reason: reason, scope: scope, bucket: l.bucket(owner{id, reason}, r, now)})
		}
	}
	add(ReasonKeyRate, scopeKey, s.KeyID, rate{perMinute: s.KeyRatePerMinute})
	add(ReasonProjectRate, scopeProject, s.ProjectID, rate{s.Settings.RateLimitPerMinute, s.Settings.RateLimitBurst})
	if s.Settings.SpikeProtection {
		add(ReasonSpike, scopeProject, s.ProjectID, rate{perMinute: l.usageOf(s.ProjectID, now).spikeLimit()})
	}
	if quota := s.Settings.MonthlyQuota; quota > 0 {
		out = append(out, limit{reason: ReasonQuota, scope: scopeProject, quotaLeft: quota - l.usageOf(s.ProjectID, now).used()})
	}
	return out
}

func (l *Limiter) bucket(o owner, r rate, now int64) *bucket {
	b := l.rates[o]
	if b == nil {
		if len(l.rates) >= maxKnown {
			clear(l.rates)
		}
		b = newBucket(r, now)
		l.rates[o] = b
	}
	b.setRate(r, now)
	return b
}
