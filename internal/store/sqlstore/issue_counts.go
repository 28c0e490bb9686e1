package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/store"
)

// countColumn is a column with the events of an issue in a range.
type countColumn struct {
	name string
	of   store.TimeRange
}

// countedIssues is a common table "counted" of the issues of a project that
// meet the conditions: counted_id and the columns. It is materialized, because
// either database would else write the counts out where they are named, and count several times.
func countedIssues(ctx context.Context, c conn, w *where, projectID int64, columns ...countColumn) (string, error) {
	newest, err := newestHour(ctx, c, projectID)
	if err != nil {
		return "", err
	}
	spans := make([][]countSpan, len(columns))
	for i, column := range columns {
		spans[i] = countSpans("issue", newDaySpans(column.of, newest))
	}
	if c.d.groupsCounts {
		return groupedCounts(w, projectID, columns, spans), nil
	}
	list := "id AS counted_id"
	for i, column := range columns {
		list += ", " + ownCounts(w, spans[i]) + " AS " + column.name
	}
	return "counted AS MATERIALIZED (SELECT " + list + " FROM issues WHERE " + w.String() + ")", nil
}

// countSpan are rows of a table of counters.
type countSpan struct {
	table, bucket string
	bucketSpan
}

// countSpans are the spans that are not empty, and the hours before in any
// case, of the counters of issues or of tags.
func countSpans(of string, d daySpans) []countSpan {
	list := []countSpan{{of + "_hours", "hour", d.before}}
	for _, s := range []countSpan{{of + "_hours", "hour", d.after}, {of + "_days", "day", d.days}} {
		if s.first <= s.last {
			list = append(list, s)
		}
	}
	return list
}

// ownCounts is an expression that adds up the rows of table issues' row. In
// SQLite they lie together.
func ownCounts(w *where, spans []countSpan) string {
	var parts []string
	for _, s := range spans {
		parts = append(parts, w.numbered(fmt.Sprintf("(SELECT COALESCE(SUM(count), 0) FROM %[1]s WHERE issue_id = issues.id AND %[2]s >= ? AND %[2]s <= ?)", s.table, s.bucket), s.first, s.last))
	}
	return strings.Join(parts, " + ")
}

// groupedCounts adds up the rows of all the project's issues at once: in
// PostgreSQL those of the same time lie together. The issues are among what is
// added up, because the planner cannot tell how many meet the conditions, and
// would join few by looking through every sum for each.
func groupedCounts(w *where, projectID int64, columns []countColumn, spans [][]countSpan) string {
	var sums strings.Builder
	values := make([]string, len(columns))
	for i, column := range columns {
		fmt.Fprintf(&sums, ", CAST(SUM(%[1]s) AS BIGINT) AS %[1]s", column.name)
		values[i] = "0 AS " + column.name
	}
	none := strings.Join(values, ", ")
	parts := []string{"SELECT id AS issue_id, 1 AS listed, " + none + " FROM issues WHERE " + w.String()}
	for i, column := range columns {
		values := slices.Clone(values)
		values[i] = "SUM(count) AS " + column.name
		for _, s := range spans[i] {
			parts = append(parts, w.numbered(fmt.Sprintf("SELECT issue_id, 0 AS listed, %[1]s FROM %[2]s WHERE project_id = ? AND %[3]s >= ? AND %[3]s <= ? GROUP BY issue_id",
				strings.Join(values, ", "), s.table, s.bucket), projectID, s.first, s.last))
		}
	}
	return "counted AS MATERIALIZED (SELECT issue_id AS counted_id" + sums.String() + " FROM (" + strings.Join(parts, " UNION ALL ") + ") AS parts GROUP BY issue_id HAVING MAX(listed) = 1)"
}
