package sqlstore

import (
	"context"
	"errors"

	"github.com/mesher/mesher/internal/store"
)

const (
	// walked is how many rows are read in the order of their ids before the word
	// index is asked. A row costs some 1.5 µs, and a page of 50 is then full for
	// every word that one row in forty has.
	walked = 2000
	// windowGrowth is how much longer each window is than the one before.
	windowGrowth = 4
)

// How PostgreSQL finds rows: by walking along an index in its order, or through
// the word index. The latter is planned for its values, so that the plan leaves
// out the partitions of other days. The settings end with the transaction.
const (
	walkPlans  = "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)"
	wordsPlans = "SELECT set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true), set_config('enable_indexscan', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)

// inWindows reads rows by their words on PostgreSQL. Its planner knows nothing
// of a word that is not among a partition's most common ones: it either walks
// over every row for a word that no row has, or collects and sorts every row for
// one that all have. So the first rows are walked over, which answers for common
// words, and what is left is asked of the word index in windows of time that
// grow, so that about as many rows are read as are wanted.
func inWindows[T any](ctx context.Context, c conn, q rowQuery, conditions *where, scan func(scanner) (T, error)) (found []T, err error) {
	if _, err := c.exec(ctx, walkPlans); err != nil {
		return nil, err
	}
	walk, rest, err := firstRows(ctx, c, q)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	read := func(part span) error {
		part.limit = q.span.limit - len(found)
		asked := q
		asked.span = part
		w := conditions.clone()
		more, err := all(ctx, c, scan, w.rowQuery(c.d, asked), w.args...)
		found = append(found, more...)
		return err
	}
	if err = read(walk); err != nil || len(found) == q.span.limit || rest.empty() {
		return found, err
	}
	if _, err = c.exec(ctx, wordsPlans); err != nil {
		return nil, err
	}
	for length := walk.until - walk.from; err == nil && len(found) < q.span.limit && !rest.empty(); {
		length *= windowGrowth
		var window span
		window, rest = rest.cut(length)
		err = read(window)
	}
	return found, err
}

// firstRows parts a query's span into the part with the first rows of its scope,
// as many as are walked over, and the rest; store.ErrNotFound when there are no rows.
func firstRows(ctx context.Context, c conn, q rowQuery) (walk, rest span, err error) {
	first, err := edge(ctx, c, q, 0)
	if err != nil {
		return walk, rest, err
	}
	_, q.span = q.span.cut(q.span.upTo(first) - 1)
	last, err := edge(ctx, c, q, walked-1)
	if errors.Is(err, store.ErrNotFound) {
		return q.span, span{}, nil
	}
	walk, rest = q.span.cut(q.span.upTo(last))
	return walk, rest, err
}

// edge returns the id of the row of a query's scope that has so many before it, whatever words it has.
func edge(ctx context.Context, c conn, q rowQuery, before int) (id int64, err error) {
	w := &where{}
	q.columns, q.words, q.span.limit = "r.id", &wordMatch{}, 1
	query := w.rowQuery(c.d, q) + w.numbered(" OFFSET ?", before)
	err = c.row(ctx, query, w.args, &id)
	return id, err
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

// upTo is how many ids of a span come up to an id and with it.
func (s span) upTo(id int64) int64 {
	if s.ascending {
		return id - s.from + 1
	}
	return s.until - id
}
