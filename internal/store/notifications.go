package store

import "context"

// Reason says why somebody is subscribed to an issue, or told of an activity.
// The words are stored: never rename them.
type Reason string

// The reasons. The first is a person's own choice, the next four are Mesher's;
// the last two are of notifications only.
const (
	ReasonChosen    Reason = "chosen"
	ReasonCommented Reason = "commented"
	ReasonActed     Reason = "acted"
	ReasonMentioned Reason = "mentioned"
	ReasonAssigned  Reason = "assigned"

	ReasonTeamAssigned Reason = "team_assigned"
	ReasonSubscribed   Reason = "subscribed"
)

// Addressee is somebody whom an activity is about: they are told of it whether
// they follow the issue or not. Other than a team's assignment it also
// subscribes them, unless they once unsubscribed.
type Addressee struct {
	UserID int64
	// Reason is ReasonMentioned, ReasonAssigned or ReasonTeamAssigned.
	Reason Reason
}

// Subscriber is a member who follows an issue.
type Subscriber struct {
	UserID int64
	Reason Reason
	// At is since when, in Unix µs.
	At int64
}

// Subscriptions keeps who follows which issue. Activities subscribe people in
// the transaction that writes them; what a person chose here outlasts that.
type Subscriptions interface {
	// Subscribe makes the user follow the issue. Repeating it changes nothing.
	Subscribe(ctx context.Context, userID, issueID, at int64) error
	// Unsubscribe ends that, until the user subscribes again.
	Unsubscribe(ctx context.Context, userID, issueID, at int64) error
	// Subscribed returns those of the issues that the user follows.
	Subscribed(ctx context.Context, userID int64, issueIDs []int64) (map[int64]bool, error)
	// Subscribers lists the first 1000 who follow an issue and still are members of its organization.
	Subscribers(ctx context.Context, issueID int64) ([]Subscriber, error)
}

// Notification is an activity that a user is told of.
type Notification struct {
	ID     int64
	Reason Reason
	// ReadAt is 0 for an unread one.
	ReadAt   int64
	Activity Activity
	// The issue of the activity as it is now.
	IssueNumber int64
	IssueTitle  string
	ProjectID   int64
	ProjectSlug string
}

// NotificationFilter selects notifications of one user.
type NotificationFilter struct {
	UserID int64
	Unread bool
}

// Notifications keeps whom activities were told to. They are written in the
// transaction of their activity, so that a batch delivered again tells nobody
// twice. Tidy keeps the newest 1000 of each user for 90 days. What a user may
// no longer see – they left the organization, the issue was deleted – is in no list and no count.
type Notifications interface {
	// ListNotifications lists newest first.
	ListNotifications(ctx context.Context, f NotificationFilter, p PageRequest) (Page[Notification], error)
	CountUnread(ctx context.Context, userID int64) (int64, error)
	// MarkRead marks those of the ids that are the user's.
	MarkRead(ctx context.Context, userID int64, ids []int64, at int64) error
	// MarkReadThrough marks all of the user's up to an id, so that one that comes meanwhile stays unread.
	MarkReadThrough(ctx context.Context, userID, through, at int64) error
}
