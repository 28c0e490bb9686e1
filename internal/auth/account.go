package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// ConfirmPassword checks the password of a user who is signed in, before
// something that a stolen session must not do. Attempts are limited.
func (s *Service) ConfirmPassword(ctx context.Context, user org.User, password string) error {
	now := s.now()
	if err := s.byUser.take(user.Email, now); err != nil {
		return err
	}
	if len(password) > org.MaxPasswordBytes {
		return fault.Field("body.password", "the password is wrong")
	}
	ok, err := s.hasher.verify(ctx, password, user.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Field("body.password", "the password is wrong")
	}
	s.byUser.giveBack(user.Email, now)
	return nil
}

// ChangePassword replaces the password of a signed-in user and ends all other sessions.
func (s *Service) ChangePassword(ctx context.Context, i Identity, current, next string) error {
	if err := s.ConfirmPassword(ctx, i.User, current); err != nil {
		return err
	}
	hash, err := s.HashPassword(ctx, next, i.User.Email)
	if err != nil {
		return err
	}
	if err := s.store.SetPassword(ctx, i.User.ID, hash, i.SessionID); err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return nil
}

// ResetPassword is the operator's way back in: it replaces a password without
// the old one, ends every session and removes the second factor.
func (s *Service) ResetPassword(ctx context.Context, email, next string) error {
	email, err := org.NormalizeEmail(email)
	if err != nil {
		return err
	}
	user, err := s.store.UserByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(fault.NotFound, "there is no account for %s", email)
	}
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	hash, err := s.HashPassword(ctx, next, email)
	if err != nil {
		return err
	}
	if err := s.store.SetPassword(ctx, user.ID, hash, 0); err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	if err := s.store.DeleteTOTP(ctx, user.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("remove second factor: %w", err)
	}
	return nil
}
