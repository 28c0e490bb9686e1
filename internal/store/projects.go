package store

import (
	"context"

	"github.com/mesher/mesher/internal/org"
)

// Projects keeps projects and their settings. A deleted project is ErrNotFound everywhere.
type Projects interface {
	// CreateProject returns the project and its first key with their ids,
	// ErrConflict when the slug is taken within the organization.
	CreateProject(ctx context.Context, p org.Project, k org.Key) (org.Project, org.Key, error)
	GetProject(ctx context.Context, id int64) (org.Project, error)
	// ListProjects lists the projects of the organizations by id.
	ListProjects(ctx context.Context, orgIDs []int64, p PageRequest) (Page[org.Project], error)
	// ProjectIDs lists every project of the organizations.
	ProjectIDs(ctx context.Context, orgIDs []int64) ([]int64, error)
	// AllProjects lists every project with its settings, for the parts that work on all of them.
	AllProjects(ctx context.Context) ([]org.Project, error)
	// UpdateProject writes name, slug and platform, ErrConflict when the slug is
	// taken, ErrStale when they are not those of before any more.
	UpdateProject(ctx context.Context, before, after org.Project) error
	// UpdateSettings writes the settings if version is still the current one and
	// returns the new version, ErrConflict otherwise.
	UpdateSettings(ctx context.Context, id, version int64, s org.Settings) (int64, error)
	// DeleteProject hides the project and stops its keys; retention removes what it holds.
	DeleteProject(ctx context.Context, id, at int64) error
	// DeletedProjects lists the ids of deleted projects whose data may still be there.
	DeletedProjects(ctx context.Context) ([]int64, error)
}

// Keys keeps DSN keys.
type Keys interface {
	ListKeys(ctx context.Context, projectID int64) ([]org.Key, error)
	GetKey(ctx context.Context, projectID, id int64) (org.Key, error)
	// FirstKeys returns the oldest active key of each project that has one.
	FirstKeys(ctx context.Context, projectIDs []int64) (map[int64]org.Key, error)
	CreateKey(ctx context.Context, k org.Key) (org.Key, error)
	// UpdateKey writes label, active and the limit, ErrStale when they are not those of before any more.
	UpdateKey(ctx context.Context, before, after org.Key) error
	DeleteKey(ctx context.Context, projectID, id int64) error
	// KeyByPublic finds a key, active or not, with its project.
	KeyByPublic(ctx context.Context, public string) (org.Key, org.Project, error)
	// TouchKeys records when keys were last used; an earlier time changes nothing.
	TouchKeys(ctx context.Context, usedAt map[int64]int64) error
}
