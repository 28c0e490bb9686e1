package store

import "context"

// ActivityReader reads the history of issues. Activities are written with the
// change they tell of, by IssueWriter and Applier.
type ActivityReader interface {
	// ListActivity lists an issue's history, newest first; kinds restricts it, none means all.
	ListActivity(ctx context.Context, issueID int64, kinds []string, p PageRequest) (Page[Activity], error)
}

// FingerprintReader reads what lists of issues show of their fingerprints.
type FingerprintReader interface {
	// PrimaryHashes returns the first fingerprint attached to each issue.
	PrimaryHashes(ctx context.Context, issueIDs []int64) (map[int64][16]byte, error)
}

// StorageReader measures what projects occupy.
type StorageReader interface {
	// StorageBytes returns the bytes that the stored events and log entries of a project took as clients sent them.
	StorageBytes(ctx context.Context, projectID int64) (int64, error)
}
