// Package auth decides who a caller is: passwords, sessions, API tokens, the
// second factor, invitations and the one-time set-up link. What a caller may
// do is internal/org's; how the answer travels is internal/api's.
package auth

import (
	"context"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Store is what auth keeps.
type Store interface {
	store.Users
	store.Sessions
	store.Tokens
	store.SecondFactors
	store.Invitations
	store.Setup
	store.Identities
	// OrganizationIDs and AddMember let somebody join by their e-mail address's domain.
	OrganizationIDs(ctx context.Context) ([]int64, error)
	AddMember(ctx context.Context, m org.Member) error
}

// How long things last.
const (
	// sessionIdle ends a session that is not used, sessionMax every session.
	sessionIdle = 14 * 24 * time.Hour
	sessionMax  = 90 * 24 * time.Hour
	// touchEvery bounds how often use is recorded.
	touchEvery = 5 * time.Minute
	// InvitationLife and SetupLife bound one-time links.
	InvitationLife = 7 * 24 * time.Hour
	SetupLife      = 24 * time.Hour
)

// Options of a Service.
type Options struct {
	Store Store
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// HashesAtOnce bounds concurrent password hashing; 0 means 2.
	HashesAtOnce int
}

// Service answers who a caller is. It is safe for concurrent use.
type Service struct {
	store    Store
	now      func() time.Time
	hasher   *hasher
	byClient *limiter
	byUser   *limiter
}

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HashesAtOnce == 0 {
		o.HashesAtOnce = 2
	}
	return &Service{
		store:    o.Store,
		now:      o.Now,
		hasher:   newHasher(o.HashesAtOnce),
		byClient: newLimiter(30, 2*time.Second),
		byUser:   newLimiter(10, 30*time.Second),
	}
}

func (s *Service) micros() int64 { return s.now().UnixMicro() }

// Identity is a caller who proved who they are.
type Identity struct {
	User org.User
	// SessionID is set for a browser, Token for an API token; never both.
	SessionID int64
	Token     *store.Token
}

// Allows reports whether the way the caller signed in permits the action at
// all: a session permits everything, a token what its scopes grant.
func (i Identity) Allows(a org.Action) bool {
	return i.Token == nil || i.Token.Scopes.Grants(a)
}

// Client is where a request comes from.
type Client struct {
	Address   string
	UserAgent string
}

// HashPassword checks a new password against the rules and hashes it.
func (s *Service) HashPassword(ctx context.Context, password, email string) (string, error) {
	if err := org.CheckPassword(password, email); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}
