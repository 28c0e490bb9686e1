// Package ingesttest helps to test protocol handlers: a log in memory, one
// project with one key, and limiters with fixed answers.
package ingesttest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Key is the public key of project 1, which the corpus was recorded with.
const Key = "0123456789abcdef0123456789abcdef"

// DisabledKey is a key that was switched off.
const DisabledKey = "ffffffffffffffffffffffffffffffff"

// Log is an eventlog.Appender in memory.
type Log struct {
	mu      sync.Mutex
	records []eventlog.Record
	err     error
	calls   int
}

// Append keeps copies of the records, or returns the error set with Fail.
func (l *Log) Append(_ context.Context, records []eventlog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.err != nil {
		return l.err
	}
	for _, r := range records {
		r.Body = bytes.Clone(r.Body)
		l.records = append(l.records, r)
	}
	return nil
}

// Fail makes Append return err from now on; nil ends that.
func (l *Log) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// Calls counts the calls of Append.
func (l *Log) Calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// Records returns what was appended of a kind, all kinds for 0.
func (l *Log) Records(kind eventlog.Kind) []eventlog.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kind == 0 {
		return slices.Clone(l.records)
	}
	var found []eventlog.Record
	for _, r := range l.records {
		if r.Kind == kind {
			found = append(found, r)
		}
	}
	return found
}

// Ledger returns the counts that were appended, by "category outcome reason".
func (l *Log) Ledger(t testing.TB) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, r := range l.Records(eventlog.KindLedger) {
		var lines []store.LedgerCount
		if err := json.Unmarshal(r.Body, &lines); err != nil {
			t.Fatalf("read a ledger record: %v", err)
		}
		for _, c := range lines {
			counts[c.Category+" "+c.Outcome+" "+c.Reason] += c.Quantity
		}
	}
	return counts
}

// Keys knows Key and DisabledKey.
type Keys struct{ Settings org.Settings }

// Lookup implements ingest.Keys.
func (k *Keys) Lookup(_ context.Context, key string) (*ingest.Access, error) {
	access := &ingest.Access{KeyID: 1, ProjectID: 1, OrganizationID: 1, Active: key == Key, Settings: &k.Settings}
	if key != Key && key != DisabledKey {
		return nil, fault.New(fault.NotFound, "unknown key")
	}
	return access, nil
}

// Limiter answers by category; what is not named is allowed.
type Limiter map[string]ingest.Decision

// Allow implements ingest.Limiter.
func (l Limiter) Allow(_ context.Context, _ *ingest.Access, d ingest.Demand) ingest.Decision {
	if decision, ok := l[d.Category]; ok {
		return decision
	}
	return ingest.Decision{Allowed: d.Quantity}
}

// Refuse is a decision against everything of a category for a minute.
func Refuse() ingest.Decision {
	return ingest.Decision{Outcome: store.RateLimited, Reason: "project_rate", RetryAfter: time.Minute, Scope: "project"}
}

// Gate refuses with its errors, if any.
type Gate struct{ ReadyErr, EnterErr error }

// Ready implements ingest.Gate.
func (g Gate) Ready() error { return g.ReadyErr }

// Enter implements ingest.Gate.
func (g Gate) Enter(int64, int64) (func(), error) { return func() {}, g.EnterErr }

// New returns an Admission over log that allows what limiter does; nil allows all.
func New(log *Log, limiter ingest.Limiter) *ingest.Admission {
	if limiter == nil {
		limiter = Limiter{}
	}
	return ingest.New(ingest.Config{Keys: &Keys{}, Limiter: limiter, Log: log})
}
