package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Invitation lets somebody join an organization by a link.
type Invitation struct {
	ID        int64     `json:"id"`
	Email     string    `json:"email" doc:"Whom it is for; empty for whoever holds the link"`
	Role      string    `json:"role" enum:"viewer,member,admin,owner"`
	CreatedAt view.Time `json:"created_at" format:"date-time"`
	ExpiresAt view.Time `json:"expires_at" format:"date-time"`
}

// NewInvitation is an invitation with its link, which is shown this once.
type NewInvitation struct {
	Invitation
	URL string `json:"url" doc:"The link to send; it is shown this once"`
}

// InvitationOffer is what the holder of a link may see before joining.
type InvitationOffer struct {
	Organization string `json:"organization"`
	Email        string `json:"email"`
	Role         string `json:"role" enum:"viewer,member,admin,owner"`
	// AccountExists is set when the address of the invitation has an account: sign in to join.
	AccountExists bool `json:"account_exists"`
}

type invitationRequest struct {
	Email string `json:"email,omitempty" maxLength:"254" doc:"Only an account of this address may join; anybody with the link when left out"`
	Role  string `json:"role" enum:"viewer,member,admin,owner"`
}

type invitationCreation struct {
	OrganizationPath
	Body invitationRequest
}

type invitationPath struct {
	OrganizationPath
	ID int64 `path:"invitation_id"`
}

// OfferPath has the secret of an invitation in the path.
type OfferPath struct {
	Secret string `path:"token" maxLength:"100"`
}

type acceptance struct {
	OfferPath
	Body struct {
		Email    string `json:"email,omitempty" maxLength:"254" doc:"For a new account; not when signed in"`
		Name     string `json:"name,omitempty" maxLength:"100"`
		Password string `json:"password,omitempty" maxLength:"512"`
	}
}

func (s *Server) registerInvitations() {
	register(s, route{
		call: "GET /orgs/{organization_id}/invitations", id: "list-invitations", tag: "Members",
		summary: "Open invitations", on: onOrganization, action: org.ManageMembers,
	}, s.listInvitations)
	register(s, route{
		call: "POST /orgs/{organization_id}/members", id: "invite-member", tag: "Members", status: http.StatusCreated,
		summary: "Invite somebody by link", on: onOrganization, action: org.ManageMembers,
	}, s.invite)
	register(s, route{
		call: "DELETE /orgs/{organization_id}/invitations/{invitation_id}", id: "withdraw-invitation", tag: "Members",
		summary: "Withdraw an invitation", on: onOrganization, action: org.ManageMembers,
	}, s.withdrawInvitation)
	register(s, route{
		call: "GET /invitations/{token}", id: "get-invitation", tag: "Members",
		summary: "What an invitation link offers", on: onNothing,
	}, s.getInvitation)
	register(s, route{
		call: "POST /invitations/{token}", id: "accept-invitation", tag: "Members", status: http.StatusOK,
		summary: "Join by an invitation link", description: "With the signed-in account, or with a new one.", on: onNothing,
	}, s.acceptInvitation)
}

func newInvitation(i store.Invitation) Invitation {
	return Invitation{ID: i.ID, Email: i.Email, Role: i.Role.String(), CreatedAt: view.Time(i.CreatedAt), ExpiresAt: view.Time(i.ExpiresAt)}
}

func (s *Server) listInvitations(ctx context.Context, in *OrganizationPath) (*body[List[Invitation]], error) {
	list, err := s.Accounts.ListInvitations(ctx, in.OrgID, s.Now().UnixMicro())
	return listOf(store.Page[store.Invitation]{Items: list}, newInvitation), err
}

func (s *Server) invite(ctx context.Context, in *invitationCreation) (*body[NewInvitation], error) {
	c := callerOf(ctx)
	role, _ := org.ParseRole(in.Body.Role)
	if err := mayGrant(ctx, role); err != nil {
		return nil, err
	}
	email, err := optionalEmail(in.Body.Email)
	if err != nil {
		return nil, err
	}
	i, secret, err := s.Auth.Invite(ctx, store.Invitation{OrganizationID: in.OrgID, Email: email, Role: role, InvitedBy: c.User.ID})
	if err != nil {
		return nil, err
	}
	err = s.record(ctx, act{orgID: in.OrgID, action: "member.invited", kind: "invitation", id: i.ID, data: map[string]any{
		"email": email, "role": role.String(),
	}})
	return answer(NewInvitation{Invitation: newInvitation(i), URL: c.base + "/invite?token=" + secret}), err
}

func optionalEmail(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	return org.NormalizeEmail(text)
}

func (s *Server) withdrawInvitation(ctx context.Context, in *invitationPath) (*none, error) {
	if err := s.Accounts.DeleteInvitation(ctx, in.OrgID, in.ID); err != nil {
		return nil, err
	}
	return nil, s.record(ctx, act{orgID: in.OrgID, action: "member.invitation_withdrawn", kind: "invitation", id: in.ID})
}

func (s *Server) getInvitation(ctx context.Context, in *OfferPath) (*body[InvitationOffer], error) {
	i, err := s.Auth.Invitation(ctx, in.Secret)
	if err != nil {
		return nil, err
	}
	o, err := s.Accounts.GetOrganization(ctx, i.OrganizationID)
	if err != nil {
		return nil, err
	}
	offer := InvitationOffer{Organization: o.Name, Email: i.Email, Role: i.Role.String()}
	if i.Email != "" {
		_, err := s.Accounts.UserByEmail(ctx, i.Email)
		offer.AccountExists = err == nil
	}
	return answer(offer), nil
}

func (s *Server) acceptInvitation(ctx context.Context, in *acceptance) (*sessionAnswer, error) {
	c := callerOf(ctx)
	if c.Token != nil {
		return nil, fault.New(fault.Forbidden, "an API token cannot join an organization; sign in")
	}
	i, err := s.Auth.Invitation(ctx, in.Secret)
	if err != nil {
		return nil, err
	}
	user := c.User
	if !c.signedIn {
		if user, err = s.newMemberAccount(ctx, in, i); err != nil {
			return nil, err
		}
	}
	if err := s.Auth.Join(ctx, i, user); err != nil {
		return nil, err
	}
	c.User = user
	if err := s.record(ctx, act{orgID: i.OrganizationID, action: "member.joined", kind: "user", id: user.ID, data: map[string]any{"role": i.Role.String()}}); err != nil {
		return nil, err
	}
	secret, _, err := s.Auth.StartSession(ctx, user, c.client)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, secret, user)
}

// newMemberAccount makes the account of somebody who joins without one.
func (s *Server) newMemberAccount(ctx context.Context, in *acceptance, i store.Invitation) (org.User, error) {
	email, err := org.NormalizeEmail(in.Body.Email)
	if err != nil {
		return org.User{}, err
	}
	if i.Email != "" && i.Email != email {
		return org.User{}, fault.New(fault.Forbidden, "the invitation is for another e-mail address")
	}
	user, err := s.Auth.CreateUser(ctx, auth.NewAccount{Email: email, Name: in.Body.Name, Password: in.Body.Password})
	if err != nil {
		return user, fmt.Errorf("create account: %w", err)
	}
	return user, nil
}
