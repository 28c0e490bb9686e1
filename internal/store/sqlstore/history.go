package sqlstore

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/store"
)

func scanActivity(r scanner) (store.Activity, error) {
	var a store.Activity
	var data string
	err := r.Scan(&a.ID, &a.IssueID, &a.UserID, &a.At, &a.Kind, &data)
	if data != "" {
		a.Data = []byte(data)
	}
	return a, err
}

// ListActivity implements store.ActivityReader.
func (s *Store) ListActivity(ctx context.Context, issueID int64, kinds []string, p store.PageRequest) (store.Page[store.Activity], error) {
	only := ""
	if len(kinds) > 0 {
		only = " AND kind IN " + "(" + marks(2, len(kinds)) + ")"
	}
	n := len(kinds) + 1
	return idPage(ctx, s, idList[store.Activity]{
		request: p, scan: scanActivity, id: func(a store.Activity) int64 { return a.ID }, descending: true,
		args: append([]any{issueID}, anys(kinds)...),
		query: fmt.Sprintf("SELECT id, issue_id, user_id, at, kind, data FROM activities WHERE issue_id = $1%s AND id < $%d ORDER BY id DESC LIMIT $%d",
			only, n+1, n+2),
	})
}

// PrimaryHashes implements store.FingerprintReader.
func (s *Store) PrimaryHashes(ctx context.Context, issueIDs []int64) (map[int64][16]byte, error) {
	hashes := map[int64][16]byte{}
	if len(issueIDs) == 0 {
		return hashes, nil
	}
	err := s.readOne(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT issue_id, hash FROM issue_hashes WHERE issue_id IN (…) ORDER BY first_seen, hash", unique(issueIDs), func(r scanner) error {
			var id int64
			var hash []byte
			if err := r.Scan(&id, &hash); err != nil {
				return err
			}
			if _, known := hashes[id]; !known && len(hash) == 16 {
				hashes[id] = [16]byte(hash)
			}
			return nil
		})
	})
	return hashes, err
}

// StorageBytes implements store.StorageReader.
func (s *Store) StorageBytes(ctx context.Context, projectID int64) (bytes int64, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT coalesce(sum(bytes), 0) FROM project_days WHERE project_id = $1", []any{projectID}, &bytes)
	})
	return bytes, err
}
