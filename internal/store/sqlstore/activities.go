package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

func insertActivities(ctx context.Context, c conn, list []store.Activity) error {
	var rows [][]any
	for _, a := range list {
		rows = append(rows, []any{a.IssueID, a.UserID, a.At, a.Kind, string(a.Data)})
	}
	return c.insert(ctx, insert{into: "INSERT INTO activities (issue_id, user_id, at, kind, data) VALUES", rows: rows})
}
