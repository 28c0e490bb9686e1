package sqlstore

import (
	"context"
	"fmt"
)

// rowStep is how many rows beside events one step deletes: some 20 ms of the writer's time.
const rowStep = 2000

// keyedTable is a table of the main file with its primary key.
type keyedTable struct{ name, key string }

// issueTables have rows of issues, by issue_id; projectTables have rows of
// projects, by project_id. Issues go after what is found through them.
var (
	issueTables = [...]keyedTable{
		{"issue_users", "issue_id, user_hash"}, {"issue_tags", "issue_id, tag, value"}, {"issue_hours", "issue_id, hour"}, {"issue_days", "issue_id, day"},
		{"issue_hashes", "hash, project_id"}, {"issue_similar", "issue_id, hash"}, {"issue_shares", "issue_id"}, {"issue_subscriptions", "issue_id, user_id"}, {"activities", "id"}, {"bookmarks", "user_id, issue_id"},
	}
	projectTables = [...]keyedTable{
		{"issues", "id"}, {"issue_hashes", "hash, project_id"}, {"discards", "id"}, {"project_minutes", "project_id, bucket, level"},
		{"project_hours", "project_id, bucket, level"}, {"project_users", "project_id, hour"}, {"tag_hours", "project_id, tag, hour, value"},
		{"tag_days", "project_id, tag, day, value"}, {"releases", "project_id, name"}, {"ledger", "project_id, minute, category, outcome, reason"},
		{"ledger_hours", "project_id, hour, category, outcome, reason"}, {"ledger_totals", "project_id, category, outcome, reason"}, {"attachment_days", "project_id, day"}, {"project_days", "project_id, day"}, {"user_reports", "id"},
		{"issue_tags_pending", "id"}, {"log_patterns", "project_id, hash"}, {"log_learners", "project_id"}, {"project_counters", "project_id"},
	}
)

// deleteRows removes up to rowStep rows of the first table that still has some
// of the chore's issue or project; more is false when none has.
func deleteRows(ctx context.Context, c conn, ch chore) (more bool, err error) {
	mine, id := "id = $1 OR merged_into = $1", ch.issueID
	if ch.kind == choreProject {
		mine, id = "project_id = $1", ch.projectID
	}
	ofIssues := "issue_id IN (SELECT id FROM issues WHERE " + mine + ")"
	told := keyedTable{"notifications", "id"}
	if more, err = deleteSome(ctx, c, told, "activity_id IN (SELECT id FROM activities WHERE "+ofIssues+")", id); more || err != nil {
		return more, err
	}
	for _, t := range issueTables {
		if more, err = deleteSome(ctx, c, t, ofIssues, id); more || err != nil {
			return more, err
		}
	}
	if ch.kind == choreIssue {
		return false, nil
	}
	for _, t := range projectTables {
		if more, err = deleteSome(ctx, c, t, mine, id); more || err != nil {
			return more, err
		}
	}
	return false, nil
}

// finishChore removes what a step needs to know what to remove, and the chore itself.
func finishChore(ctx context.Context, c conn, ch chore) error {
	if ch.kind == choreIssue {
		if _, err := c.exec(ctx, "DELETE FROM issues WHERE id = $1 OR merged_into = $1", ch.issueID); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, "DELETE FROM chores WHERE id = $1", ch.id)
	return err
}

func deleteSome(ctx context.Context, c conn, t keyedTable, which string, id int64) (some bool, err error) {
	// The condition is said twice so that the rows to delete are not looked for among everybody's.
	n, err := c.exec(ctx, fmt.Sprintf("DELETE FROM %[1]s WHERE (%[3]s) AND (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s LIMIT %[4]d)", t.name, t.key, which, rowStep), id)
	return n > 0, err
}
