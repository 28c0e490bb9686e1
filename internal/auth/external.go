package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// External is who an identity provider says somebody is.
type External struct {
	Email string
	// Verified is set when the provider knows that the address is theirs.
	Verified bool
	// Name may be empty.
	Name string
}

// ErrEmailUnverified and ErrNotInvited say why somebody cannot sign in whom the
// identity provider knows.
var (
	ErrEmailUnverified = fault.New(fault.Forbidden, "the identity provider has not verified your e-mail address")
	ErrNotInvited      = fault.New(fault.Forbidden, "there is no account with your e-mail address and its domain may not join by itself; ask for an invitation")
)

// Joined is somebody who signed in from outside.
type Joined struct {
	User org.User
	// OrganizationID is what they became a member of just now, 0 when they had an account.
	OrganizationID int64
}

// FromOutside returns the account with a verified address. Where there is none
// and the address's domain is one of domains, it makes one, without a password,
// that is a member of the oldest organization.
func (s *Service) FromOutside(ctx context.Context, e External, domains []string) (Joined, error) {
	email, err := org.NormalizeEmail(e.Email)
	if err != nil || !e.Verified {
		return Joined{}, ErrEmailUnverified
	}
	user, err := s.store.UserByEmail(ctx, email)
	if err == nil {
		return Joined{User: user}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Joined{}, fmt.Errorf("find account: %w", err)
	}
	domain := email[strings.LastIndexByte(email, '@')+1:]
	organizations, err := s.store.OrganizationIDs(ctx)
	if err != nil {
		return Joined{}, fmt.Errorf("find organization: %w", err)
	}
	if len(organizations) == 0 || !slices.Contains(domains, domain) {
		return Joined{}, ErrNotInvited
	}
	return s.join(ctx, org.User{Email: email, Name: shortName(e.Name), CreatedAt: s.micros()}, slices.Min(organizations))
}

func (s *Service) join(ctx context.Context, user org.User, orgID int64) (Joined, error) {
	created, err := s.store.CreateUser(ctx, user)
	if errors.Is(err, store.ErrConflict) { // the same person in another tab
		created, err = s.store.UserByEmail(ctx, user.Email)
		return Joined{User: created}, err
	}
	if err != nil {
		return Joined{}, fmt.Errorf("create account: %w", err)
	}
	err = s.store.AddMember(ctx, org.Member{OrganizationID: orgID, UserID: created.ID, Role: org.RegularMember, CreatedAt: user.CreatedAt})
	if err != nil {
		return Joined{}, fmt.Errorf("join organization: %w", err)
	}
	return Joined{User: created, OrganizationID: orgID}, nil
}

// shortName is a name that may be shown; none rather than one we would refuse from a person.
func shortName(name string) string {
	checked, err := org.CheckName("name", name)
	if err != nil {
		return ""
	}
	return checked
}
