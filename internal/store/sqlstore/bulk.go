package sqlstore

import (
	"context"
	"strconv"
	"strings"
)

// insert is a bulk INSERT: "INSERT INTO t (a, b) VALUES", its rows, and what follows them.
type insert struct {
	into string
	then string
	rows [][]any
	// scan reads each row of a RETURNING clause, nil when there is none.
	scan func(scanner) error
}

// insert writes rows in their order. Callers sort them by key, so that
// concurrent batches lock rows in the same order.
func (c conn) insert(ctx context.Context, in insert) error {
	if len(in.rows) == 0 {
		return nil
	}
	return c.d.insert(ctx, c, in)
}

func (c conn) run(ctx context.Context, query string, args []any, scan func(scanner) error) error {
	if scan != nil {
		return c.each(ctx, query, args, scan)
	}
	_, err := c.exec(ctx, query, args...)
	return err
}

// listOf runs a query for every value of a list: "(…)" stands for the list in
// "x IN (…)", and its placeholders begin after those of args. A long list may
// take several statements.
func listOf[T any](ctx context.Context, c conn, query string, values []T, scan func(scanner) error, args ...any) error {
	return eachList(c, query, values, args, func(query string, args []any) error { return c.each(ctx, query, args, scan) })
}

// listExec is listOf for a statement that returns no rows.
func listExec[T any](ctx context.Context, c conn, query string, values []T, args ...any) error {
	return eachList(c, query, values, args, func(query string, args []any) error {
		_, err := c.exec(ctx, query, args...)
		return err
	})
}

func eachList[T any](c conn, query string, values []T, args []any, run func(query string, args []any) error) error {
	if len(values) > 0 && c.d.arrays {
		return run(strings.Replace(query, "IN (…)", "= ANY ($"+strconv.Itoa(len(args)+1)+")", 1), append(args[:len(args):len(args)], values))
	}
	for len(values) > 0 {
		n := min(len(values), longestList)
		if err := run(strings.Replace(query, "…", marks(len(args)+1, padded(n)), 1), listArgs(args, values[:n])); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// longestList is how many placeholders a list has at most. Shorter ones are
// padded to few lengths, so that the driver's statement cache knows their texts.
const longestList = 512

func listArgs[T any](args []any, values []T) []any {
	all := append(make([]any, 0, len(args)+padded(len(values))), args...)
	for _, v := range values {
		all = append(all, v)
	}
	for range padded(len(values)) - len(values) {
		all = append(all, values[len(values)-1])
	}
	return all
}

func padded(n int) int {
	size := 1
	for size < n {
		size *= 4
	}
	return min(size, max(n, longestList))
}

// marks returns "$3,$4,$5" for first 3 and n 3.
func marks(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}
