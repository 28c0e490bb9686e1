package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/oidc"
)

// IdentityProvider is an OpenID Connect provider people may sign in with.
type IdentityProvider interface {
	// Name is what the sign-in page calls it.
	Name() string
	// Domains of e-mail addresses whose owners may join by themselves.
	Domains() []string
	// Begin returns where to send the browser, and what it must bring back to Finish.
	Begin(ctx context.Context, redirect string) (location, secret string, err error)
	// Finish returns who the provider says the person is.
	Finish(ctx context.Context, r oidc.Return) (auth.External, error)
}

// OIDCOffer tells the sign-in page that there is an identity provider.
type OIDCOffer struct {
	Name string `json:"name" example:"accounts.example.com"`
}

const (
	// flowCookie names the cookie of a sign-in that is under way at the provider.
	flowCookie   = "mesher_oidc"
	oidcPath     = "/api/v1/session/oidc"
	callbackPath = oidcPath + "/callback"
)

// redirection sends a browser somewhere.
type redirection struct {
	Status    int
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

type oidcReturn struct {
	State   string      `query:"state" maxLength:"500"`
	Code    string      `query:"code" maxLength:"4000"`
	Problem string      `query:"error" maxLength:"200" doc:"The provider's error code"`
	Flow    http.Cookie `cookie:"mesher_oidc"`
}

func (s *Server) registerOIDC() {
	register(s, route{
		call: "GET /session/oidc", id: "start-oidc", tag: "Session", status: http.StatusSeeOther,
		summary: "Sign in with the identity provider", description: "For browsers: redirects to the provider.", on: onNothing,
	}, s.startOIDC)
	register(s, route{
		call: "GET /session/oidc/callback", id: "finish-oidc", tag: "Session", status: http.StatusSeeOther,
		summary:     "Come back from the identity provider",
		description: "Starts a session and redirects to the UI; when that fails, to the sign-in page with a code of the problem: oidc_denied, oidc_expired, oidc_unverified, oidc_uninvited, oidc_other_identity or oidc_failed.",
		on:          onNothing,
	}, s.finishOIDC)
}

func (s *Server) oidcOffer() *OIDCOffer {
	if s.OIDC == nil {
		return nil
	}
	return &OIDCOffer{Name: s.OIDC.Name()}
}

var errNoProvider = fault.New(fault.NotFound, "no identity provider is set up; start Mesher with --oidc-issuer")

func (s *Server) startOIDC(ctx context.Context, _ *none) (*redirection, error) {
	if s.OIDC == nil {
		return nil, errNoProvider
	}
	c := callerOf(ctx)
	location, secret, err := s.OIDC.Begin(ctx, c.base+callbackPath)
	if err != nil {
		return s.refuse(ctx, err), nil
	}
	return redirect(location, flowOf(c, secret)), nil
}

func (s *Server) finishOIDC(ctx context.Context, in *oidcReturn) (*redirection, error) {
	if s.OIDC == nil {
		return nil, errNoProvider
	}
	c := callerOf(ctx)
	r := oidc.Return{State: in.State, Code: in.Code, Problem: in.Problem, Secret: in.Flow.Value, Redirect: c.base + callbackPath}
	external, err := s.OIDC.Finish(ctx, r)
	if err != nil {
		return s.refuse(ctx, err), nil
	}
	joined, err := s.Auth.FromOutside(ctx, external, s.OIDC.Domains())
	if err != nil {
		return s.refuse(ctx, err), nil
	}
	if joined.OrganizationID != 0 {
		c.User = joined.User
		a := act{orgID: joined.OrganizationID, action: "member.joined", kind: "user", id: joined.User.ID, data: map[string]any{"role": "member", "with": s.OIDC.Name()}}
		if err := s.record(ctx, a); err != nil {
			return s.refuse(ctx, err), nil
		}
	}
	secret, _, err := s.Auth.StartSession(ctx, joined.User, c.client)
	if err != nil {
		return s.refuse(ctx, err), nil
	}
	return redirect("/", cookie(c, secret), flowOf(c, "")), nil
}

// refuse sends the browser to the sign-in page, which says what the code means.
// Texts of others never go into the address.
func (s *Server) refuse(ctx context.Context, err error) *redirection {
	code := problemCode(err)
	if code == "oidc_failed" && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "signing in with the identity provider failed", slog.Any("error", err))
	}
	return redirect("/sign-in?problem="+url.QueryEscape(code), flowOf(callerOf(ctx), ""))
}

func problemCode(err error) string {
	switch {
	case errors.Is(err, oidc.ErrDenied):
		return "oidc_denied"
	case errors.Is(err, oidc.ErrExpired):
		return "oidc_expired"
	case errors.Is(err, auth.ErrEmailUnverified):
		return "oidc_unverified"
	case errors.Is(err, auth.ErrNotInvited):
		return "oidc_uninvited"
	case errors.Is(err, auth.ErrOtherIdentity):
		return "oidc_other_identity"
	}
	return "oidc_failed"
}

func redirect(location string, cookies ...http.Cookie) *redirection {
	return &redirection{Status: http.StatusSeeOther, Location: location, SetCookie: cookies}
}

// flowOf carries a sign-in that is under way; an empty secret removes it. Lax,
// because the provider's answer is a navigation that comes from another site.
func flowOf(c *caller, secret string) http.Cookie {
	age := int(oidc.Life.Seconds())
	if secret == "" {
		age = -1
	}
	return http.Cookie{Name: flowCookie, Value: secret, Path: oidcPath, MaxAge: age, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode}
}
