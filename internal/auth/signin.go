package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Credentials are what a person types to sign in.
type Credentials struct {
	Email    string
	Password string
	// Code is a TOTP or recovery code, empty on the first try.
	Code string
}

// unknownUserHash is verified when there is no such account, so that the time
// of an answer does not tell which addresses have one. It belongs to no password.
const unknownUserHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func errWrongCredentials() error {
	return fault.New(fault.Unauthenticated, "e-mail address or password is wrong")
}

// errCodeWanted is about the field "code": a client that reads it asks for the code.
func errCodeWanted(message string) error {
	return &fault.Error{Code: fault.Unauthenticated, Field: "body.code", Message: message}
}

// SignIn checks credentials and starts a session. It returns the session's
// secret, which is shown to the browser and kept nowhere.
func (s *Service) SignIn(ctx context.Context, c Credentials, from Client) (string, Identity, error) {
	email, err := org.NormalizeEmail(c.Email)
	if err != nil {
		return "", Identity{}, errWrongCredentials()
	}
	now := s.now()
	if err := s.byClient.take(from.Address, now); err != nil {
		return "", Identity{}, err
	}
	if err := s.byUser.take(email, now); err != nil {
		return "", Identity{}, err
	}
	user, err := s.checkCredentials(ctx, email, c)
	if err != nil {
		return "", Identity{}, err
	}
	s.byClient.giveBack(from.Address, now)
	s.byUser.giveBack(email, now)
	return s.StartSession(ctx, user, from)
}

func (s *Service) checkCredentials(ctx context.Context, email string, c Credentials) (org.User, error) {
	user, err := s.store.UserByEmail(ctx, email)
	hash := user.PasswordHash
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && hash == "":
		hash = unknownUserHash
	case err != nil:
		return user, fmt.Errorf("find account: %w", err)
	}
	if len(c.Password) > org.MaxPasswordBytes {
		return user, errWrongCredentials()
	}
	ok, err := s.hasher.verify(ctx, c.Password, hash)
	if err != nil {
		return user, err
	}
	if !ok || user.ID == 0 {
		return user, errWrongCredentials()
	}
	return user, s.checkSecondFactor(ctx, user.ID, c.Code)
}

// StartSession signs a user in who has proved who they are by other means.
func (s *Service) StartSession(ctx context.Context, user org.User, from Client) (string, Identity, error) {
	secret, now := org.NewSecret(), s.micros()
	session, err := s.store.CreateSession(ctx, store.Session{
		Hash: org.HashSecret(secret), UserID: user.ID,
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now + sessionIdle.Microseconds(),
		Address: from.Address, UserAgent: clip(from.UserAgent, 300),
	})
	if err != nil {
		return "", Identity{}, fmt.Errorf("start session: %w", err)
	}
	return secret, Identity{User: user, SessionID: session.ID}, nil
}

func clip(text string, bytes int) string {
	if len(text) > bytes {
		return text[:bytes]
	}
	return text
}

// BySession returns who a session secret belongs to, fault.Unauthenticated when nobody.
func (s *Service) BySession(ctx context.Context, secret string) (Identity, error) {
	now := s.micros()
	session, user, err := s.store.SessionByHash(ctx, org.HashSecret(secret), now)
	if errors.Is(err, store.ErrNotFound) {
		return Identity{}, fault.New(fault.Unauthenticated, "the session has ended; sign in again")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("find session: %w", err)
	}
	if now-session.LastSeenAt >= touchEvery.Microseconds() {
		expires := min(now+sessionIdle.Microseconds(), session.CreatedAt+sessionMax.Microseconds())
		if err := s.store.TouchSession(ctx, session.ID, now, expires); err != nil {
			return Identity{}, fmt.Errorf("extend session: %w", err)
		}
	}
	return Identity{User: user, SessionID: session.ID}, nil
}

// ByToken returns who an API token belongs to, fault.Unauthenticated when nobody.
func (s *Service) ByToken(ctx context.Context, secret string) (Identity, error) {
	now := s.micros()
	token, user, err := s.store.TokenByHash(ctx, org.HashSecret(secret), now)
	if errors.Is(err, store.ErrNotFound) {
		return Identity{}, fault.New(fault.Unauthenticated, "the API token is unknown, revoked or expired; create another one")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("find API token: %w", err)
	}
	if now-token.LastUsedAt >= touchEvery.Microseconds() {
		if err := s.store.TouchToken(ctx, token.ID, now); err != nil {
			return Identity{}, fmt.Errorf("record use of API token: %w", err)
		}
	}
	return Identity{User: user, Token: &token}, nil
}

// SignOut ends a session; an ended one is no error.
func (s *Service) SignOut(ctx context.Context, i Identity) error {
	err := s.store.DeleteSession(ctx, i.User.ID, i.SessionID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
