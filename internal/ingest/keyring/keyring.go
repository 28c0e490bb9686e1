// Package keyring remembers what DSN keys open, so that admission does not ask
// the store for every request.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Store is where keys come from.
type Store interface {
	KeyByPublic(ctx context.Context, public string) (org.Key, org.Project, error)
	TouchKeys(ctx context.Context, usedAt map[int64]int64) error
}

// maxUnknown bounds how many keys that nobody has are remembered, because they
// are whatever anybody sends. When it is reached all of them are forgotten.
const maxUnknown = 10_000

// Keyring implements ingest.Keys with a cache in front of the store. What
// changes on this node acts at once through Forget, on others after the time to
// live. While the store is away, known keys go on opening. It is safe for
// concurrent use.
type Keyring struct {
	store Store
	ttl   time.Duration
	now   func() time.Time

	mu      sync.Mutex
	known   map[string]*entry
	unknown map[string]time.Time
	// forgets counts calls of Forget: what was read before one is not kept after it.
	forgets int
}

type entry struct {
	access *ingest.Access
	until  time.Time
	// usedAt is the time of the last lookup in Unix µs, told is what the store knows of it.
	usedAt int64
	told   int64
}

// New returns an empty Keyring; now is the clock, nil for time.Now.
func New(s Store, ttl time.Duration, now func() time.Time) *Keyring {
	if now == nil {
		now = time.Now
	}
	return &Keyring{store: s, ttl: ttl, now: now, known: map[string]*entry{}, unknown: map[string]time.Time{}}
}

var _ ingest.Keys = (*Keyring)(nil)

// Lookup implements ingest.Keys.
func (k *Keyring) Lookup(ctx context.Context, publicKey string) (*ingest.Access, error) {
	now := k.now()
	if access, fresh := k.recall(publicKey, now); fresh {
		if access == nil {
			return nil, errUnknown()
		}
		return access, nil
	}
	return k.ask(ctx, publicKey, now)
}

func errUnknown() error {
	return fault.New(fault.NotFound, "no project has this key; copy the DSN from the project's settings")
}

// recall answers from memory; a nil access with fresh set is a key known to be
// nobody's. Of the callers that find a known key gone stale one asks the store;
// the others go on with what is known, so that a slow store stalls nobody.
func (k *Keyring) recall(publicKey string, now time.Time) (access *ingest.Access, fresh bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.known[publicKey]; e != nil {
		e.usedAt = now.UnixMicro()
		if now.Before(e.until) {
			return e.access, true
		}
		e.until = now.Add(k.ttl)
	}
	return nil, now.Before(k.unknown[publicKey])
}

// lookupTimeout is how long a request waits for the store at most.
const lookupTimeout = 2 * time.Second

func (k *Keyring) ask(ctx context.Context, publicKey string, now time.Time) (*ingest.Access, error) {
	forgets := k.forgotten()
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	key, project, err := k.store.KeyByPublic(limited, publicKey)
	cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrNotFound):
		delete(k.known, publicKey)
		if len(k.unknown) >= maxUnknown {
			clear(k.unknown)
		}
		k.unknown[publicKey] = now.Add(k.ttl)
		return nil, errUnknown()
	case err != nil:
		if e := k.known[publicKey]; e != nil {
			e.until, e.usedAt = now.Add(k.ttl), now.UnixMicro()
			return e.access, nil
		}
		return nil, &fault.Error{
			Code: fault.Unavailable, RetryAfter: lookupTimeout,
			Message: "the key cannot be checked now; try again", Err: fmt.Errorf("find key: %w", err),
		}
	}
	delete(k.unknown, publicKey)
	settings := project.Settings
	e := &entry{until: now.Add(k.ttl), usedAt: now.UnixMicro(), told: key.LastUsedAt, access: &ingest.Access{
		KeyID: key.ID, ProjectID: project.ID, OrganizationID: project.OrganizationID,
		Active: key.Active, RateLimitPerMinute: key.RateLimitPerMinute, Settings: &settings,
	}}
	if k.forgets == forgets {
		k.known[publicKey] = e
	}
	return e.access, nil
}

func (k *Keyring) forgotten() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.forgets
}

// Forget makes the next lookup of every key of a project ask the store, and of
// unknown keys too: one of them may have just been created.
func (k *Keyring) Forget(projectID int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for public, e := range k.known {
		if e.access.ProjectID == projectID {
			delete(k.known, public)
		}
	}
	clear(k.unknown)
	k.forgets++
}

// tellEvery is how much later than the store knows a key must have been used to be told.
const tellEvery = time.Minute

// TellUse writes when keys were last used; housekeeping calls it now and then.
// What a crash loses is a minute of "last used".
func (k *Keyring) TellUse(ctx context.Context) error {
	used := map[int64]int64{}
	k.mu.Lock()
	for _, e := range k.known {
		if e.usedAt-e.told >= tellEvery.Microseconds() {
			used[e.access.KeyID], e.told = e.usedAt, e.usedAt
		}
	}
	k.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	if err := k.store.TouchKeys(ctx, used); err != nil {
		return fmt.Errorf("record use of keys: %w", err)
	}
	return nil
}
