package sqlstore

import (
	"context"
	"slices"

	"github.com/mesher/mesher/internal/store"
)

// insertActivities writes activities, and tells them to whom they concern.
// Kinds that concern nobody take no statement more.
func insertActivities(ctx context.Context, c conn, list []store.Activity) error {
	var rows [][]any
	for _, a := range list {
		rows = append(rows, []any{a.IssueID, a.UserID, a.At, a.Kind, string(a.Data)})
	}
	in := insert{into: "INSERT INTO activities (issue_id, user_id, at, kind, data) VALUES", rows: rows}
	if !slices.ContainsFunc(list, concerns) {
		return c.insert(ctx, in)
	}
	var ids []int64
	in.then, in.scan = "RETURNING id", func(r scanner) error {
		id, err := scanID(r)
		ids = append(ids, id)
		return err
	}
	if err := c.insert(ctx, in); err != nil {
		return err
	}
	return announce(ctx, c, list, ids)
}
