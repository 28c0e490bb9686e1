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
	// Issuer and Subject name them for good: an address may change hands.
	Issuer  string
	Subject string
	Email   string
	// Verified is set when the provider knows that the address is theirs.
	Verified bool
	// Name may be empty.
	Name string
}

// What keeps somebody out whom the identity provider knows.
var (
	ErrEmailUnverified = fault.New(fault.Forbidden, "the identity provider has not verified your e-mail address")
	ErrNotInvited      = fault.New(fault.Forbidden, "there is no account with your e-mail address and its domain may not join by itself; ask for an invitation")
	ErrOtherIdentity   = fault.New(fault.Forbidden, "the account with your e-mail address belongs to somebody else at the identity provider; its owner may unlink them")
)

// Joined is somebody who signed in from outside.
type Joined struct {
	User org.User
	// OrganizationID is what they became a member of just now, 0 when they had an account.
	OrganizationID int64
}

// FromOutside returns the account that the identity is linked to, whatever its
// address is by now. An identity seen for the first time is linked to the
// account with its verified address. Where there is none and the address's
// domain is one of domains, it makes one, without a password, that is a member
// of the oldest organization.
func (s *Service) FromOutside(ctx context.Context, e External, domains []string) (Joined, error) {
	email, err := org.NormalizeEmail(e.Email)
	if err != nil {
		email = ""
	}
	identity := store.Identity{Issuer: e.Issuer, Subject: e.Subject, Email: email, CreatedAt: s.micros(), LastUsedAt: s.micros()}
	user, err := s.store.IdentityUser(ctx, identity)
	if err == nil {
		return Joined{User: user}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Joined{}, fmt.Errorf("find identity: %w", err)
	}
	if email == "" || !e.Verified {
		return Joined{}, ErrEmailUnverified
	}
	joined, err := s.byAddress(ctx, org.User{Email: email, Name: shortName(e.Name), CreatedAt: s.micros()}, domains)
	if err != nil {
		return joined, err
	}
	return joined, s.link(ctx, joined.User, identity)
}

// link makes the identity the account's. A conflict is the same person in
// another tab, or somebody whom the provider gave the address of another.
func (s *Service) link(ctx context.Context, user org.User, i store.Identity) error {
	i.UserID = user.ID
	err := s.store.LinkIdentity(ctx, i)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	owner, err := s.store.IdentityUser(ctx, i)
	if errors.Is(err, store.ErrNotFound) || err == nil && owner.ID != user.ID {
		return ErrOtherIdentity
	}
	return err
}

// byAddress finds or makes the account of a verified address.
func (s *Service) byAddress(ctx context.Context, wanted org.User, domains []string) (Joined, error) {
	user, err := s.store.UserByEmail(ctx, wanted.Email)
	if err == nil {
		return Joined{User: user}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Joined{}, fmt.Errorf("find account: %w", err)
	}
	domain := wanted.Email[strings.LastIndexByte(wanted.Email, '@')+1:]
	organizations, err := s.store.OrganizationIDs(ctx)
	if err != nil {
		return Joined{}, fmt.Errorf("find organization: %w", err)
	}
	if len(organizations) == 0 || !slices.Contains(domains, domain) {
		return Joined{}, ErrNotInvited
	}
	return s.join(ctx, wanted, slices.Min(organizations))
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
