package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Invite makes an invitation and returns it with its secret, which is shown once.
func (s *Service) Invite(ctx context.Context, i store.Invitation) (store.Invitation, string, error) {
	secret, now := org.NewSecret(), s.micros()
	i.Hash, i.CreatedAt, i.ExpiresAt = org.HashSecret(secret), now, now+InvitationLife.Microseconds()
	i, err := s.store.CreateInvitation(ctx, i)
	if err != nil {
		return i, "", fmt.Errorf("create invitation: %w", err)
	}
	return i, secret, nil
}

// Invitation returns the invitation behind a link's secret.
func (s *Service) Invitation(ctx context.Context, secret string) (store.Invitation, error) {
	i, err := s.store.InvitationByHash(ctx, org.HashSecret(secret), s.micros())
	if errors.Is(err, store.ErrNotFound) {
		return i, fault.New(fault.NotFound, "the invitation was used, withdrawn or has expired; ask for another one")
	}
	if err != nil {
		return i, fmt.Errorf("find invitation: %w", err)
	}
	return i, nil
}

// NewAccount is what a person enters who has no account yet.
type NewAccount struct {
	Email    string
	Name     string
	Password string
}

// CreateUser makes an account.
func (s *Service) CreateUser(ctx context.Context, n NewAccount) (org.User, error) {
	user, err := s.prepareUser(ctx, n)
	if err != nil {
		return user, err
	}
	user, err = s.store.CreateUser(ctx, user)
	if errors.Is(err, store.ErrConflict) {
		return user, fault.New(fault.Conflict, "there is already an account with this e-mail address; sign in with it")
	}
	if err != nil {
		return user, fmt.Errorf("create account: %w", err)
	}
	return user, nil
}

// prepareUser checks the input of a new account and hashes its password.
func (s *Service) prepareUser(ctx context.Context, n NewAccount) (org.User, error) {
	email, err := org.NormalizeEmail(n.Email)
	if err != nil {
		return org.User{}, err
	}
	name := n.Name
	if name != "" {
		if name, err = org.CheckName("body.name", name); err != nil {
			return org.User{}, err
		}
	}
	hash, err := s.HashPassword(ctx, n.Password, email)
	if err != nil {
		return org.User{}, err
	}
	return org.User{Email: email, Name: name, PasswordHash: hash, CreatedAt: s.micros()}, nil
}

// Join spends an invitation for a user. Only the address it was meant for may use it.
func (s *Service) Join(ctx context.Context, i store.Invitation, user org.User) error {
	if i.Email != "" && i.Email != user.Email {
		return fault.New(fault.Forbidden, "the invitation is for another e-mail address")
	}
	err := s.store.AcceptInvitation(ctx, i, user.ID, s.micros())
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(fault.NotFound, "the invitation was used, withdrawn or has expired; ask for another one")
	}
	if err != nil {
		return fmt.Errorf("accept invitation: %w", err)
	}
	return nil
}
