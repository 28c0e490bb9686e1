package sqlstore

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// For how many days notifications are kept, and how many of each user.
const (
	notificationDays = 90
	notificationsMax = 1000
)

// fromNotifications leaves out what the user may no longer see.
const fromNotifications = ` FROM notifications n JOIN activities a ON a.id = n.activity_id
	JOIN issues i ON i.id = a.issue_id AND i.deleted_at = 0
	JOIN projects p ON p.id = i.project_id AND p.deleted_at = 0
	JOIN organizations o ON o.id = p.organization_id AND o.deleted_at = 0
	JOIN members m ON m.organization_id = o.id AND m.user_id = n.user_id
	WHERE n.user_id = $1`

func scanNotification(r scanner) (store.Notification, error) {
	var n store.Notification
	var data string
	a := &n.Activity
	err := r.Scan(&n.ID, &n.Reason, &n.ReadAt, &a.ID, &a.IssueID, &a.UserID, &a.At, &a.Kind, &data, &n.IssueNumber, &n.IssueTitle, &n.ProjectID, &n.ProjectSlug)
	if data != "" {
		a.Data = []byte(data)
	}
	return n, err
}

// ListNotifications implements store.Notifications.
func (s *Store) ListNotifications(ctx context.Context, f store.NotificationFilter, p store.PageRequest) (store.Page[store.Notification], error) {
	unread := ""
	if f.Unread {
		unread = " AND n.read_at = 0"
	}
	return idPage(ctx, s, idList[store.Notification]{
		request: p, scan: scanNotification, id: func(n store.Notification) int64 { return n.ID }, descending: true, args: []any{f.UserID},
		query: "SELECT n.id, n.reason, n.read_at, a.id, a.issue_id, a.user_id, a.at, a.kind, a.data, i.number, i.title, p.id, p.slug" + fromNotifications + unread +
			" AND n.id < $2 ORDER BY n.id DESC LIMIT $3",
	})
}

// CountUnread implements store.Notifications.
func (s *Store) CountUnread(ctx context.Context, userID int64) (n int64, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT COUNT(*)"+fromNotifications+" AND n.read_at = 0", []any{userID}, &n)
	})
	return n, err
}

// MarkRead implements store.Notifications.
func (s *Store) MarkRead(ctx context.Context, userID int64, ids []int64, at int64) error {
	return s.write(ctx, func(c conn) error {
		return listExec(ctx, c, "UPDATE notifications SET read_at = $1 WHERE user_id = $2 AND read_at = 0 AND id IN (…)", unique(ids), at, userID)
	})
}

// MarkReadThrough implements store.Notifications.
func (s *Store) MarkReadThrough(ctx context.Context, userID, through, at int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, "UPDATE notifications SET read_at = $1 WHERE user_id = $2 AND read_at = 0 AND id <= $3", at, userID, through)
		return err
	})
}

// notificationStep is how many rows one transaction of dropNotifications looks at.
const notificationStep = 1000

// dropNotifications bounds the notifications by age and per user.
func (s *Store) dropNotifications(ctx context.Context, now int64) error {
	for {
		var n int64
		err := s.write(ctx, func(c conn) (err error) {
			// Ids grow with time, so the old ones are the first.
			n, err = c.exec(ctx, "DELETE FROM notifications WHERE at < $1 AND id IN (SELECT id FROM notifications ORDER BY id LIMIT $2)",
				now-notificationDays*rollup.Day*1_000_000, notificationStep)
			return err
		})
		if err != nil {
			return fmt.Errorf("drop old notifications: %w", err)
		}
		if n < notificationStep {
			break
		}
	}
	return s.dropExcess(ctx)
}

func (s *Store) dropExcess(ctx context.Context) error {
	var users []int64
	err := s.read(ctx, func(c conn) (err error) {
		users, err = all(ctx, c, scanID, "SELECT user_id FROM notifications GROUP BY user_id HAVING COUNT(*) > $1", notificationsMax)
		return err
	})
	for _, id := range users {
		if err == nil {
			err = s.write(ctx, func(c conn) error {
				_, err := c.exec(ctx, "DELETE FROM notifications WHERE user_id = $1 AND id <= (SELECT id FROM notifications WHERE user_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
					id, notificationsMax)
				return err
			})
		}
	}
	if err != nil {
		return fmt.Errorf("drop notifications beyond %d: %w", notificationsMax, err)
	}
	return nil
}
