package store

import (
	"context"

	"github.com/mesher/mesher/internal/org"
)

// Identity is who an account's owner is at an identity provider (OpenID Connect
// Core 1.0 §2: issuer and subject name a person for good, an e-mail address does not).
type Identity struct {
	ID      int64
	UserID  int64
	Issuer  string
	Subject string
	// Email is the address the provider told last.
	Email      string
	CreatedAt  int64
	LastUsedAt int64
}

// Identities keeps who signs in with an identity provider.
type Identities interface {
	// IdentityUser returns the account of an identity and notes the sign-in, ErrNotFound when it is linked to none.
	IdentityUser(ctx context.Context, i Identity) (org.User, error)
	// LinkIdentity returns ErrConflict when the identity belongs to an account,
	// or the account has another one of the same issuer.
	LinkIdentity(ctx context.Context, i Identity) error
	ListIdentities(ctx context.Context, userID int64) ([]Identity, error)
	// UnlinkIdentity returns ErrConflict instead of leaving an account without a password no way in.
	UnlinkIdentity(ctx context.Context, userID, id int64) error
}
