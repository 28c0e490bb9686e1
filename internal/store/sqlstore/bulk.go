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

// chunkSizes are the row counts a bulk statement comes in: few texts, so that
// each is planned once and kept by the driver's statement cache.
var chunkSizes = [...]int{512, 128, 32, 8, 2, 1}

// maxParameters stays below PostgreSQL's 65535 and SQLite's 32766.
const maxParameters = 30000

// insert writes rows in their order. Callers sort them by key, so that
// concurrent batches lock rows in the same order.
func (c conn) insert(ctx context.Context, in insert) error {
	if len(in.rows) == 0 {
		return nil
	}
	if c.d.rowByRow {
		return c.insertPrepared(ctx, in)
	}
	columns := len(in.rows[0])
	for rows := in.rows; len(rows) > 0; {
		n := chunk(len(rows), columns)
		args := make([]any, 0, n*columns)
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := c.run(ctx, in.into+" "+placeholders(1, n, columns)+" "+in.then, args, in.scan); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func chunk(rows, columns int) int {
	for _, size := range chunkSizes {
		if size <= rows && size*columns <= maxParameters {
			return size
		}
	}
	return 1
}

func (c conn) run(ctx context.Context, query string, args []any, scan func(scanner) error) error {
	if scan != nil {
		return c.each(ctx, query, args, scan)
	}
	_, err := c.exec(ctx, query, args...)
	return err
}

// listOf runs a query for every value of a list: "…" stands for its placeholders
// in the text, which begin after those of args. Long lists take several
// statements; short ones are padded to few lengths, for the statement cache.
func listOf[T any](ctx context.Context, c conn, query string, values []T, scan func(scanner) error, args ...any) error {
	for len(values) > 0 {
		n := min(len(values), chunkSizes[0])
		if err := c.each(ctx, strings.Replace(query, "…", marks(len(args)+1, padded(n)), 1), listArgs(args, values[:n]), scan); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// listExec is listOf for a statement that returns no rows.
func listExec[T any](ctx context.Context, c conn, query string, values []T, args ...any) error {
	for len(values) > 0 {
		n := min(len(values), chunkSizes[0])
		if _, err := c.exec(ctx, strings.Replace(query, "…", marks(len(args)+1, padded(n)), 1), listArgs(args, values[:n])...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

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
	return min(size, max(n, chunkSizes[0]))
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
