package sqlstore

import "context"

// rowQuery is a query of table events or log_entries.
type rowQuery struct {
	table     wordTable
	columns   string
	words     *wordMatch
	projectID int64
	issueIDs  []int64
	// issueEvents is up to how many events the issues have.
	issueEvents int64
	span        span
	// sorted is set when the rows are so few that putting them in order costs less
	// than reading the word index backwards.
	sorted bool
	// askable says that rows can be asked for words that left is given, which the query then does not look for.
	askable bool
	left    wordMatch
}

// rowsOf runs a query of rows that meet the conditions too. It decides what of q is left.
func rowsOf[T any](ctx context.Context, c conn, q *rowQuery, conditions *where, scan func(scanner) (T, error)) ([]T, error) {
	switch {
	case !c.d.scopeTokens && q.words.empty():
		return newestFirst(ctx, c, *q, conditions, scan)
	case !c.d.scopeTokens:
		return inWindows(ctx, c, *q, conditions, scan)
	}
	if err := q.narrow(ctx, c); err != nil || q.span.empty() {
		return nil, err
	}
	return all(ctx, c, scan, conditions.rowQuery(c.d, *q), conditions.args...)
}

func (s span) order() string {
	if s.ascending {
		return " ASC"
	}
	return " DESC"
}

// rowQuery adds the conditions and returns the statement.
func (w *where) rowQuery(d *dialect, q rowQuery) string {
	from, id := q.table.rows+" r", "r.id"
	if !q.words.nothing() {
		from, id = d.wordsFrom(q.table), d.wordsID
		w.add(d.wordsMatch(q.table), d.match(q.words))
	}
	w.scope(q, id)
	if q.sorted {
		id = "+r.id" // an expression, so that no index is taken for its order
	}
	return "SELECT " + q.columns + " FROM " + from + " WHERE " + w.String() + w.numbered(" ORDER BY "+id+q.span.order()+" LIMIT ?", q.span.limit)
}

// scope adds the conditions that hold a query to its project, issue and span; id is the column of the latter.
func (w *where) scope(q rowQuery, id string) {
	w.add("r.project_id = ?", q.projectID)
	if len(q.issueIDs) > 0 {
		w.add("r.issue_id IN ("+question(len(q.issueIDs))+")", anys(q.issueIDs)...)
	}
	w.add(id+" >= ?", q.span.from)
	w.add(id+" < ?", q.span.until)
}
