package store

import "context"

// Housekeeper does the slow work of the store in small steps, so that
// ingestion never waits long for it. One node calls it at a time.
type Housekeeper interface {
	// PurgeProject asks for everything of a deleted project to be removed.
	PurgeProject(ctx context.Context, projectID, at int64) error
	// Deletions lists the deletions of issues and projects that are not finished.
	Deletions(ctx context.Context) ([]DeletionProgress, error)
	// AddPendingTags adds what large batches left pending to the counters of issues'
	// tags. Nothing depends on when it runs, but what is pending takes room and
	// time of whoever reads the counters: call it every few seconds.
	AddPendingTags(ctx context.Context) error
	// SettleWords moves the words of new events from a list, which every search has
	// to look through, to where searches find them. Call it several times a second:
	// a batch that finds the list long has to do it itself. It does nothing when nothing came.
	SettleWords(ctx context.Context) error
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

// Retention removes what is older than it may be, and measures what is there.
type Retention interface {
	// Expire does one step of removing days: a day that is over for every
	// project in it is dropped at once, otherwise the events of the projects it
	// is over for are deleted in small parts. keep holds, per project, the
	// first moment whose day is kept in Unix µs; others uses it for projects
	// that are not in keep. more is false when nothing is left to remove.
	// Issues, their counters and their rollups stay.
	Expire(ctx context.Context, keep map[int64]int64, others int64) (more bool, err error)
	// Expirable is the dry run of Expire for one project.
	Expirable(ctx context.Context, projectID, before int64) (Usage, error)
	// Usage is what a project occupies, measured as it was written.
	Usage(ctx context.Context, projectID int64) (Usage, error)
	// DiskBytes is what the whole store occupies on disk, indexes included.
	DiskBytes(ctx context.Context) (int64, error)
	// Thin does one step of making a project smaller by bytes: events of the
	// most frequent issues go first, an issue's first and last event of a day
	// stay, and only when nothing else is left the oldest day goes as a whole.
	// It returns what was removed; nothing when the project is empty.
	Thin(ctx context.Context, projectID int64) (Usage, error)
	// Tidy drops rollups that are no longer read, counts the rarer values of tags
	// of finished days together, makes PostgreSQL's partitions of the next days,
	// and returns the free space of at most one day to the file system.
	Tidy(ctx context.Context, now int64) error
}

// Usage is how much a project holds.
type Usage struct {
	// Days is on how many days something is held; 0 where only a part of a day is meant.
	Days   int64
	Events int64
	Logs   int64
	Bytes  int64
}
