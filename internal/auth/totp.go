package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const (
	totpPeriod = 30
	// totpSkew accepts the codes of one step before and after, for clocks that differ.
	totpSkew      = 1
	recoveryCodes = 10
)

// TOTPSetup is what an authenticator app needs.
type TOTPSetup struct {
	Secret string
	// URL is the otpauth:// address that a QR code carries.
	URL string
}

// StartTOTP begins the set-up of a second factor; it counts once ConfirmTOTP succeeded.
func (s *Service) StartTOTP(ctx context.Context, user org.User) (TOTPSetup, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Mesher", AccountName: user.Email})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("make TOTP secret: %w", err)
	}
	err = s.store.PutTOTP(ctx, store.TOTP{UserID: user.ID, Secret: key.Secret()})
	if errors.Is(err, store.ErrConflict) {
		return TOTPSetup{}, fault.New(fault.Conflict, "a second factor is already set up; remove it first")
	}
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("keep TOTP secret: %w", err)
	}
	return TOTPSetup{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmTOTP turns the second factor on with a first right code and returns
// the recovery codes, which are shown once.
func (s *Service) ConfirmTOTP(ctx context.Context, user org.User, code string) ([]string, error) {
	t, err := s.store.GetTOTP(ctx, user.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && t.ConfirmedAt != 0 {
		return nil, fault.New(fault.Conflict, "there is no second factor waiting for its first code; start its set-up")
	}
	if err != nil {
		return nil, fmt.Errorf("read second factor: %w", err)
	}
	now := s.now()
	if err := s.byUser.take(user.Email, now); err != nil {
		return nil, err
	}
	step, ok := matchStep(t.Secret, code, now)
	if !ok {
		return nil, fault.Field("body.code", "the code is wrong; check the clock of your device")
	}
	s.byUser.giveBack(user.Email, now)
	codes, hashes := newRecoveryCodes()
	t.ConfirmedAt, t.LastStep = now.UnixMicro(), step
	if err := s.store.ConfirmTOTP(ctx, t, hashes); err != nil {
		return nil, fmt.Errorf("turn second factor on: %w", err)
	}
	return codes, nil
}

// NewRecoveryCodes replaces the recovery codes of a user with a second factor.
func (s *Service) NewRecoveryCodes(ctx context.Context, userID int64) ([]string, error) {
	if on, err := s.HasSecondFactor(ctx, userID); err != nil || !on {
		return nil, errors.Join(err, fault.New(fault.Conflict, "there is no second factor to recover"))
	}
	codes, hashes := newRecoveryCodes()
	if err := s.store.ReplaceRecoveryCodes(ctx, userID, hashes); err != nil {
		return nil, fmt.Errorf("replace recovery codes: %w", err)
	}
	return codes, nil
}

// RemoveTOTP turns the second factor off; without one it does nothing.
func (s *Service) RemoveTOTP(ctx context.Context, userID int64) error {
	err := s.store.DeleteTOTP(ctx, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("remove second factor: %w", err)
	}
	return nil
}

// HasSecondFactor reports whether signing in as the user takes a code.
func (s *Service) HasSecondFactor(ctx context.Context, userID int64) (bool, error) {
	t, err := s.store.GetTOTP(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read second factor: %w", err)
	}
	return t.ConfirmedAt != 0, nil
}

func (s *Service) checkSecondFactor(ctx context.Context, userID int64, code string) error {
	t, err := s.store.GetTOTP(ctx, userID)
	if errors.Is(err, store.ErrNotFound) || err == nil && t.ConfirmedAt == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read second factor: %w", err)
	}
	if code == "" {
		return errCodeWanted("enter the code of your authenticator app, or a recovery code")
	}
	ok, err := s.spendCode(ctx, t, code)
	if err != nil {
		return fmt.Errorf("check second factor: %w", err)
	}
	if !ok {
		return errCodeWanted("the code is wrong or was used before")
	}
	return nil
}

// spendCode accepts a TOTP or recovery code, each only once (RFC 6238, §5.2).
func (s *Service) spendCode(ctx context.Context, t store.TOTP, code string) (bool, error) {
	if step, ok := matchStep(t.Secret, code, s.now()); ok {
		return s.store.UseTOTPStep(ctx, t.UserID, step)
	}
	return s.store.UseRecoveryCode(ctx, t.UserID, org.HashSecret(plainRecoveryCode(code)))
}

// matchStep returns the time step whose code this is.
func matchStep(secret, code string, now time.Time) (int64, bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	current := now.Unix() / totpPeriod
	for step := current - totpSkew; step <= current+totpSkew; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return step, true
		}
	}
	return 0, false
}

// newRecoveryCodes makes codes of 80 random bits, so that a plain hash protects them.
func newRecoveryCodes() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		var b [10]byte
		rand.Read(b[:])
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, org.HashSecret(text))
	}
	return codes, hashes
}

func plainRecoveryCode(code string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
}
