package api

import (
	"context"
	"net/http"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Team is a group of members that issues are given to and that owns projects.
type Team struct {
	ID         int64     `json:"id"`
	Slug       string    `json:"slug"`
	Name       string    `json:"name"`
	CreatedAt  view.Time `json:"created_at" format:"date-time"`
	UserIDs    []int64   `json:"user_ids" nullable:"false"`
	ProjectIDs []int64   `json:"project_ids" nullable:"false" doc:"Projects the team owns"`
	ETag       string    `json:"etag" doc:"Pass as If-Match to update-team"`
}

func newTeam(t store.Team) Team {
	same := func(id int64) int64 { return id }
	return Team{
		ID: t.ID, Slug: t.Slug, Name: t.Name, CreatedAt: view.Time(t.CreatedAt),
		UserIDs: shapeAll(t.UserIDs, same), ProjectIDs: shapeAll(t.ProjectIDs, same),
		ETag: teamTag(t),
	}
}

// TeamPath names a team in the path.
type TeamPath struct {
	OrganizationPath
	TeamID int64 `path:"team_id"`
}

type newTeamRequest struct {
	OrganizationPath
	Body struct {
		Name string `json:"name" maxLength:"100"`
		Slug string `json:"slug,omitempty" maxLength:"50" doc:"Made of the name when left out"`
	}
}

type teamPatch struct {
	TeamPath
	Precondition
	Body struct {
		Name *string `json:"name,omitempty" maxLength:"100"`
		Slug *string `json:"slug,omitempty" maxLength:"50"`
	}
}

type teamMember struct {
	TeamPath
	UserID int64 `path:"user_id"`
}

type teamProject struct {
	TeamPath
	ProjectID int64 `path:"project_id"`
}

func (s *Server) registerTeams() {
	register(s, route{
		call: "GET /orgs/{organization_id}/teams", id: "list-teams", tag: "Teams",
		summary: "Teams of an organization", on: onOrganization, action: org.ReadMembers,
	}, s.listTeams)
	register(s, route{
		call: "POST /orgs/{organization_id}/teams", id: "create-team", tag: "Teams", status: http.StatusCreated,
		summary: "Create a team", on: onOrganization, action: org.ManageMembers,
	}, s.createTeam)
	register(s, route{
		call: "PATCH /orgs/{organization_id}/teams/{team_id}", id: "update-team", tag: "Teams",
		summary: "Rename a team", on: onOrganization, action: org.ManageMembers,
	}, s.updateTeam)
	register(s, route{
		call: "DELETE /orgs/{organization_id}/teams/{team_id}", id: "delete-team", tag: "Teams",
		summary: "Delete a team", description: "Its issues are nobody's afterwards.", on: onOrganization, action: org.ManageMembers,
	}, s.deleteTeam)
	register(s, route{
		call: "PUT /orgs/{organization_id}/teams/{team_id}/members/{user_id}", id: "add-team-member", tag: "Teams",
		summary: "Take a member into a team", on: onOrganization, action: org.ManageMembers,
	}, s.addTeamMember)
	register(s, route{
		call: "DELETE /orgs/{organization_id}/teams/{team_id}/members/{user_id}", id: "remove-team-member", tag: "Teams",
		summary: "Take a member out of a team", on: onOrganization, action: org.ManageMembers,
	}, s.removeTeamMember)
	register(s, route{
		call: "PUT /orgs/{organization_id}/teams/{team_id}/projects/{project_id}", id: "add-team-project", tag: "Teams",
		summary: "Make a team an owner of a project", on: onOrganization, action: org.ManageMembers,
	}, s.addTeamProject)
	register(s, route{
		call: "DELETE /orgs/{organization_id}/teams/{team_id}/projects/{project_id}", id: "remove-team-project", tag: "Teams",
		summary: "Take a project from a team", on: onOrganization, action: org.ManageMembers,
	}, s.removeTeamProject)
}

func (s *Server) listTeams(ctx context.Context, in *OrganizationPath) (*body[List[Team]], error) {
	teams, err := s.Accounts.ListTeams(ctx, in.OrgID)
	return listOf(store.Page[store.Team]{Items: teams}, newTeam), err
}

func (s *Server) createTeam(ctx context.Context, in *newTeamRequest) (*body[Team], error) {
	name, slug, err := nameAndSlug(in.Body.Name, in.Body.Slug)
	if err != nil {
		return nil, err
	}
	t, err := s.Accounts.CreateTeam(ctx, store.Team{OrganizationID: in.OrgID, Name: name, Slug: slug, CreatedAt: s.Now().UnixMicro()})
	if err != nil {
		return nil, slugTaken(err)
	}
	return answer(newTeam(t)), s.recordTeam(ctx, "team.created", t.ID, map[string]any{"name": name})
}

func (s *Server) recordTeam(ctx context.Context, action string, id int64, data map[string]any) error {
	return s.record(ctx, act{orgID: callerOf(ctx).orgID, action: action, kind: "team", id: id, data: data})
}

func teamTag(t store.Team) string { return contentTag(t.Name, t.Slug) }

func (s *Server) updateTeam(ctx context.Context, in *teamPatch) (*body[Team], error) {
	_, t, err := revise(in.Precondition, revision[store.Team]{
		tag:  teamTag,
		read: func() (store.Team, error) { return s.Accounts.GetTeam(ctx, in.OrgID, in.TeamID) },
		change: func(t store.Team) (_ store.Team, err error) {
			t.Name, t.Slug, err = nameAndSlug(*or(in.Body.Name, &t.Name), *or(in.Body.Slug, &t.Slug))
			return t, err
		},
		write: func(before, after store.Team) error { return s.Accounts.UpdateTeam(ctx, before, after) },
	})
	if err != nil {
		return nil, slugTaken(err)
	}
	return answer(newTeam(t)), s.recordTeam(ctx, "team.updated", t.ID, map[string]any{"name": t.Name, "slug": t.Slug})
}

func (s *Server) deleteTeam(ctx context.Context, in *TeamPath) (*none, error) {
	if err := s.Accounts.DeleteTeam(ctx, in.OrgID, in.TeamID); err != nil {
		return nil, err
	}
	return nil, s.recordTeam(ctx, "team.deleted", in.TeamID, nil)
}

func (s *Server) addTeamMember(ctx context.Context, in *teamMember) (*none, error) {
	if err := s.Accounts.AddTeamMember(ctx, in.OrgID, in.TeamID, in.UserID); err != nil {
		return nil, err
	}
	return nil, s.recordTeam(ctx, "team.member_added", in.TeamID, map[string]any{"user_id": in.UserID})
}

func (s *Server) removeTeamMember(ctx context.Context, in *teamMember) (*none, error) {
	if err := s.Accounts.RemoveTeamMember(ctx, in.OrgID, in.TeamID, in.UserID); err != nil {
		return nil, err
	}
	return nil, s.recordTeam(ctx, "team.member_removed", in.TeamID, map[string]any{"user_id": in.UserID})
}

func (s *Server) addTeamProject(ctx context.Context, in *teamProject) (*none, error) {
	if err := s.Accounts.AddTeamProject(ctx, in.OrgID, in.TeamID, in.ProjectID); err != nil {
		return nil, err
	}
	return nil, s.recordTeam(ctx, "team.project_added", in.TeamID, map[string]any{"project_id": in.ProjectID})
}

func (s *Server) removeTeamProject(ctx context.Context, in *teamProject) (*none, error) {
	if err := s.Accounts.RemoveTeamProject(ctx, in.OrgID, in.TeamID, in.ProjectID); err != nil {
		return nil, err
	}
	return nil, s.recordTeam(ctx, "team.project_removed", in.TeamID, map[string]any{"project_id": in.ProjectID})
}
