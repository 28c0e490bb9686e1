package store

import "context"

// Housekeeper does the slow work of the store in small steps, so that
// ingestion never waits long for it. One node calls it at a time.
type Housekeeper interface {
	// PurgeProject asks for everything of a deleted project to be removed.
	PurgeProject(ctx context.Context, projectID, at int64) error
	// Deletions lists the deletions of issues and projects that are not finished.
	Deletions(ctx context.Context) ([]DeletionProgress, error)
	// DeleteStep does one step of the oldest deletion; more is false when there is none left.
	DeleteStep(ctx context.Context) (more bool, err error)
}

// DeletionProgress is how far a deletion has come.
type DeletionProgress struct {
	ProjectID int64
	// IssueID is 0 for the deletion of a whole project.
	IssueID   int64
	CreatedAt int64
	// Done and Total count events. Total is an estimate.
	Done, Total int64
}
