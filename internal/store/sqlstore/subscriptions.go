package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

// Subscribe implements store.Subscriptions.
func (s *Store) Subscribe(ctx context.Context, userID, issueID, at int64) error {
	return s.choose(ctx, "issue_subscriptions.subscribed = 0", issueID, userID, 1, string(store.ReasonChosen), at)
}

// Unsubscribe implements store.Subscriptions.
func (s *Store) Unsubscribe(ctx context.Context, userID, issueID, at int64) error {
	return s.choose(ctx, "issue_subscriptions.subscribed = 1", issueID, userID, 0, string(store.ReasonChosen), at)
}

// choose writes a person's own choice; one that is as chosen already stays as it is.
func (s *Store) choose(ctx context.Context, unless string, row ...any) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO issue_subscriptions (issue_id, user_id, subscribed, reason, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (issue_id, user_id) DO UPDATE SET subscribed = excluded.subscribed, reason = excluded.reason, created_at = excluded.created_at
			WHERE `+unless, row...)
		return err
	})
}

// Subscribed implements store.Subscriptions.
func (s *Store) Subscribed(ctx context.Context, userID int64, issueIDs []int64) (map[int64]bool, error) {
	followed := map[int64]bool{}
	if len(issueIDs) == 0 {
		return followed, nil
	}
	err := s.read(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT issue_id FROM issue_subscriptions WHERE user_id = $1 AND subscribed = 1 AND issue_id IN (…)", unique(issueIDs), func(r scanner) error {
			id, err := scanID(r)
			followed[id] = true
			return err
		}, userID)
	})
	return followed, err
}

// Subscribers implements store.Subscriptions.
func (s *Store) Subscribers(ctx context.Context, issueID int64) (list []store.Subscriber, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (v store.Subscriber, err error) {
			return v, r.Scan(&v.UserID, &v.Reason, &v.At)
		}, `SELECT s.user_id, s.reason, s.created_at FROM issue_subscriptions s JOIN issues i ON i.id = s.issue_id JOIN projects p ON p.id = i.project_id
			JOIN members m ON m.organization_id = p.organization_id AND m.user_id = s.user_id
			WHERE s.issue_id = $1 AND s.subscribed = 1 ORDER BY s.created_at, s.user_id LIMIT 1000`, issueID)
		return err
	})
	return list, err
}
