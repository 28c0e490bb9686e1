package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

func scanShare(r scanner) (store.Share, error) {
	var v store.Share
	var hash []byte
	err := r.Scan(&v.IssueID, &hash, &v.CreatedBy, &v.CreatedAt)
	copy(v.Hash[:], hash)
	return v, err
}

// PutShare implements store.Shares.
func (s *Store) PutShare(ctx context.Context, v store.Share) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO issue_shares (issue_id, hash, created_by, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (issue_id) DO UPDATE SET hash = excluded.hash, created_by = excluded.created_by, created_at = excluded.created_at`,
			v.IssueID, v.Hash[:], v.CreatedBy, v.CreatedAt)
		return err
	})
}

// GetShare implements store.Shares.
func (s *Store) GetShare(ctx context.Context, issueID int64) (v store.Share, err error) {
	err = s.read(ctx, func(c conn) error {
		v, err = one(ctx, c, scanShare, "SELECT issue_id, hash, created_by, created_at FROM issue_shares WHERE issue_id = $1", issueID)
		return err
	})
	return v, err
}

// ShareByHash implements store.Shares.
func (s *Store) ShareByHash(ctx context.Context, hash [32]byte) (v store.Share, err error) {
	err = s.read(ctx, func(c conn) error {
		v, err = one(ctx, c, scanShare, "SELECT issue_id, hash, created_by, created_at FROM issue_shares WHERE hash = $1", hash[:])
		return err
	})
	return v, err
}

// DeleteShare implements store.Shares.
func (s *Store) DeleteShare(ctx context.Context, issueID int64) error {
	return s.write(ctx, func(c conn) error {
		return c.execOne(ctx, "DELETE FROM issue_shares WHERE issue_id = $1", issueID)
	})
}
