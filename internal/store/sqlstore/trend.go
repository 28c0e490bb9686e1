package sqlstore

import (
	"context"
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

// listByTrend is ListIssues for store.SortTrend.
func (s *Store) listByTrend(ctx context.Context, f store.IssueFilter, p store.PageRequest) (store.Page[issue.Issue], error) {
	var page store.Page[issue.Issue]
	after, continued, err := parseKeyset(p.Cursor)
	if err != nil {
		return page, err
	}
	limit := pageLimit(p)
	var trends []int64
	w, err := s.issueWhere(ctx, f)
	if err != nil {
		return page, err
	}
	err = s.read(ctx, func(c conn) error {
		recent, earlier := trendRanges(f.Range, time.Now())
		counted, err := countedIssues(ctx, c, w, f.ProjectID, countColumn{"recent", recent}, countColumn{"earlier", earlier})
		if err != nil {
			return err
		}
		query := "WITH " + counted + ", ranked AS (SELECT counted_id, " + trendExpression + " AS trend FROM counted), page AS (SELECT counted_id, trend FROM ranked"
		if continued {
			query += w.numbered(" WHERE (trend, counted_id) < (?, ?)", after.value, after.id)
		}
		query += w.numbered(" ORDER BY trend DESC, counted_id DESC LIMIT ?", limit+1) +
			") SELECT " + issueColumns + ", trend FROM page JOIN issues ON id = counted_id ORDER BY trend DESC, id DESC"
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
