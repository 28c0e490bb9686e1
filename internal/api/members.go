package api

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/view"
)

// Member is a user's place in an organization.
type Member struct {
	UserID    int64     `json:"user_id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      string    `json:"role" enum:"viewer,member,admin,owner"`
	CreatedAt view.Time `json:"created_at" format:"date-time"`
}

func newMember(m org.Member) Member {
	return Member{UserID: m.UserID, Email: m.Email, Name: m.Name, Role: m.Role.String(), CreatedAt: view.Time(m.CreatedAt)}
}

type memberList struct {
	OrganizationPath
	Paging
}

// MemberPath names a member in the path.
type MemberPath struct {
	OrganizationPath
	UserID int64 `path:"user_id"`
}

type roleChange struct {
	Role string `json:"role" enum:"viewer,member,admin,owner"`
}

type memberPatch struct {
	MemberPath
	Body roleChange
}

func (s *Server) registerMembers() {
	register(s, route{
		call: "GET /orgs/{organization_id}/members", id: "list-members", tag: "Members",
		summary: "Members of an organization", on: onOrganization, action: org.ReadMembers,
	}, s.listMembers)
	register(s, route{
		call: "PATCH /orgs/{organization_id}/members/{user_id}", id: "update-member", tag: "Members",
		summary: "Change a member's role", description: "Nobody can give or take a role above their own; the last owner stays.",
		on: onOrganization, action: org.ManageMembers,
	}, s.updateMember)
	register(s, route{
		call: "DELETE /orgs/{organization_id}/members/{user_id}", id: "remove-member", tag: "Members",
		summary: "Remove a member, or leave", description: "Every member may remove themselves; the last owner stays.",
		on: onOrganization, action: org.ReadMembers,
	}, s.removeMember)
}

func (s *Server) listMembers(ctx context.Context, in *memberList) (*body[List[Member]], error) {
	page, err := s.Accounts.ListMembers(ctx, in.OrgID, in.request())
	return listOf(page, newMember), err
}

func (s *Server) updateMember(ctx context.Context, in *memberPatch) (*body[Member], error) {
	m, err := s.Accounts.GetMember(ctx, in.OrgID, in.UserID)
	if err != nil {
		return nil, err
	}
	role, _ := org.ParseRole(in.Body.Role)
	if err := mayGrant(ctx, m.Role, role); err != nil {
		return nil, err
	}
	if err := s.Accounts.SetRole(ctx, in.OrgID, in.UserID, role); err != nil {
		return nil, err
	}
	err = s.record(ctx, act{orgID: in.OrgID, action: "member.role_changed", kind: "user", id: m.UserID, data: map[string]any{
		"email": m.Email, "role": role.String(), "role_before": m.Role.String(),
	}})
	m.Role = role
	return answer(newMember(m)), err
}

// mayGrant refuses to touch roles above the caller's own.
func mayGrant(ctx context.Context, roles ...org.Role) error {
	c := callerOf(ctx)
	for _, role := range roles {
		if !org.CanGrant(c.role, role) {
			return fault.New(fault.Forbidden, "your role %q cannot give or take the role %q", c.role, role)
		}
	}
	return nil
}

func (s *Server) removeMember(ctx context.Context, in *MemberPath) (*none, error) {
	c := callerOf(ctx)
	m, err := s.Accounts.GetMember(ctx, in.OrgID, in.UserID)
	if err != nil {
		return nil, err
	}
	if err := c.tokenAllows(org.ManageMembers); err != nil {
		return nil, err
	}
	if m.UserID != c.User.ID {
		if err := mayGrant(ctx, m.Role); err != nil {
			return nil, err
		}
	}
	if err := s.Accounts.RemoveMember(ctx, in.OrgID, in.UserID); err != nil {
		return nil, fmt.Errorf("remove member: %w", err)
	}
	return nil, s.record(ctx, act{orgID: in.OrgID, action: "member.removed", kind: "user", id: m.UserID, data: map[string]any{
		"email": m.Email, "role": m.Role.String(),
	}})
}
