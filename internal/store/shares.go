package store

import "context"

// Shares keeps public links to issues, one for each issue at most. Only the hash of a link's secret is kept.
type Shares interface {
	// PutShare replaces the link of an issue.
	PutShare(ctx context.Context, s Share) error
	GetShare(ctx context.Context, issueID int64) (Share, error)
	ShareByHash(ctx context.Context, hash [32]byte) (Share, error)
	// DeleteShare revokes the link; without one it is ErrNotFound.
	DeleteShare(ctx context.Context, issueID int64) error
}

// Share is a public link to an issue.
type Share struct {
	IssueID   int64
	Hash      [32]byte
	CreatedBy int64
	CreatedAt int64
}
