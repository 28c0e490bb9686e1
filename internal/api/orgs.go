package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Organization is an organization as one of its members sees it.
type Organization struct {
	ID        int64     `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Role      string    `json:"role" enum:"viewer,member,admin,owner" doc:"Your role"`
	CreatedAt view.Time `json:"created_at" format:"date-time"`
}

func newOrganization(m store.Membership) Organization {
	o := m.Organization
	return Organization{ID: o.ID, Slug: o.Slug, Name: o.Name, Role: m.Role.String(), CreatedAt: view.Time(o.CreatedAt)}
}

type newOrganizationRequest struct {
	Name string `json:"name" maxLength:"100"`
	Slug string `json:"slug,omitempty" maxLength:"50" doc:"Made of the name when left out"`
}

type organizationChange struct {
	Name *string `json:"name,omitempty" maxLength:"100"`
	Slug *string `json:"slug,omitempty" maxLength:"50"`
}

// OrganizationPath names an organization in the path.
type OrganizationPath struct {
	OrgID int64 `path:"organization_id"`
}

type organizationPatch struct {
	OrganizationPath
	Precondition
	Body organizationChange
}

type organizationDeletion struct {
	OrganizationPath
	Confirm string `query:"confirm" required:"true" maxLength:"100" doc:"The organization's name, to show that it is meant"`
}

func (s *Server) registerOrganizations() {
	register(s, route{
		call: "GET /orgs", id: "list-organizations", tag: "Organizations",
		summary: "Your organizations", on: onCaller, action: org.ReadOrganization,
	}, s.listOrganizations)
	register(s, route{
		call: "POST /orgs", id: "create-organization", tag: "Organizations", status: http.StatusCreated,
		summary: "Create an organization", description: "You become its owner.", on: onCaller, action: org.ManageOrganization,
	}, s.createOrganization)
	register(s, route{
		call: "GET /orgs/{organization_id}", id: "get-organization", tag: "Organizations",
		summary: "One organization", on: onOrganization, action: org.ReadOrganization,
	}, s.getOrganization)
	register(s, route{
		call: "PATCH /orgs/{organization_id}", id: "update-organization", tag: "Organizations",
		summary: "Rename an organization", on: onOrganization, action: org.ManageOrganization,
	}, s.updateOrganization)
	register(s, route{
		call: "DELETE /orgs/{organization_id}", id: "delete-organization", tag: "Organizations",
		summary: "Delete an organization with everything in it", on: onOrganization, action: org.DeleteOrganization,
	}, s.deleteOrganization)
}

func (s *Server) listOrganizations(ctx context.Context, _ *none) (*body[List[Organization]], error) {
	list, err := s.memberships(ctx, org.ReadOrganization)
	return listOf(store.Page[store.Membership]{Items: list}, newOrganization), err
}

func (s *Server) createOrganization(ctx context.Context, in *body[newOrganizationRequest]) (*body[Organization], error) {
	name, slug, err := nameAndSlug(in.Body.Name, in.Body.Slug)
	if err != nil {
		return nil, err
	}
	o, err := s.Accounts.CreateOrganization(ctx, org.Organization{Name: name, Slug: slug, CreatedAt: s.Now().UnixMicro()}, callerOf(ctx).User.ID)
	if err != nil {
		return nil, slugTaken(err)
	}
	err = s.record(ctx, act{orgID: o.ID, action: "organization.created", kind: "organization", id: o.ID, data: map[string]any{"name": name}})
	return answer(newOrganization(store.Membership{Organization: o, Role: org.Owner})), err
}

// nameAndSlug checks a name and its slug, made of the name when it is empty.
func nameAndSlug(name, slug string) (string, string, error) {
	name, err := org.CheckName("body.name", name)
	if err != nil {
		return "", "", err
	}
	if slug == "" {
		slug = org.Slug(name)
	}
	if err := org.CheckSlug(slug); err != nil {
		return "", "", err
	}
	return name, slug, nil
}

func slugTaken(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &fault.Error{Code: fault.Conflict, Field: "body.slug", Message: "the slug is taken; choose another name or slug", Err: err}
	}
	return err
}

func organizationTag(o org.Organization) string { return contentTag(o.Name, o.Slug) }

func (s *Server) getOrganization(ctx context.Context, in *OrganizationPath) (*tagged[Organization], error) {
	o, err := s.Accounts.GetOrganization(ctx, in.OrgID)
	return organizationAnswer(ctx, o), err
}

func organizationAnswer(ctx context.Context, o org.Organization) *tagged[Organization] {
	return &tagged[Organization]{ETag: organizationTag(o), Body: newOrganization(store.Membership{Organization: o, Role: callerOf(ctx).role})}
}

func (s *Server) updateOrganization(ctx context.Context, in *organizationPatch) (*tagged[Organization], error) {
	before, o, err := revise(in.Precondition, revision[org.Organization]{
		tag:  organizationTag,
		read: func() (org.Organization, error) { return s.Accounts.GetOrganization(ctx, in.OrgID) },
		change: func(o org.Organization) (_ org.Organization, err error) {
			o.Name, o.Slug, err = nameAndSlug(*or(in.Body.Name, &o.Name), *or(in.Body.Slug, &o.Slug))
			return o, err
		},
		write: func(before, after org.Organization) error { return s.Accounts.UpdateOrganization(ctx, before, after) },
	})
	if err != nil {
		return nil, slugTaken(err)
	}
	err = s.record(ctx, act{orgID: o.ID, action: "organization.updated", kind: "organization", id: o.ID, data: map[string]any{
		"name": o.Name, "slug": o.Slug, "name_before": before.Name, "slug_before": before.Slug,
	}})
	return organizationAnswer(ctx, o), err
}

// or returns p, or fallback when p is nil.
func or[T any](p, fallback *T) *T {
	if p == nil {
		return fallback
	}
	return p
}

func (s *Server) deleteOrganization(ctx context.Context, in *organizationDeletion) (*none, error) {
	o, err := s.Accounts.GetOrganization(ctx, in.OrgID)
	if err != nil {
		return nil, err
	}
	if in.Confirm != o.Name {
		return nil, fault.Field("query.confirm", "confirm the deletion with the organization's name")
	}
	ids, err := s.Accounts.ProjectIDs(ctx, []int64{o.ID})
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	if err := s.Accounts.DeleteOrganization(ctx, o.ID, s.Now().UnixMicro()); err != nil {
		return nil, fmt.Errorf("delete organization: %w", err)
	}
	for _, id := range ids {
		s.Keys.Forget(id)
	}
	// Nobody but the operator reads the log of an organization that is gone.
	return nil, s.record(ctx, act{orgID: o.ID, action: "organization.deleted", kind: "organization", id: o.ID, data: map[string]any{"name": o.Name}})
}
