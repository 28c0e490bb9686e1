package api

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Notification is something that happened to an issue and concerns the caller.
type Notification struct {
	ID     int64      `json:"id"`
	Kind   string     `json:"kind" enum:"mentioned,assigned,commented,resolved,regressed,escalated"`
	Reason string     `json:"reason" enum:"subscribed,mentioned,assigned,team_assigned" doc:"Why it is told to you"`
	At     view.Time  `json:"at" format:"date-time"`
	ReadAt *view.Time `json:"read_at" format:"date-time" doc:"null while it is unread"`
	// UserID is 0 and UserName empty for what Mesher did by itself.
	UserID   int64             `json:"user_id"`
	UserName string            `json:"user_name"`
	Text     string            `json:"text" doc:"The beginning of the comment, Markdown; empty for other kinds"`
	Issue    NotificationIssue `json:"issue"`
}

// NotificationIssue is the issue of a notification as it is now.
type NotificationIssue struct {
	ID        int64  `json:"id"`
	ShortID   string `json:"short_id"`
	ProjectID int64  `json:"project_id"`
	Title     string `json:"title"`
}

// UnreadCount is how many notifications wait.
type UnreadCount struct {
	Count int64 `json:"count"`
}

type notificationList struct {
	Unread bool `query:"unread" doc:"Only those that are not read"`
	Paging
}

type readMark struct {
	Body struct {
		IDs     []int64 `json:"ids,omitempty" maxItems:"1000"`
		Through int64   `json:"through,omitempty" minimum:"0" doc:"Every notification up to this id; what came later stays unread"`
	}
}

func (s *Server) registerNotifications() {
	register(s, route{
		call: "GET /notifications", id: "list-notifications", tag: "Notifications",
		summary: "What happened to issues you follow, newest first", description: "Across your organizations, without what you did yourself. The newest 1000 are kept for 90 days.",
		on: onCaller, action: org.ReadIssues,
	}, s.listNotifications)
	register(s, route{
		call: "GET /notifications/unread", id: "count-notifications", tag: "Notifications",
		summary: "How many notifications you have not read", on: onCaller, action: org.ReadIssues,
	}, s.countUnread)
	register(s, route{
		call: "POST /notifications/read", id: "mark-notifications-read", tag: "Notifications", status: 200,
		summary: "Mark notifications as read", description: "Answers how many are left. Repeating it changes nothing.", on: onCaller, action: org.FollowIssues,
	}, s.markRead)
}

func (s *Server) listNotifications(ctx context.Context, in *notificationList) (*body[List[Notification]], error) {
	page, err := s.Accounts.ListNotifications(ctx, store.NotificationFilter{UserID: callerOf(ctx).User.ID, Unread: in.Unread}, in.request())
	if err != nil {
		return nil, err
	}
	users, err := s.Accounts.UsersByID(ctx, shapeAll(page.Items, func(n store.Notification) int64 { return n.Activity.UserID }))
	if err != nil {
		return nil, fmt.Errorf("read users of notifications: %w", err)
	}
	return listOf(page, func(n store.Notification) Notification { return newNotification(n, users) }), nil
}

func newNotification(n store.Notification, users map[int64]org.User) Notification {
	v := Notification{
		ID: n.ID, Kind: n.Activity.Kind, Reason: string(n.Reason), At: view.Time(n.Activity.At), ReadAt: view.Some(n.ReadAt),
		UserID: n.Activity.UserID, UserName: displayName(users[n.Activity.UserID]),
		Issue: NotificationIssue{
			ID: n.Activity.IssueID, ShortID: view.ShortID(n.ProjectSlug, n.IssueNumber), ProjectID: n.ProjectID, Title: n.IssueTitle,
		},
	}
	if n.Activity.Kind == commentKind {
		v.Kind, v.Text = "commented", beginning(readComment(n.Activity).Text)
	}
	if n.Reason == store.ReasonMentioned {
		v.Kind = "mentioned"
	}
	return v
}

// beginning is what a list shows of a comment.
func beginning(text string) string {
	const shown = 280
	if runes := []rune(text); len(runes) > shown {
		return string(runes[:shown]) + "…"
	}
	return text
}

func (s *Server) countUnread(ctx context.Context, _ *none) (*body[UnreadCount], error) {
	n, err := s.Accounts.CountUnread(ctx, callerOf(ctx).User.ID)
	return answer(UnreadCount{Count: n}), err
}

func (s *Server) markRead(ctx context.Context, in *readMark) (*body[UnreadCount], error) {
	userID, now := callerOf(ctx).User.ID, s.Now().UnixMicro()
	var err error
	switch {
	case (in.Body.Through == 0) == (len(in.Body.IDs) == 0):
		return nil, fault.New(fault.Invalid, "give either ids or through")
	case in.Body.Through != 0:
		err = s.Accounts.MarkReadThrough(ctx, userID, in.Body.Through, now)
	default:
		err = s.Accounts.MarkRead(ctx, userID, in.Body.IDs, now)
	}
	if err != nil {
		return nil, fmt.Errorf("mark notifications read: %w", err)
	}
	return s.countUnread(ctx, nil)
}
