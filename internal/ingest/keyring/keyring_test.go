package keyring

import (
	"context"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// counting counts what reaches the store, and can be away.
type counting struct {
	*sqlstore.Store
	lookups int
	away    bool
	// during runs while a lookup waits for the store; nil for nothing.
	during func()
}

func (c *counting) KeyByPublic(ctx context.Context, public string) (org.Key, org.Project, error) {
	c.lookups++
	if c.during != nil {
		c.during()
	}
	if c.away {
		return org.Key{}, org.Project{}, store.ErrUnavailable
	}
	return c.Store.KeyByPublic(ctx, public)
}

func fixture(t *testing.T) (*Keyring, *counting, org.Key, *time.Time) {
	t.Helper()
	s := &counting{Store: sqltest.SQLite(t)}
	i, err := s.Install(t.Context(), store.Installation{
		User: org.User{Email: "a@example.org"}, Organization: org.Organization{Slug: "o"},
		Project: org.Project{Slug: "p", Settings: org.Settings{RateLimitPerMinute: 3}}, Key: org.Key{Public: org.NewPublicKey(), Active: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	return New(s, time.Minute, func() time.Time { return now }), s, i.Key, &now
}

func TestLookupCaches(t *testing.T) {
	t.Parallel()
	k, s, key, now := fixture(t)
	for range 3 {
		a, err := k.Lookup(t.Context(), key.Public)
		if err != nil || a.ProjectID != key.ProjectID || a.Settings.RateLimitPerMinute != 3 || !a.Active {
			t.Fatalf("got %+v, %v", a, err)
		}
		if _, err := k.Lookup(t.Context(), "nobody's"); fault.CodeOf(err) != fault.NotFound {
			t.Fatalf("unknown key: %v", err)
		}
	}
	if s.lookups != 2 {
		t.Errorf("%d lookups, want 2", s.lookups)
	}
	*now = now.Add(time.Minute)
	s.away = true
	if _, err := k.Lookup(t.Context(), key.Public); err != nil {
		t.Errorf("a known key must open while the store is away: %v", err)
	}
	if _, err := k.Lookup(t.Context(), "other"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an unknown key while the store is away: %v", err)
	}
}

func TestForgetActsAtOnce(t *testing.T) {
	t.Parallel()
	k, s, key, _ := fixture(t)
	if _, err := k.Lookup(t.Context(), key.Public); err != nil {
		t.Fatal(err)
	}
	before := key
	key.Active = false
	if err := s.UpdateKey(t.Context(), before, key); err != nil {
		t.Fatal(err)
	}
	k.Forget(key.ProjectID)
	a, err := k.Lookup(t.Context(), key.Public)
	if err != nil || a.Active {
		t.Errorf("got %+v, %v", a, err)
	}
	if err := s.DeleteProject(t.Context(), key.ProjectID, 1); err != nil {
		t.Fatal(err)
	}
	k.Forget(key.ProjectID)
	if _, err := k.Lookup(t.Context(), key.Public); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("key of a deleted project: %v", err)
	}
}

func TestUseIsTold(t *testing.T) {
	t.Parallel()
	k, s, key, now := fixture(t)
	if _, err := k.Lookup(t.Context(), key.Public); err != nil {
		t.Fatal(err)
	}
	if err := k.TellUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.GetKey(t.Context(), key.ProjectID, key.ID)
	if err != nil || got.LastUsedAt != now.UnixMicro() {
		t.Errorf("last used %d, %v", got.LastUsedAt, err)
	}
}

func TestOneCallerAsksAboutAStaleKey(t *testing.T) {
	t.Parallel()
	k, s, key, now := fixture(t)
	if _, err := k.Lookup(t.Context(), key.Public); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Minute)
	others := 0
	s.during = func() {
		// The store has not answered yet: whoever comes meanwhile goes on with what is known.
		s.during = nil
		if _, err := k.Lookup(t.Context(), key.Public); err == nil {
			others++
		}
	}
	if _, err := k.Lookup(t.Context(), key.Public); err != nil || others != 1 || s.lookups != 2 {
		t.Errorf("%v, %d others answered, %d lookups", err, others, s.lookups)
	}
}

func TestWhatWasReadBeforeAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	k, s, key, _ := fixture(t)
	s.during = func() { k.Forget(key.ProjectID) }
	for range 2 {
		if _, err := k.Lookup(t.Context(), key.Public); err != nil {
			t.Fatal(err)
		}
	}
	if s.lookups != 2 {
		t.Errorf("%d lookups, want 2: the first answer may be older than the change", s.lookups)
	}
}
