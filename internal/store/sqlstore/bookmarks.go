package sqlstore

import "context"

// SetBookmark implements store.Bookmarks.
func (s *Store) SetBookmark(ctx context.Context, userID, issueID, at int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO bookmarks (user_id, issue_id, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (user_id, issue_id) DO NOTHING`, userID, issueID, at)
		return err
	})
}

// DeleteBookmark implements store.Bookmarks.
func (s *Store) DeleteBookmark(ctx context.Context, userID, issueID int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "DELETE FROM bookmarks WHERE user_id = $1 AND issue_id = $2", userID, issueID)
		return err
	})
}

// Bookmarked implements store.Bookmarks.
func (s *Store) Bookmarked(ctx context.Context, userID int64, issueIDs []int64) (map[int64]bool, error) {
	marked := map[int64]bool{}
	if len(issueIDs) == 0 {
		return marked, nil
	}
	err := s.read(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT issue_id FROM bookmarks WHERE user_id = $1 AND issue_id IN (…)", unique(issueIDs), func(r scanner) error {
			id, err := scanID(r)
			marked[id] = true
			return err
		}, userID)
	})
	return marked, err
}
