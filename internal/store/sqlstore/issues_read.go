package sqlstore

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// sortColumn is the column of each order.
func sortColumn(sort store.IssueSort) (column string, value func(issue.Issue) int64, err error) {
	switch sort {
	case store.SortLastSeen, "":
		return "last_seen", func(i issue.Issue) int64 { return i.LastSeen }, nil
	case store.SortFirstSeen:
		return "first_seen", func(i issue.Issue) int64 { return i.FirstSeen }, nil
	case store.SortEventCount:
		return "event_count", func(i issue.Issue) int64 { return i.EventCount }, nil
	case store.SortUserCount:
		return "user_count", func(i issue.Issue) int64 { return i.UserCount }, nil
	}
	return "", nil, errUnknownSort(sort)
}

// ListIssues implements store.IssueReader.
func (s *Store) ListIssues(ctx context.Context, f store.IssueFilter, p store.PageRequest) (store.Page[issue.Issue], error) {
	if f.Sort == store.SortTrend {
		return s.listByTrend(ctx, f, p)
	}
	var page store.Page[issue.Issue]
	column, value, err := sortColumn(f.Sort)
	if err != nil {
		return page, err
	}
	after, continued, err := parseKeyset(p.Cursor)
	if err != nil {
		return page, err
	}
	limit := pageLimit(p)
	w, err := s.issueWhere(ctx, f)
	if err != nil {
		return page, err
	}
	if continued {
		w.add("("+column+", id) < (?, ?)", after.value, after.id)
	}
	tail := w.numbered(" ORDER BY "+column+" DESC, id DESC LIMIT ?", limit+1)
	err = s.readOne(ctx, func(c conn) (err error) {
		page.Items, err = all(ctx, c, scanIssue, "SELECT "+issueColumns+" FROM issues WHERE "+w.String()+tail, w.args...)
		return err
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = keyset{value(last), last.ID}.String()
	}
	return page, err
}

// CountIssues implements store.IssueReader.
func (s *Store) CountIssues(ctx context.Context, f store.IssueFilter, limit int) (n int64, err error) {
	w, err := s.issueWhere(ctx, f)
	if err != nil {
		return 0, err
	}
	tail := w.numbered(" LIMIT ?", limit)
	err = s.readOne(ctx, func(c conn) error {
		return c.row(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM issues WHERE "+w.String()+tail+") AS counted", w.args, &n)
	})
	return n, err
}

// GetIssue implements store.IssueReader. An issue that was merged is found under its old id too.
func (s *Store) GetIssue(ctx context.Context, id int64) (i issue.Issue, err error) {
	err = s.readOne(ctx, func(c conn) error {
		i, err = issueByID(ctx, c, id, "")
		return err
	})
	return i, err
}

func issueByID(ctx context.Context, c conn, id int64, lock string) (issue.Issue, error) {
	return one(ctx, c, scanIssue, "SELECT "+issueColumns+" FROM issues WHERE deleted_at = 0 AND id = (SELECT CASE WHEN merged_into = 0 THEN id ELSE merged_into END FROM issues WHERE id = $1)"+lock, id)
}

// Sparklines implements store.IssueReader.
func (s *Store) Sparklines(ctx context.Context, projectID int64, issueIDs []int64, r store.TimeRange, buckets int) (map[int64][]int64, error) {
	lines := map[int64][]int64{}
	for _, id := range issueIDs {
		lines[id] = make([]int64, buckets)
	}
	first, last := rollup.Bucket(r.Start, rollup.Hour), rollup.Bucket(r.End-1, rollup.Hour)
	span := last - first + 1
	if len(issueIDs) == 0 || buckets < 1 || span < 1 {
		return lines, nil
	}
	err := s.readOne(ctx, func(c conn) error {
		// The sum keeps the index of project and hour out of it, which would read the hours of every issue.
		return listOf(ctx, c, "SELECT issue_id, hour, count FROM issue_hours WHERE project_id + 0 = $1 AND hour >= $2 AND hour <= $3 AND issue_id IN (…)", issueIDs,
			func(row scanner) error {
				var id, hour, n int64
				err := row.Scan(&id, &hour, &n)
				lines[id][(hour-first)*int64(buckets)/span] += n
				return err
			}, projectID, first, last)
	})
	return lines, err
}

// ArchivesOver implements store.ArchiveReader. The state is written out, as the index has it.
func (s *Store) ArchivesOver(ctx context.Context, now int64) (ids []int64, err error) {
	over := fmt.Sprintf("status = %d AND substatus = %d AND archived_until <= $1", issue.Archived, issue.ArchivedUntilTime)
	err = s.read(ctx, func(c conn) error {
		ids, err = all(ctx, c, scanID, "SELECT id FROM issues WHERE "+visible+" AND "+over+" ORDER BY archived_until LIMIT 1000", now)
		return err
	})
	return ids, err
}

// IssueHashes implements store.IssueReader.
func (s *Store) IssueHashes(ctx context.Context, id int64) (list []store.IssueHash, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (store.IssueHash, error) {
			var h store.IssueHash
			var hash []byte
			err := r.Scan(&hash, &h.GroupingVersion, &h.FirstSeen)
			copy(h.Hash[:], hash)
			return h, err
		}, "SELECT hash, grouping_version, first_seen FROM issue_hashes WHERE issue_id = $1 ORDER BY first_seen, hash", id)
		return err
	})
	return list, err
}

func errUnknownSort(sort store.IssueSort) error {
	return fmt.Errorf("sqlstore: unknown order %q", sort)
}
