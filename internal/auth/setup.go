package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// FirstStart is what the first owner chooses, by environment or on the set-up page.
type FirstStart struct {
	Owner NewAccount
	// Organization, Project and Platform are names; empty ones mean "default", "default" and "other".
	Organization string
	Project      string
	Platform     string
	// PublicKey is the first project's key and Token an API token of the owner
	// with all scopes; empty for a random key and for no token.
	PublicKey string
	Token     string
}

// SetupRequired reports whether nobody has an account yet.
func (s *Service) SetupRequired(ctx context.Context) (bool, error) {
	n, err := s.store.CountUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("count accounts: %w", err)
	}
	return n == 0, nil
}

// NewSetupLink replaces the one-time set-up link and returns its secret.
func (s *Service) NewSetupLink(ctx context.Context) (string, error) {
	secret := org.NewSecret()
	if err := s.store.PutSetupLink(ctx, org.HashSecret(secret), s.micros()+SetupLife.Microseconds()); err != nil {
		return "", fmt.Errorf("keep set-up link: %w", err)
	}
	return secret, nil
}

// InstallByLink is Install for whoever holds the set-up link.
func (s *Service) InstallByLink(ctx context.Context, secret string, f FirstStart, from Client) (store.Installation, error) {
	now := s.now()
	if err := s.byClient.take(from.Address, now); err != nil {
		return store.Installation{}, err
	}
	ok, err := s.store.HasSetupLink(ctx, org.HashSecret(secret), now.UnixMicro())
	if err != nil {
		return store.Installation{}, fmt.Errorf("check set-up link: %w", err)
	}
	if !ok {
		return store.Installation{}, fault.New(fault.Forbidden, "the set-up link was used or has expired; mesher admin setup-link prints another one")
	}
	s.byClient.giveBack(from.Address, now)
	return s.Install(ctx, f)
}

// Install creates the first owner, organization and project. fault.Conflict
// when somebody has an account already.
func (s *Service) Install(ctx context.Context, f FirstStart) (store.Installation, error) {
	i, err := s.plan(ctx, f)
	if err != nil {
		return i, err
	}
	i, err = s.store.Install(ctx, i)
	if errors.Is(err, store.ErrConflict) {
		return i, fault.New(fault.Conflict, "Mesher is already set up; sign in")
	}
	if err != nil {
		return i, fmt.Errorf("set up: %w", err)
	}
	return i, nil
}

func (s *Service) plan(ctx context.Context, f FirstStart) (store.Installation, error) {
	user, err := s.prepareUser(ctx, f.Owner)
	if err != nil {
		return store.Installation{}, err
	}
	now := user.CreatedAt
	i := store.Installation{User: user, Key: org.Key{Public: f.PublicKey, Label: "Default", Active: true, CreatedAt: now}}
	if i.Organization, err = newOrganization(f.Organization, now); err != nil {
		return i, err
	}
	if i.Project, err = newProject(f.Project, f.Platform, now); err != nil {
		return i, err
	}
	switch {
	case f.PublicKey == "":
		i.Key.Public = org.NewPublicKey()
	case !org.ValidPublicKey(f.PublicKey):
		return i, fault.New(fault.Invalid, "the bootstrap key must be 32 lower-case hex digits")
	}
	if f.Token != "" {
		t := NewToken(TokenRequest{Secret: f.Token, Name: "Bootstrap", Scopes: org.Scopes(), Now: now})
		i.Token = &t
	}
	return i, nil
}

func newOrganization(name string, now int64) (org.Organization, error) {
	if name == "" {
		name = "default"
	}
	name, err := org.CheckName("body.organization", name)
	if err != nil {
		return org.Organization{}, err
	}
	return org.Organization{Slug: orDefault(org.Slug(name)), Name: name, CreatedAt: now}, nil
}

func newProject(name, platform string, now int64) (org.Project, error) {
	if name == "" {
		name = "default"
	}
	if platform == "" {
		platform = "other"
	}
	name, err := org.CheckName("body.project", name)
	if err != nil {
		return org.Project{}, err
	}
	return org.Project{Slug: orDefault(org.Slug(name)), Name: name, Platform: platform, CreatedAt: now}, nil
}

func orDefault(slug string) string {
	if slug == "" {
		return "default"
	}
	return slug
}
