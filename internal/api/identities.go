package api

import (
	"context"
	"errors"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// LinkedIdentity is who the account's owner is at an identity provider.
type LinkedIdentity struct {
	ID         int64     `json:"id"`
	Issuer     string    `json:"issuer" doc:"The provider's URL"`
	Email      string    `json:"email" doc:"The address the provider told last"`
	CreatedAt  view.Time `json:"created_at" format:"date-time"`
	LastUsedAt view.Time `json:"last_used_at" format:"date-time"`
	CanUnlink  bool      `json:"can_unlink" doc:"false for an account without a password, which has no other way in"`
}

type identityPath struct {
	ID int64 `path:"identity_id"`
}

func (s *Server) registerIdentities() {
	register(s, route{
		call: "GET /account/identities", id: "list-identities", tag: "Account",
		summary: "Identity providers the account signs in with", on: onAccount,
	}, s.listIdentities)
	register(s, route{
		call: "DELETE /account/identities/{identity_id}", id: "unlink-identity", tag: "Account",
		summary: "Unlink an identity", description: "For accounts with a password. The next sign-in with the provider links whoever has the account's verified e-mail address there.", on: onAccount,
	}, s.unlinkIdentity)
}

func (s *Server) listIdentities(ctx context.Context, _ *none) (*body[List[LinkedIdentity]], error) {
	user := callerOf(ctx).User
	list, err := s.Accounts.ListIdentities(ctx, user.ID)
	return listOf(store.Page[store.Identity]{Items: list}, func(i store.Identity) LinkedIdentity { return newLinkedIdentity(i, user) }), err
}

func newLinkedIdentity(i store.Identity, user org.User) LinkedIdentity {
	return LinkedIdentity{
		ID: i.ID, Issuer: i.Issuer, Email: i.Email, CreatedAt: view.Time(i.CreatedAt), LastUsedAt: view.Time(i.LastUsedAt),
		CanUnlink: user.PasswordHash != "",
	}
}

func (s *Server) unlinkIdentity(ctx context.Context, in *identityPath) (*none, error) {
	err := s.Accounts.UnlinkIdentity(ctx, callerOf(ctx).User.ID, in.ID)
	if errors.Is(err, store.ErrConflict) {
		return nil, fault.New(fault.Conflict, "the account has no password, so this is its only way in; ask the operator to set one with: mesher admin reset-password")
	}
	return nil, err
}
