package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
)

const (
	// sampled is how many rows, the first in the order of their ids, show which words are common.
	sampled = 200
	// walked is how many more are read in that order where those promise that it
	// fills a page. A row costs some 1.5 µs, and a page of 50 takes so many for a word
	// that one row in forty has. The rows of an issue lie apart, in as many pages as
	// they are, so that the word index is asked for those of one that has more.
	walked = 2000
	// windowGrowth is how much longer a window may be than all before it. Where
	// nothing was found among n rows, 64 times as many hardly have more than 200.
	windowGrowth = 64
)

// How PostgreSQL finds rows: by walking along an index in its order, or through
// the word index. The latter is planned for its values, so that the plan leaves
// out the partitions of other days; pages cost it little, because else it takes
// every row of a frequent issue from that issue's index to save a few reads of
// rows that the word index finds. The settings end with the transaction.
const (
	walkPlans  = "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)"
	wordsPlans = "SELECT set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true), set_config('enable_indexscan', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '0.1', true), set_config('seq_page_cost', '0.1', true)"
)

// newestFirst reads rows in the order of their ids, and looks beyond the last two days only for what is missing.
func newestFirst[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) ([]T, error) {
	head, older := q.head(time.Now()), q
	w := conditions.clone()
	found, err := all(ctx, c, scan, w.rowQuery(head), w.args...)
	if err != nil || len(found) == q.span.limit || head.span == q.span {
		return found, err
	}
	older.span.until = head.span.from
	older.span.limit -= len(found)
	rest, err := all(ctx, c, scan, conditions.rowQuery(older), conditions.args...)
	return append(found, rest...), err
}

