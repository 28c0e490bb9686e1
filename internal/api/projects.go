package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/view"
)

// Project receives events.
type Project struct {
	ID             int64      `json:"id"`
	OrganizationID int64      `json:"organization_id"`
	Slug           string     `json:"slug"`
	Name           string     `json:"name"`
	Platform       string     `json:"platform"`
	CreatedAt      view.Time  `json:"created_at" format:"date-time"`
	FirstEventAt   *view.Time `json:"first_event_at" format:"date-time" doc:"null while the project waits for its first event"`
	DSN            string     `json:"dsn" doc:"Of the oldest active key; empty when every key is disabled"`
}

type newProjectRequest struct {
	OrganizationID int64  `json:"organization_id"`
	Name           string `json:"name" maxLength:"100"`
	Platform       string `json:"platform" maxLength:"50" example:"go"`
	Slug           string `json:"slug,omitempty" maxLength:"50" doc:"Made of the name when left out"`
}

type projectChange struct {
	Name     *string `json:"name,omitempty" maxLength:"100"`
	Slug     *string `json:"slug,omitempty" maxLength:"50"`
	Platform *string `json:"platform,omitempty" maxLength:"50"`
}

// ProjectPath names a project in the path.
type ProjectPath struct {
	ProjectID int64 `path:"project_id"`
}

type projectPatch struct {
	ProjectPath
	Precondition
	Body projectChange
}

type projectDeletion struct {
	ProjectPath
	Confirm string `query:"confirm" required:"true" maxLength:"100" doc:"The project's name, to show that it is meant"`
}

func (s *Server) registerProjects() {
	register(s, route{
		call: "GET /projects", id: "list-projects", tag: "Projects",
		summary: "Projects of your organizations", on: onCaller, action: org.ReadProject,
	}, s.listProjects)
	register(s, route{
		call: "POST /projects", id: "create-project", tag: "Projects", status: http.StatusCreated,
		summary: "Create a project with its first key", on: onCaller, action: org.CreateProject,
	}, s.createProject)
	register(s, route{
		call: "GET /projects/{project_id}", id: "get-project", tag: "Projects",
		summary: "One project", on: onProject, action: org.ReadProject,
	}, s.getProject)
	register(s, route{
		call: "PATCH /projects/{project_id}", id: "update-project", tag: "Projects",
		summary: "Change a project's name, slug or platform", on: onProject, action: org.ManageProject,
	}, s.updateProject)
	register(s, route{
		call: "DELETE /projects/{project_id}", id: "delete-project", tag: "Projects",
		summary: "Delete a project with everything in it", on: onProject, action: org.DeleteProject,
	}, s.deleteProject)
}

func newProject(p org.Project, dsn string) Project {
	return Project{
		ID: p.ID, OrganizationID: p.OrganizationID, Slug: p.Slug, Name: p.Name, Platform: p.Platform,
		CreatedAt: view.Time(p.CreatedAt), FirstEventAt: view.Some(p.FirstEventAt), DSN: dsn,
	}
}

func dsnOf(ctx context.Context, k org.Key) string {
	if k.Public == "" {
		return ""
	}
	return org.NewDSN(callerOf(ctx).base, k.Public, k.ProjectID).String()
}

func (s *Server) listProjects(ctx context.Context, in *Paging) (*body[List[Project]], error) {
	orgIDs, err := s.organizationIDs(ctx, org.ReadProject)
	if err != nil {
		return nil, err
	}
	page, err := s.Accounts.ListProjects(ctx, orgIDs, in.request())
	if err != nil {
		return nil, err
	}
	ids := shapeAll(page.Items, func(p org.Project) int64 { return p.ID })
	keys, err := s.Accounts.FirstKeys(ctx, ids)
	return listOf(page, func(p org.Project) Project { return newProject(p, dsnOf(ctx, keys[p.ID])) }), err
}

func (s *Server) createProject(ctx context.Context, in *body[newProjectRequest]) (*body[Project], error) {
	b := in.Body
	if err := s.enter(ctx, callerOf(ctx), b.OrganizationID, rule{on: onOrganization, action: org.CreateProject}); err != nil {
		return nil, err
	}
	name, slug, err := nameAndSlug(b.Name, b.Slug)
	if err != nil {
		return nil, err
	}
	now := s.Now().UnixMicro()
	p, k, err := s.Accounts.CreateProject(ctx,
		org.Project{OrganizationID: b.OrganizationID, Name: name, Slug: slug, Platform: b.Platform, CreatedAt: now},
		org.Key{Public: org.NewPublicKey(), Label: "Default", Active: true, CreatedAt: now})
	if err != nil {
		return nil, slugTaken(err)
	}
	err = s.record(ctx, act{orgID: p.OrganizationID, action: "project.created", kind: "project", id: p.ID, data: map[string]any{"name": name}})
	return answer(newProject(p, dsnOf(ctx, k))), err
}

func projectTag(p org.Project) string { return contentTag(p.Name, p.Slug, p.Platform) }

// projectAnswer shows a project with the DSN of its oldest key.
func (s *Server) projectAnswer(ctx context.Context, p org.Project) (*tagged[Project], error) {
	keys, err := s.Accounts.FirstKeys(ctx, []int64{p.ID})
	if err != nil {
		return nil, fmt.Errorf("read key of project: %w", err)
	}
	return &tagged[Project]{ETag: projectTag(p), Body: newProject(p, dsnOf(ctx, keys[p.ID]))}, nil
}

func (s *Server) getProject(ctx context.Context, _ *ProjectPath) (*tagged[Project], error) {
	return s.projectAnswer(ctx, callerOf(ctx).project)
}

func (s *Server) updateProject(ctx context.Context, in *projectPatch) (*tagged[Project], error) {
	before, p, err := revise(in.Precondition, revision[org.Project]{
		tag:    projectTag,
		read:   func() (org.Project, error) { return s.Accounts.GetProject(ctx, in.ProjectID) },
		change: in.Body.apply,
		write:  func(before, after org.Project) error { return s.Accounts.UpdateProject(ctx, before, after) },
	})
	if err != nil {
		return nil, slugTaken(err)
	}
	s.Keys.Forget(p.ID)
	err = s.record(ctx, act{orgID: p.OrganizationID, action: "project.updated", kind: "project", id: p.ID, data: map[string]any{
		"name": p.Name, "slug": p.Slug, "platform": p.Platform,
		"name_before": before.Name, "slug_before": before.Slug, "platform_before": before.Platform,
	}})
	if err != nil {
		return nil, err
	}
	return s.projectAnswer(ctx, p)
}

func (c projectChange) apply(p org.Project) (_ org.Project, err error) {
	p.Name, p.Slug, err = nameAndSlug(*or(c.Name, &p.Name), *or(c.Slug, &p.Slug))
	p.Platform = *or(c.Platform, &p.Platform)
	return p, err
}

func (s *Server) deleteProject(ctx context.Context, in *projectDeletion) (*none, error) {
	p := callerOf(ctx).project
	if in.Confirm != p.Name {
		return nil, fault.Field("query.confirm", "confirm the deletion with the project's name")
	}
	if err := s.Accounts.DeleteProject(ctx, p.ID, s.Now().UnixMicro()); err != nil {
		return nil, fmt.Errorf("delete project: %w", err)
	}
	s.Keys.Forget(p.ID)
	return nil, s.record(ctx, act{orgID: p.OrganizationID, action: "project.deleted", kind: "project", id: p.ID, data: map[string]any{"name": p.Name}})
}
