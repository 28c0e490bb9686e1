// Package oidc signs people in with an OpenID Connect provider: authorization
// code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636). What an answer
// means for accounts is internal/auth's.
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

// Life is how long somebody may take at the provider.
const Life = 10 * time.Minute

// answerTime bounds each request to the provider.
const answerTime = 10 * time.Second

// Options of a Client. All but Domains and Now are required.
type Options struct {
	// Issuer is the provider's URL; its /.well-known/openid-configuration describes it.
	Issuer       string
	ClientID     string
	ClientSecret string
	// Domains of e-mail addresses, in lower case, whose owners may join by themselves.
	Domains []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Client talks to one provider. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
	name string

	mu       sync.Mutex
	provider *oidc.Provider
}

// New checks the options and returns a Client. The provider is asked at the
// first sign-in, so that Mesher starts while it is down.
func New(o Options) (*Client, error) {
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && issuer.Scheme != "http" {
		return nil, fault.Field("oidc_issuer", "--oidc-issuer must be the URL of the provider, for instance https://accounts.example.com")
	}
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, fault.Field("oidc_client_id", "set --oidc-client-id and --oidc-client-secret too")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{o: o, http: &http.Client{Timeout: answerTime}, name: issuer.Hostname()}, nil
}

// Name is what the sign-in page calls the provider.
func (c *Client) Name() string { return c.name }

// Domains are those whose owners may join by themselves.
func (c *Client) Domains() []string { return c.o.Domains }

// Begin returns where to send the browser, and the secret that it must bring
// back to Finish within Life. redirect is the URL of the callback.
func (c *Client) Begin(ctx context.Context, redirect string) (location, secret string, err error) {
	config, _, err := c.config(ctx, redirect)
	if err != nil {
		return "", "", err
	}
	f := flow{State: org.NewSecret(), Nonce: org.NewSecret(), Verifier: oauth2.GenerateVerifier(), Ends: c.o.Now().Add(Life).Unix()}
	return config.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), c.sign(f), nil
}

// Return is what the browser brings back from the provider.
type Return struct {
	State, Code string
	// Problem is the provider's error code, empty when there is none.
	Problem string
	// Secret is what Begin returned, Redirect what it was given.
	Secret, Redirect string
}

// ErrExpired says that the sign-in took too long, or was not begun in this
// browser; ErrDenied that the provider or the person refused it.
var (
	ErrExpired = fault.New(fault.Forbidden, "the sign-in took too long or was begun in another browser; try again")
	ErrDenied  = fault.New(fault.Forbidden, "the identity provider did not let you in")
)

// Finish returns who the provider says the person is.
func (c *Client) Finish(ctx context.Context, r Return) (auth.External, error) {
	f, ok := c.open(r.Secret)
	if !ok || subtle.ConstantTimeCompare([]byte(f.State), []byte(r.State)) == 0 {
		return auth.External{}, ErrExpired
	}
	if r.Problem != "" || r.Code == "" {
		return auth.External{}, ErrDenied
	}
	config, provider, err := c.config(ctx, r.Redirect)
	if err != nil {
		return auth.External{}, err
	}
	token, err := config.Exchange(oidc.ClientContext(ctx, c.http), r.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return auth.External{}, fmt.Errorf("exchange code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := provider.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), c.http), &oidc.Config{ClientID: c.o.ClientID, Now: c.o.Now}).Verify(ctx, raw)
	if err != nil {
		return auth.External{}, fmt.Errorf("verify ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(f.Nonce)) == 0 {
		return auth.External{}, errors.New("verify ID token: it belongs to another sign-in")
	}
	return claimsOf(verified)
}

func claimsOf(t *oidc.IDToken) (auth.External, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := t.Claims(&claims); err != nil {
		return auth.External{}, fmt.Errorf("read claims: %w", err)
	}
	if t.Subject == "" {
		return auth.External{}, errors.New("read claims: the ID token names no subject")
	}
	// Some providers send the flag as text.
	verified := claims.Verified == true || claims.Verified == "true"
	return auth.External{Issuer: t.Issuer, Subject: t.Subject, Email: claims.Email, Verified: verified, Name: claims.Name}, nil
}

// config asks the provider to describe itself, once.
func (c *Client) config(ctx context.Context, redirect string) (*oauth2.Config, *oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		// The provider keeps the context for reading its keys later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http), c.o.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("ask the identity provider to describe itself: %w", err)
		}
		c.provider = p
	}
	return &oauth2.Config{
		ClientID: c.o.ClientID, ClientSecret: c.o.ClientSecret, Endpoint: c.provider.Endpoint(),
		RedirectURL: redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}, c.provider, nil
}

// ParseDomains reads domains separated by commas.
func ParseDomains(list string) []string {
	return strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' || r == '@' })
}
