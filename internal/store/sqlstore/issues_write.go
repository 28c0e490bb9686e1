package sqlstore

import (
	"context"
	"math"
	"slices"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// UpdateTriage implements store.IssueWriter.
func (s *Store) UpdateTriage(ctx context.Context, id int64, change func(issue.Issue) (issue.Triage, []store.Activity, error)) (issue.Issue, error) {
	var after issue.Issue
	err := s.write(ctx, func(c conn) error {
		before, err := issueByID(ctx, c, id, c.d.forUpdate)
		if err != nil {
			return err
		}
		triage, activities, err := change(before)
		if err != nil {
			return err
		}
		after = before
		after.Triage = triage
		for i := range activities {
			activities[i].IssueID = before.ID
		}
		if err := writeTriage(ctx, c, before.ID, triage); err != nil {
			return err
		}
		return insertActivities(ctx, c, activities)
	})
	return after, err
}

func writeTriage(ctx context.Context, c conn, id int64, t issue.Triage) error {
	return c.execOne(ctx, `UPDATE issues SET status = $1, substatus = $2, priority = $3, assignee_user = $4, assignee_team = $5, resolved_at = $6,
		resolved_in = $7, resolved_in_next = $8, archived_until = $9, archived_until_users = $10, regressed_at = $11, escalated_at = $12 WHERE id = $13`,
		uint8(t.Status), uint8(t.Substatus), t.Priority, t.AssigneeUser, t.AssigneeTeam, t.ResolvedAt, t.ResolvedIn, flag(t.ResolvedInNext),
		t.ArchivedUntil, t.ArchivedUntilUsers, t.RegressedAt, t.EscalatedAt, id)
}

// MergeIssues implements store.IssueWriter. Counters move at once; events keep
// the id they were stored with and are found through merged_into, so that the
// cost does not grow with their number.
func (s *Store) MergeIssues(ctx context.Context, target int64, others []int64, by store.Activity) error {
	ids := unique(append(slices.Clone(others), target))
	if len(ids) < 2 {
		return fault.Field("ids", "name at least two different issues to merge")
	}
	err := s.write(ctx, func(c conn) error {
		issues, err := lockIssues(ctx, c, ids)
		if err != nil {
			return err
		}
		into := issues[target]
		if err := movePending(ctx, c, into.ProjectID, 0, math.MaxInt32); err != nil {
			return err
		}
		for _, id := range ids {
			if id != target {
				absorb(&into, issues[id])
				if err := moveIssue(ctx, c, id, target); err != nil {
					return err
				}
			}
		}
		if err := c.row(ctx, "SELECT COUNT(*) FROM issue_users WHERE issue_id = $1", []any{target}, &into.UserCount); err != nil {
			return err
		}
		by.IssueID = target
		if err := insertActivities(ctx, c, []store.Activity{by}); err != nil {
			return err
		}
		return c.insert(ctx, insert{into: "INSERT INTO issues (" + issueColumns + ", search_text) VALUES", rows: [][]any{issueRow(&into)}, then: issueConflict})
	})
	s.values.forget(ids...)
	return err
}

// lockIssues locks the project and then the issues; store.ErrNotFound when one is missing or of another project.
func lockIssues(ctx context.Context, c conn, ids []int64) (map[int64]issue.Issue, error) {
	var projectID int64
	if err := c.row(ctx, "SELECT project_id FROM issues WHERE id = $1", []any{ids[0]}, &projectID); err != nil {
		return nil, err
	}
	if err := lockProjects(ctx, c, []int64{projectID}); err != nil {
		return nil, err
	}
	found := map[int64]issue.Issue{}
	err := listOf(ctx, c, "SELECT "+issueColumns+" FROM issues WHERE project_id = $1 AND "+visible+" AND id IN (…) ORDER BY id"+c.d.forUpdate, ids, func(r scanner) error {
		i, err := scanIssue(r)
		found[i.ID] = i
		return err
	}, projectID)
	if err == nil && len(found) != len(ids) {
		return nil, store.ErrNotFound
	}
	return found, err
}

func absorb(into *issue.Issue, other issue.Issue) {
	into.EventCount += other.EventCount
	if other.FirstSeen < into.FirstSeen {
		into.FirstSeen, into.FirstRelease = other.FirstSeen, other.FirstRelease
	}
	if other.LastSeen > into.LastSeen {
		into.LastSeen, into.LastRelease = other.LastSeen, other.LastRelease
	}
}

func moveIssue(ctx context.Context, c conn, from, to int64) error {
	for _, statement := range []string{
		"UPDATE issue_hashes SET issue_id = $2 WHERE issue_id = $1",
		"UPDATE issues SET merged_into = $2 WHERE id = $1 OR merged_into = $1",
		"INSERT INTO issue_users (issue_id, user_hash) SELECT CAST($2 AS BIGINT), user_hash FROM issue_users WHERE issue_id = $1 ON CONFLICT DO NOTHING",
		"DELETE FROM issue_users WHERE issue_id = $1 AND CAST($2 AS BIGINT) <> 0",
		`INSERT INTO issue_hours (issue_id, hour, project_id, count) SELECT CAST($2 AS BIGINT), hour, project_id, count FROM issue_hours WHERE issue_id = $1
			ON CONFLICT (issue_id, hour) DO UPDATE SET count = issue_hours.count + excluded.count`,
		`INSERT INTO issue_days (issue_id, day, project_id, count) SELECT CAST($2 AS BIGINT), day, project_id, count FROM issue_days WHERE issue_id = $1
			ON CONFLICT (issue_id, day) DO UPDATE SET count = issue_days.count + excluded.count`,
		"DELETE FROM issue_days WHERE issue_id = $1 AND CAST($2 AS BIGINT) <> 0",
		"DELETE FROM issue_hours WHERE issue_id = $1 AND CAST($2 AS BIGINT) <> 0",
		`INSERT INTO issue_tags (issue_id, tag, value, count, last_seen) SELECT CAST($2 AS BIGINT), tag, value, count, last_seen FROM issue_tags WHERE issue_id = $1
			ON CONFLICT (issue_id, tag, value) DO UPDATE SET count = issue_tags.count + excluded.count,
			last_seen = CASE WHEN excluded.last_seen > issue_tags.last_seen THEN excluded.last_seen ELSE issue_tags.last_seen END`,
		"DELETE FROM issue_tags WHERE issue_id = $1 AND CAST($2 AS BIGINT) <> 0",
		`INSERT INTO issue_subscriptions (issue_id, user_id, subscribed, reason, created_at)
			SELECT CAST($2 AS BIGINT), user_id, subscribed, reason, created_at FROM issue_subscriptions WHERE issue_id = $1 ON CONFLICT DO NOTHING`,
		"DELETE FROM issue_subscriptions WHERE issue_id = $1 AND CAST($2 AS BIGINT) <> 0",
		"UPDATE activities SET issue_id = $2 WHERE issue_id = $1",
	} {
		if _, err := c.exec(ctx, statement, from, to); err != nil {
			return err
		}
	}
	return nil
}

// DeleteIssue implements store.IssueWriter. The issue is gone from every list
// when it returns; RunChores then removes what it leaves in small steps.
func (s *Store) DeleteIssue(ctx context.Context, id int64, d store.Deletion) error {
	err := s.write(ctx, func(c conn) error {
		found, err := lockIssues(ctx, c, []int64{id})
		if err != nil {
			return err
		}
		i := found[id]
		if _, err := c.exec(ctx, "UPDATE issues SET deleted_at = $1 WHERE id = $2 OR merged_into = $2", d.At, id); err != nil {
			return err
		}
		if err := releaseHashes(ctx, c, i, d); err != nil {
			return err
		}
		return addChore(ctx, c, chore{kind: choreIssue, projectID: i.ProjectID, issueID: id, createdAt: d.At, total: i.EventCount})
	})
	s.values.forget(id)
	return err
}

// releaseHashes frees the issue's fingerprints, or puts them on the discard list.
func releaseHashes(ctx context.Context, c conn, i issue.Issue, d store.Deletion) error {
	if !d.Discard {
		_, err := c.exec(ctx, "DELETE FROM issue_hashes WHERE issue_id = $1", i.ID)
		return err
	}
	var discardID int64
	if err := c.row(ctx, "INSERT INTO discards (project_id, title, created_at, created_by) VALUES ($1, $2, $3, $4) RETURNING id",
		[]any{i.ProjectID, i.Title, d.At, d.By}, &discardID); err != nil {
		return err
	}
	_, err := c.exec(ctx, "UPDATE issue_hashes SET issue_id = 0, discard_id = $1 WHERE issue_id = $2", discardID, i.ID)
	return err
}
