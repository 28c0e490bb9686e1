package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/wordindex"
)

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
}

// rowsOf runs a query of rows that meet the conditions too, which become part of it.
func rowsOf[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) ([]T, error) {
	switch {
	case c.d.ownWords:
		return byWords(ctx, c, q, conditions, scan)
	case q.words.empty():
		return newestFirst(ctx, c, q, conditions, scan)
	default:
		return inWindows(ctx, c, q, conditions, scan)
	}
}

// byWords reads the rows that the index of words finds.
func byWords[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) (found []T, err error) {
	words := wordindex.Query{None: q.words.none, From: q.span.from, Until: q.span.until, Ascending: q.span.ascending}
	for _, group := range q.words.all {
		words.All = append(words.All, group.words)
	}
	words.All = append(words.All, q.scope())
	conditions.add("r.project_id = ?", q.projectID)
	query := "SELECT " + q.columns + " FROM " + q.table.rows + " r WHERE " + conditions.String() + " AND r.id IN (…) ORDER BY r.id" + q.span.order()
	for words.From < words.Until {
		most := min(q.span.limit-len(found), longestList) // so that the rows come in order
		var ids []int64
		err := c.onWords(ctx, q.table, func(x *wordIndex) error {
			ids, err = x.find(words, most)
			return err
		})
		if err != nil || len(ids) == 0 {
			return found, err
		}
		err = listOf(ctx, c, query, ids, func(r scanner) error {
			row, err := scan(r)
			found = append(found, row)
			return err
		}, conditions.args...)
		if err != nil || len(ids) < most || len(found) == q.span.limit {
			return found, err
		}
		words.From, words.Until = q.span.behind(ids[len(ids)-1], words.From, words.Until)
	}
	return found, nil
}

// scope are the tokens of the query's issues, which stand for its project too, or that of its project.
func (q *rowQuery) scope() (tokens []wordindex.Word) {
	if len(q.issueIDs) == 0 {
		return []wordindex.Word{{Text: projectToken(q.projectID)}}
	}
	for _, id := range q.issueIDs {
		tokens = append(tokens, wordindex.Word{Text: issueToken(id)})
	}
	return tokens
}

func (s span) order() string {
	if s.ascending {
		return " ASC"
	}
	return " DESC"
}

// behind is what is left of a range of ids once those up to id have been read.
func (s span) behind(id, from, until int64) (int64, int64) {
	if s.ascending {
		return id + 1, until
	}
	return from, id
}

// rowQuery adds the conditions and returns the statement.
func (w *where) rowQuery(q rowQuery) string {
	if !q.words.nothing() {
		w.words(q.words)
	}
	w.scope(q)
	return "SELECT " + q.columns + " FROM " + q.table.rows + " r WHERE " + w.String() + w.numbered(" ORDER BY r.id"+q.span.order()+" LIMIT ?", q.span.limit)
}

// words compares PostgreSQL's index of words.
func (w *where) words(m *wordMatch) { w.add(tsMatch, tsQuery(m)) }

// scope adds the conditions that hold a query to its project, issue and span.
func (w *where) scope(q rowQuery) {
	w.add("r.project_id = ?", q.projectID)
	if len(q.issueIDs) > 0 {
		w.add("r.issue_id IN ("+question(len(q.issueIDs))+")", anys(q.issueIDs)...)
	}
	w.add("r.id >= ?", q.span.from)
	w.add("r.id < ?", q.span.until)
}
