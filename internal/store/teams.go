package store

import "context"

// Team is a group of members that issues are given to and that owns projects.
type Team struct {
	ID             int64
	OrganizationID int64
	Slug           string
	Name           string
	CreatedAt      int64
	// UserIDs and ProjectIDs are in ascending order.
	UserIDs    []int64
	ProjectIDs []int64
}

// Teams keeps teams. An id of another organization is ErrNotFound.
type Teams interface {
	// CreateTeam returns ErrConflict when the slug is taken within the organization.
	CreateTeam(ctx context.Context, t Team) (Team, error)
	GetTeam(ctx context.Context, orgID, id int64) (Team, error)
	// ListTeams lists an organization's teams by id.
	ListTeams(ctx context.Context, orgID int64) ([]Team, error)
	// TeamNames returns the names of those of the teams that exist.
	TeamNames(ctx context.Context, ids []int64) (map[int64]string, error)
	// UpdateTeam writes name and slug, ErrStale when they are not those of before any more.
	UpdateTeam(ctx context.Context, before, after Team) error
	// DeleteTeam takes its issues back from it too.
	DeleteTeam(ctx context.Context, orgID, id int64) error
	// AddTeamMember returns ErrNotFound for a user who is no member of the
	// organization; adding twice changes nothing. Likewise AddTeamProject.
	AddTeamMember(ctx context.Context, orgID, id, userID int64) error
	RemoveTeamMember(ctx context.Context, orgID, id, userID int64) error
	AddTeamProject(ctx context.Context, orgID, id, projectID int64) error
	RemoveTeamProject(ctx context.Context, orgID, id, projectID int64) error
}
