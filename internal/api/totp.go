package api

import (
	"context"
	"net/http"
)

// SecondFactor says whether signing in takes a code.
type SecondFactor struct {
	Enabled           bool  `json:"enabled"`
	RecoveryCodesLeft int64 `json:"recovery_codes_left"`
}

// TOTPSetup is what an authenticator app needs.
type TOTPSetup struct {
	Secret string `json:"secret" doc:"Shared secret in base32, for typing"`
	URL    string `json:"url" doc:"otpauth:// address, for a QR code"`
}

// RecoveryCodes are shown once.
type RecoveryCodes struct {
	Codes []string `json:"codes" nullable:"false"`
}

type passwordProof struct {
	Password string `json:"password" maxLength:"512" doc:"The account's password"`
}

type totpCode struct {
	Code string `json:"code" maxLength:"10"`
}

func (s *Server) registerTOTP() {
	register(s, route{
		call: "GET /account/totp", id: "get-totp", tag: "Account",
		summary: "State of the second factor", on: onAccount,
	}, s.getTOTP)
	register(s, route{
		call: "POST /account/totp", id: "start-totp", tag: "Account", status: http.StatusOK,
		summary: "Start to set up a second factor", description: "It counts once the first code is confirmed.", on: onAccount,
	}, s.startTOTP)
	register(s, route{
		call: "POST /account/totp/confirm", id: "confirm-totp", tag: "Account", status: http.StatusOK,
		summary: "Turn the second factor on with a first code", on: onAccount,
	}, s.confirmTOTP)
	register(s, route{
		call: "POST /account/totp/recovery-codes", id: "new-recovery-codes", tag: "Account", status: http.StatusOK,
		summary: "Replace the recovery codes", on: onAccount,
	}, s.newRecoveryCodes)
	register(s, route{
		call: "POST /account/totp/remove", id: "remove-totp", tag: "Account", status: http.StatusNoContent,
		summary: "Turn the second factor off", on: onAccount,
	}, s.removeTOTP)
}

func (s *Server) getTOTP(ctx context.Context, _ *none) (*body[SecondFactor], error) {
	id := callerOf(ctx).User.ID
	on, err := s.Auth.HasSecondFactor(ctx, id)
	if err != nil || !on {
		return answer(SecondFactor{}), err
	}
	left, err := s.Accounts.CountRecoveryCodes(ctx, id)
	return answer(SecondFactor{Enabled: true, RecoveryCodesLeft: left}), err
}

func (s *Server) startTOTP(ctx context.Context, in *body[passwordProof]) (*body[TOTPSetup], error) {
	c := callerOf(ctx)
	if err := s.Auth.ConfirmPassword(ctx, c.User, in.Body.Password); err != nil {
		return nil, err
	}
	t, err := s.Auth.StartTOTP(ctx, c.User)
	return answer(TOTPSetup{Secret: t.Secret, URL: t.URL}), err
}

func (s *Server) confirmTOTP(ctx context.Context, in *body[totpCode]) (*body[RecoveryCodes], error) {
	codes, err := s.Auth.ConfirmTOTP(ctx, callerOf(ctx).User, in.Body.Code)
	return answer(RecoveryCodes{Codes: codes}), err
}

func (s *Server) newRecoveryCodes(ctx context.Context, in *body[passwordProof]) (*body[RecoveryCodes], error) {
	c := callerOf(ctx)
	if err := s.Auth.ConfirmPassword(ctx, c.User, in.Body.Password); err != nil {
		return nil, err
	}
	codes, err := s.Auth.NewRecoveryCodes(ctx, c.User.ID)
	return answer(RecoveryCodes{Codes: codes}), err
}

func (s *Server) removeTOTP(ctx context.Context, in *body[passwordProof]) (*none, error) {
	c := callerOf(ctx)
	if err := s.Auth.ConfirmPassword(ctx, c.User, in.Body.Password); err != nil {
		return nil, err
	}
	return nil, s.Auth.RemoveTOTP(ctx, c.User.ID)
}