// inWindows reads rows by their words on PostgreSQL. Its planner knows nothing
// of a word that is not among a partition's most common ones: it either walks
// over every row for a word that no row has, or collects and sorts every row for
// one that all have. So the first rows are walked over, which answers for common
// words, and what is left is asked of the word index in windows of time, each as
// long as it takes to find what is wanted if rows go on to match as often as before.
func inWindows[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) ([]T, error) {
	found, passed, left, err := firstRows(ctx, c, q, conditions, scan)
	if err != nil || left.span.empty() {
		return found, err
	}
	if _, err := c.exec(ctx, wordsPlans); err != nil {
		return nil, err
	}
	for rest := left.span; len(found) < q.span.limit && !rest.empty(); {
		window := left
		window.span, rest = rest.cut(nextWindow(passed, len(found), q.span.limit))
		window.span.limit = q.span.limit - len(found)
		passed += window.span.until - window.span.from
		w := conditions.clone()
		more, err := all(ctx, c, scan, w.rowQuery(window), w.args...)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// firstRows walks over a query's first rows. What these do not answer is left to
// the word index; passed is how many ids they took.
func firstRows[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) (found []T, passed int64, left rowQuery, err error) {
	if _, err := c.exec(ctx, walkPlans); err != nil {
		return nil, 0, left, err
	}
	rows := sampled
	if q.seldom() {
		rows = walked
	}
	head := q.head(time.Now())
	found, passed, last, err := walk(ctx, c, head, rows, conditions, scan)
	if err == nil && len(found) < q.span.limit && last == 0 && head.span != q.span {
		head = q
		found, passed, last, err = walk(ctx, c, head, rows, conditions, scan)
	}
	if err != nil || last == 0 {
		return found, 0, left, err
	}
	if len(q.issueIDs) == 0 && len(found)*walked/sampled >= q.span.limit {
		further := head
		_, further.span = head.span.cut(head.span.upTo(last))
		further.span.limit -= len(found)
		more, took, end, err := walk(ctx, c, further, walked, conditions, scan)
		found = append(found, more...)
		if err != nil || len(found) == q.span.limit || end == 0 && head.span == q.span {
			return found, 0, left, err
		}
		passed, last = passed+took, cmp.Or(end, head.span.from)
	}
	left = q
	_, left.span = q.span.cut(q.span.upTo(last))
	left.words, err = withoutCommon(ctx, c, head)
	return found, passed, left, err
}

// head is the query of the last two days only, unless it asks for the first rows
// or for a seldom issue. Planning takes PostgreSQL 0.1 ms for each day that a
// statement may read, which is most of what the newest rows of a month take.
func (q rowQuery) head(now time.Time) rowQuery {
	if !q.span.ascending && !q.seldom() {
		last := dayOf(min(q.span.until, eventlog.RowIDFloor(now.UnixMicro())))
		q.span.from = max(q.span.from, (last - 1).firstID())
	}
	return q
}

// seldom is set for an issue of so few events that all of them are walked over.
func (q rowQuery) seldom() bool { return len(q.issueIDs) > 0 && q.issueEvents < walked }

// walk finds what matches among the first rows of a query's scope. Where that is
// not enough and there are more, last is the last of these rows, and passed how many ids they took.
func walk[T any](ctx context.Context, c conn, q rowQuery, rows int, conditions *where, scan func(scanner) (T, error)) (found []T, passed, last int64, err error) {
	w := conditions.clone()
	if found, err = all(ctx, c, scan, w.walkQuery(q, rows), w.args...); err != nil || len(found) == q.span.limit {
		return found, 0, 0, err
	}
	passed, last, err = afterWalk(ctx, c, q, rows)
	return found, passed, last, err
}

// walkQuery is rowQuery among the first rows of the query's scope. They are read
// until enough are found.
func (w *where) walkQuery(q rowQuery, rows int) string {
	from := w.first(q, "*", rows)
	w.words(q.words)
	return "SELECT " + q.columns + " FROM " + from + " WHERE " + w.String() + w.numbered(" ORDER BY r.id"+q.span.order()+" LIMIT ?", q.span.limit)
}

// first is a subquery of the first rows of a query's scope, whatever words they have, by alias r.
func (w *where) first(q rowQuery, columns string, rows int) string {
	scope := where{args: w.args}
	scope.scope(q)
	text := "(SELECT " + columns + " FROM " + q.table.rows + " r WHERE " + scope.String() + scope.numbered(" ORDER BY r.id"+q.span.order()+" LIMIT ?", rows) + ") AS r"
	w.args = scope.args
	return text
}

// afterWalk returns how many ids the rows took that were walked over, and the
// last of them; 0 when there are no more.
func afterWalk(ctx context.Context, c conn, q rowQuery, rows int) (passed, last int64, err error) {
	w := &where{}
	from := w.first(q, "r.id", rows)
	var count int
	var oldest, newest int64
	err = c.row(ctx, "SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM "+from, w.args, &count, &oldest, &newest)
	if err != nil || count < rows {
		return 0, 0, err
	}
	last = oldest
	if q.span.ascending {
		last = newest
	}
	return max(newest-oldest, 1), last, nil
}

// withoutCommon leaves out the words of phrases that nearly every row of a
// query's scope has, because the phrase is verified anyway and the index would
// compare their long lists with that of a rare word.
func withoutCommon(ctx context.Context, c conn, q rowQuery) (*wordMatch, error) {
	if len(q.words.all) < 2 || !slices.ContainsFunc(q.words.all, func(g wordGroup) bool { return g.verified }) {
		return q.words, nil
	}
	w := &where{}
	sample := w.first(q, "r.words", sampled)
	columns, holders, into := make([]string, len(q.words.all)), make([]int, len(q.words.all)), make([]any, len(q.words.all))
	for i, group := range q.words.all {
		columns[i] = "COUNT(*) FILTER (WHERE " + w.numbered(tsMatch, tsQuery(&wordMatch{all: []wordGroup{group}})) + ")"
		into[i] = &holders[i]
	}
	if err := c.row(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+sample, w.args, into...); err != nil {
		return nil, err
	}
	rarest := slices.Index(holders, slices.Min(holders))
	left := &wordMatch{none: q.words.none}
	for i, group := range q.words.all {
		if i == rarest || !group.verified || holders[i] < sampled*9/10 {
			left.all = append(left.all, group)
		}
	}
	return left, nil
}

func (s span) empty() bool { return s.from >= s.until }

// cut parts a span into its first ids, so many, and the rest.
func (s span) cut(length int64) (first, rest span) {
	first, rest = s, s
	length = max(0, min(length, s.until-s.from))
	if s.ascending {
		first.until = s.from + length
		rest.from = first.until
	} else {
		first.from = s.until - length
		rest.until = first.from
	}
	return first, rest
}

// nextWindow is how many ids to look at next, after so many passed in which were found of the wanted rows.
func nextWindow(passed int64, found, wanted int) int64 {
	next := float64(passed) * windowGrowth
	if found > 0 {
		// Twice what is needed if all goes on as before, because rows come in bursts.
		needed := float64(passed) * 2 * float64(wanted-found) / float64(found)
		next = min(next, max(needed, float64(passed)/4))
	}
	if next >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(int64(next), 1)
}

// upTo is how many ids of a span come up to an id and with it.
func (s span) upTo(id int64) int64 {
	if s.ascending {
		return id - s.from + 1
	}
	return s.until - id
}
