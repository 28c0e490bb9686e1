package auth

import (
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// TokenRequest describes a new API token.
type TokenRequest struct {
	Secret string
	UserID int64
	Name   string
	Scopes org.ScopeSet
	Now    int64
	// ExpiresAt is 0 for never.
	ExpiresAt int64
}

// NewToken makes the stored form of an API token; the secret itself is kept nowhere.
func NewToken(r TokenRequest) store.Token {
	return store.Token{
		Hash: org.HashSecret(r.Secret), UserID: r.UserID, Name: r.Name, Hint: r.Secret[max(len(r.Secret)-4, 0):],
		Scopes: r.Scopes, CreatedAt: r.Now, ExpiresAt: r.ExpiresAt,
	}
}
