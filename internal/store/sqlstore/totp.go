package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

func scanTOTP(r scanner) (store.TOTP, error) {
	var t store.TOTP
	return t, r.Scan(&t.UserID, &t.Secret, &t.ConfirmedAt, &t.LastStep)
}

// GetTOTP implements store.SecondFactors.
func (s *Store) GetTOTP(ctx context.Context, userID int64) (t store.TOTP, err error) {
	err = s.read(ctx, func(c conn) error {
		t, err = one(ctx, c, scanTOTP, "SELECT user_id, secret, confirmed_at, last_step FROM totp WHERE user_id = $1", userID)
		return err
	})
	return t, err
}

// PutTOTP implements store.SecondFactors.
func (s *Store) PutTOTP(ctx context.Context, t store.TOTP) error {
	return s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, `INSERT INTO totp (user_id, secret) VALUES ($1, $2)
			ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0 WHERE totp.confirmed_at = 0`, t.UserID, t.Secret)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// ConfirmTOTP implements store.SecondFactors.
func (s *Store) ConfirmTOTP(ctx context.Context, t store.TOTP, recovery [][32]byte) error {
	return s.write(ctx, func(c conn) error {
		err := c.execOne(ctx, "UPDATE totp SET confirmed_at = $1, last_step = $2 WHERE user_id = $3 AND secret = $4 AND confirmed_at = 0",
			t.ConfirmedAt, t.LastStep, t.UserID, t.Secret)
		if err != nil {
			return err
		}
		return replaceRecoveryCodes(ctx, c, t.UserID, recovery)
	})
}

func replaceRecoveryCodes(ctx context.Context, c conn, userID int64, hashes [][32]byte) error {
	if _, err := c.exec(ctx, "DELETE FROM recovery_codes WHERE user_id = $1", userID); err != nil {
		return err
	}
	for _, h := range hashes {
		if _, err := c.exec(ctx, "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)", userID, h[:]); err != nil {
			return err
		}
	}
	return nil
}

// UseTOTPStep implements store.SecondFactors.
func (s *Store) UseTOTPStep(ctx context.Context, userID, step int64) (used bool, err error) {
	err = s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, "UPDATE totp SET last_step = $1 WHERE user_id = $2 AND last_step < $1", step, userID)
		used = n == 1
		return err
	})
	return used, err
}

// UseRecoveryCode implements store.SecondFactors.
func (s *Store) UseRecoveryCode(ctx context.Context, userID int64, hash [32]byte) (used bool, err error) {
	err = s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2", userID, hash[:])
		used = n == 1
		return err
	})
	return used, err
}

// CountRecoveryCodes implements store.SecondFactors.
func (s *Store) CountRecoveryCodes(ctx context.Context, userID int64) (n int64, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT count(*) FROM recovery_codes WHERE user_id = $1", []any{userID}, &n)
	})
	return n, err
}

// ReplaceRecoveryCodes implements store.SecondFactors.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, userID int64, hashes [][32]byte) error {
	return s.write(ctx, func(c conn) error { return replaceRecoveryCodes(ctx, c, userID, hashes) })
}

// DeleteTOTP implements store.SecondFactors.
func (s *Store) DeleteTOTP(ctx context.Context, userID int64) error {
	return s.write(ctx, func(c conn) error {
		if _, err := c.exec(ctx, "DELETE FROM recovery_codes WHERE user_id = $1", userID); err != nil {
			return err
		}
		return c.execOne(ctx, "DELETE FROM totp WHERE user_id = $1", userID)
	})
}
