package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// trendExpression is the order of store.SortTrend: recent and earlier are an
// issue's events in the range and in the same time before it. Dividing the
// squared difference by the sum weighs a change against the chance fluctuation
// of such counts, as a standard score does, in integers; one is added so that a
// single event does not outrank what really rises.
const trendExpression = "(recent - earlier) * ABS(recent - earlier) * 100 / (recent + earlier + 1)"

// listByTrend is ListIssues for store.SortTrend. Each issue of the filter is
// counted from its own rows of issue_hours and issue_days, which lie together.
func (s *Store) listByTrend(ctx context.Context, f store.IssueFilter, p store.PageRequest) (store.Page[issue.Issue], error) {
	var page store.Page[issue.Issue]
	after, continued, err := parseKeyset(p.Cursor)
	if err != nil {
		return page, err
	}
	limit := pageLimit(p)
	var trends []int64
	err = s.read(ctx, func(c conn) error {
		w, err := s.issueWhere(ctx, c, f)
		if err != nil {
			return err
		}
		counts, err := trendCounts(ctx, c, w, f)
		if err != nil {
			return err
		}
		// Materialized, because either database would else write the counts out where they are named, and count several times.
		query := "WITH counted AS MATERIALIZED (SELECT id, " + counts + " FROM issues WHERE " + w.String() + "), " +
			"ranked AS (SELECT id AS ranked_id, " + trendExpression + " AS trend FROM counted), page AS (SELECT ranked_id, trend FROM ranked"
		if continued {
			query += w.numbered(" WHERE (trend, ranked_id) < (?, ?)", after.value, after.id)
		}
		query += w.numbered(" ORDER BY trend DESC, ranked_id DESC LIMIT ?", limit+1) +
			") SELECT " + issueColumns + ", trend FROM page JOIN issues ON id = ranked_id ORDER BY trend DESC, id DESC"
		page.Items, err = all(ctx, c, func(r scanner) (i issue.Issue, err error) {
			var trend int64
			err = r.Scan(append(issueFields(&i), &trend)...)
			trends = append(trends, trend)
			return i, err
		}, query, w.args...)
		return err
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = keyset{trends[limit-1], page.Items[limit-1].ID}.String()
	}
	return page, err
}

// trendRanges are the range, the last day when it has no start, and the time of the same length before it.
func trendRanges(r store.TimeRange, now time.Time) (recent, earlier store.TimeRange) {
	if r.End == 0 {
		r.End = now.UnixMicro()
	}
	if r.Start == 0 {
		r.Start = r.End - rollup.Day*1_000_000
	}
	return r, store.TimeRange{Start: 2*r.Start - r.End, End: r.Start}
}

// trendCounts are the columns recent and earlier of table issues' row.
func trendCounts(ctx context.Context, c conn, w *where, f store.IssueFilter) (string, error) {
	recent, earlier := trendRanges(f.Range, time.Now())
	now, err := daySpans(ctx, c, f.ProjectID, recent)
	if err != nil {
		return "", err
	}
	before, err := daySpans(ctx, c, f.ProjectID, earlier)
	return countBetween(w, now) + " AS recent, " + countBetween(w, before) + " AS earlier", err
}

// countBetween is an expression for the events of table issues' row in the spans of daySpans.
func countBetween(w *where, spans []any) string {
	part := func(table, bucket string, span []any) string {
		return w.numbered(fmt.Sprintf("(SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM %s WHERE issue_id = issues.id AND %s >= ? AND %s <= ?)", table, bucket, bucket), span...)
	}
	return part("issue_hours", "hour", spans[1:3]) + " + " + part("issue_hours", "hour", spans[3:5]) + " + " + part("issue_days", "day", spans[5:7])
}
