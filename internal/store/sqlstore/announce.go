package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

// told reports whether everybody who follows an issue is told of such an activity.
func told(kind string) bool {
	switch kind {
	case "comment", "resolved", "regressed", "escalated":
		return true
	}
	return false
}

// joining is the reason for which an activity subscribes who does it, empty when it does not.
func joining(kind string) store.Reason {
	switch kind {
	case "comment":
		return store.ReasonCommented
	case "resolved", "archived", "reopened", "assigned", "merged":
		return store.ReasonActed
	}
	return ""
}

// concerns reports whether an activity subscribes or is told to anybody.
func concerns(a store.Activity) bool {
	return told(a.Kind) || len(a.Addressees) > 0 || a.UserID != 0 && joining(a.Kind) != ""
}

type activityKey struct {
	issueID int64
	kind    string
}

// announce subscribes those who act and are named, and writes the
// notifications of activities that have just got the ids.
func announce(ctx context.Context, c conn, list []store.Activity, ids []int64) error {
	if err := subscribeAll(ctx, c, list); err != nil {
		return err
	}
	written, err := activityIDs(ctx, c, ids)
	if err != nil {
		return err
	}
	var direct [][]any
	var shared []int64
	for _, a := range list {
		mine := written[activityKey{a.IssueID, a.Kind}]
		for _, to := range a.Addressees {
			if to.UserID != a.UserID {
				direct = append(direct, []any{to.UserID, mine[0], string(to.Reason), a.At})
			}
		}
		if told(a.Kind) {
			shared = append(shared, mine...)
		}
	}
	// Whoever is named is told so, not that something happened to an issue they follow.
	err = c.insert(ctx, insert{into: "INSERT INTO notifications (user_id, activity_id, reason, at) VALUES", rows: direct, then: "ON CONFLICT (activity_id, user_id) DO NOTHING"})
	if err != nil {
		return err
	}
	return listExec(ctx, c, `INSERT INTO notifications (user_id, activity_id, reason, at) SELECT s.user_id, a.id, $1, a.at FROM activities a
		JOIN issue_subscriptions s ON s.issue_id = a.issue_id AND s.subscribed = 1 AND s.user_id <> a.user_id
		JOIN issues i ON i.id = a.issue_id JOIN projects p ON p.id = i.project_id
		JOIN members m ON m.organization_id = p.organization_id AND m.user_id = s.user_id
		WHERE a.id IN (…) ORDER BY a.id, s.user_id ON CONFLICT (activity_id, user_id) DO NOTHING`, unique(shared), string(store.ReasonSubscribed))
}

// activityIDs finds activities by what they are. An issue gets one activity of a
// kind in a transaction, or several that the same people are told of.
func activityIDs(ctx context.Context, c conn, ids []int64) (map[activityKey][]int64, error) {
	found := map[activityKey][]int64{}
	err := listOf(ctx, c, "SELECT id, issue_id, kind FROM activities WHERE id IN (…)", unique(ids), func(r scanner) error {
		var id int64
		var key activityKey
		err := r.Scan(&id, &key.issueID, &key.kind)
		found[key] = append(found[key], id)
		return err
	})
	return found, err
}

// subscribeAll subscribes who does or is named by activities; a row that is there, be it a no, stays.
func subscribeAll(ctx context.Context, c conn, list []store.Activity) error {
	var rows [][]any
	for _, a := range list {
		if reason := joining(a.Kind); a.UserID != 0 && reason != "" {
			rows = append(rows, []any{a.IssueID, a.UserID, 1, string(reason), a.At})
		}
		for _, to := range a.Addressees {
			if to.Reason != store.ReasonTeamAssigned {
				rows = append(rows, []any{a.IssueID, to.UserID, 1, string(to.Reason), a.At})
			}
		}
	}
	return c.insert(ctx, insert{into: "INSERT INTO issue_subscriptions (issue_id, user_id, subscribed, reason, created_at) VALUES", rows: rows,
		then: "ON CONFLICT (issue_id, user_id) DO NOTHING"})
}
