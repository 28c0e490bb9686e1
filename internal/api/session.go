package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// sessionCookie names the cookie of a signed-in browser.
const sessionCookie = "mesher_session"

// Session is who is signed in and what they belong to.
type Session struct {
	User          *Account       `json:"user"`
	Organizations []Organization `json:"organizations" nullable:"false"`
	// SetupRequired is set while nobody has an account.
	SetupRequired bool `json:"setup_required"`
	// OIDC is what people may sign in with beside a password; null when nothing is set up.
	OIDC    *OIDCOffer `json:"oidc" doc:"Identity provider that one can sign in with; null without one"`
	Version string     `json:"version"`
}

// Account is a person with an account.
type Account struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

func newAccount(u org.User) Account { return Account{ID: u.ID, Email: u.Email, Name: u.Name} }

type signIn struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"512"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"Code of the authenticator app, or a recovery code. Asked for by a 401 about body.code."`
}

// sessionAnswer is a session with its cookie.
type sessionAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

func (s *Server) registerSession() {
	register(s, route{
		call: "GET /session", id: "get-session", tag: "Session",
		summary: "Who is signed in", on: onNothing,
	}, s.getSession)
	register(s, route{
		call: "POST /session", id: "sign-in", tag: "Session", status: http.StatusOK,
		summary: "Sign in", on: onNothing,
	}, s.signIn)
	register(s, route{
		call: "DELETE /session", id: "sign-out", tag: "Session",
		summary: "Sign out", description: "Signing out without a session is no error.", on: onNothing,
	}, s.signOut)
}

func (s *Server) getSession(ctx context.Context, _ *none) (*body[Session], error) {
	c := callerOf(ctx)
	if c.signedIn {
		state, err := s.sessionOf(ctx, c.User)
		return answer(state), err
	}
	required, err := s.Auth.SetupRequired(ctx)
	return answer(Session{Organizations: []Organization{}, SetupRequired: required, OIDC: s.oidcOffer(), Version: s.Version}), err
}

func (s *Server) signIn(ctx context.Context, in *body[signIn]) (*sessionAnswer, error) {
	c := callerOf(ctx)
	credentials := auth.Credentials{Email: in.Body.Email, Password: in.Body.Password, Code: in.Body.Code}
	secret, identity, err := s.Auth.SignIn(ctx, credentials, c.client)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, secret, identity.User)
}

// signedIn answers a session that just began.
func (s *Server) signedIn(ctx context.Context, secret string, user org.User) (*sessionAnswer, error) {
	state, err := s.sessionOf(ctx, user)
	if err != nil {
		return nil, err
	}
	return &sessionAnswer{SetCookie: cookie(callerOf(ctx), secret), Body: state}, nil
}

func (s *Server) sessionOf(ctx context.Context, user org.User) (Session, error) {
	memberships, err := s.Accounts.Memberships(ctx, user.ID)
	if err != nil {
		return Session{}, fmt.Errorf("list organizations: %w", err)
	}
	u := newAccount(user)
	return Session{User: &u, Organizations: shapeAll(memberships, newOrganization), OIDC: s.oidcOffer(), Version: s.Version}, nil
}

// cookie carries the secret of a session; an empty secret removes it. It lasts
// as long as a session can; the server decides when the session ends.
func cookie(c *caller, secret string) http.Cookie {
	age := 90 * 24 * 3600
	if secret == "" {
		age = -1
	}
	return http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	}
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) signOut(ctx context.Context, _ *none) (*signedOut, error) {
	c := callerOf(ctx)
	if c.signedIn && c.SessionID != 0 {
		if err := s.Auth.SignOut(ctx, c.Identity); err != nil {
			return nil, err
		}
	}
	return &signedOut{SetCookie: cookie(c, "")}, nil
}

// memberships lists the caller's organizations where their role allows the action.
func (s *Server) memberships(ctx context.Context, a org.Action) ([]store.Membership, error) {
	list, err := s.Accounts.Memberships(ctx, callerOf(ctx).User.ID)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	allowed := list[:0]
	for _, m := range list {
		if org.Can(m.Role, a) {
			allowed = append(allowed, m)
		}
	}
	return allowed, nil
}

// organizationIDs lists the ids of the caller's organizations where their role allows the action.
func (s *Server) organizationIDs(ctx context.Context, a org.Action) ([]int64, error) {
	list, err := s.memberships(ctx, a)
	ids := make([]int64, len(list))
	for i, m := range list {
		ids[i] = m.Organization.ID
	}
	return ids, err
}
