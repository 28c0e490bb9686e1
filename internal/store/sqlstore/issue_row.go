package sqlstore

import (
	"strings"

	"github.com/mesher/mesher/internal/issue"
)

// issueColumns are the columns that scanIssue reads, in its order.
const issueColumns = "id, project_id, number, title, type, value, culprit, level, platform, logger, basis, " +
	"event_count, user_count, first_seen, last_seen, first_release, last_release, " +
	"status, substatus, priority, assignee_user, assignee_team, resolved_at, resolved_in, resolved_in_next, " +
	"archived_until, archived_until_users, regressed_at, escalated_at"

// issueConflict writes what arriving events change.
const issueConflict = `ON CONFLICT (id) DO UPDATE SET title = excluded.title, type = excluded.type, value = excluded.value,
	culprit = excluded.culprit, level = excluded.level, event_count = excluded.event_count, user_count = excluded.user_count,
	first_seen = excluded.first_seen, last_seen = excluded.last_seen, first_release = excluded.first_release, last_release = excluded.last_release,
	` + triageConflict + `, search_text = excluded.search_text`

const triageConflict = `status = excluded.status, substatus = excluded.substatus, priority = excluded.priority,
	assignee_user = excluded.assignee_user, assignee_team = excluded.assignee_team, resolved_at = excluded.resolved_at,
	resolved_in = excluded.resolved_in, resolved_in_next = excluded.resolved_in_next, archived_until = excluded.archived_until,
	archived_until_users = excluded.archived_until_users, regressed_at = excluded.regressed_at, escalated_at = excluded.escalated_at`

func scanIssue(r scanner) (issue.Issue, error) {
	var i issue.Issue
	err := r.Scan(issueFields(&i)...)
	return i, err
}

// issueFields are where the columns are scanned to.
func issueFields(i *issue.Issue) []any {
	return []any{
		&i.ID, &i.ProjectID, &i.Number, &i.Title, &i.Type, &i.Value, &i.Culprit, &i.Level, &i.Platform, &i.Logger, &i.Basis,
		&i.EventCount, &i.UserCount, &i.FirstSeen, &i.LastSeen, &i.FirstRelease, &i.LastRelease,
		&i.Status, &i.Substatus, &i.Priority, &i.AssigneeUser, &i.AssigneeTeam, &i.ResolvedAt, &i.ResolvedIn, &i.ResolvedInNext,
		&i.ArchivedUntil, &i.ArchivedUntilUsers, &i.RegressedAt, &i.EscalatedAt,
	}
}

// issueRow are the values of issueColumns and search_text.
func issueRow(i *issue.Issue) []any {
	return []any{
		i.ID, i.ProjectID, i.Number, i.Title, i.Type, i.Value, i.Culprit, uint8(i.Level), i.Platform, i.Logger, i.Basis,
		i.EventCount, i.UserCount, i.FirstSeen, i.LastSeen, i.FirstRelease, i.LastRelease,
		uint8(i.Status), uint8(i.Substatus), i.Priority, i.AssigneeUser, i.AssigneeTeam, i.ResolvedAt, i.ResolvedIn, flag(i.ResolvedInNext),
		i.ArchivedUntil, i.ArchivedUntilUsers, i.RegressedAt, i.EscalatedAt,
		strings.ToLower(strings.Join([]string{i.Title, i.Type, i.Value, i.Culprit}, "\n")),
	}
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}
