package sqlstore

import (
	"context"
	"strings"
)

// dialect holds what the two databases do differently. Everything else is one SQL text.
type dialect struct {
	name string
	// forUpdate ends a SELECT that locks its rows; SQLite has one writer and needs none.
	forUpdate string
	// insert writes many rows: row by row where no network is between, else in one statement.
	insert func(ctx context.Context, c conn, in insert) error
	// beforeApply is a statement that begins the transaction of a batch, empty for none.
	beforeApply string
	// arrays is set where a list of values is one parameter.
	arrays bool
	// groupsCounts is set where the rows of counters lie by time, not by issue.
	groupsCounts bool
	// ownWords is set where the index of words is that of package wordindex, which
	// scopes searches by project and issue too; PostgreSQL combines its other
	// indexes with its own instead.
	ownWords bool
	// tagMark begins the token of a tag in the index of words.
	tagMark string
	// withEventID restricts the rows r of table events by a condition on event_id, so that the index of event ids finds them.
	withEventID func(condition string) string
	// bind turns $n placeholders into what the database numbers by.
	bind func(query string) string
	// classify says what kind of failure a driver's error is.
	classify func(err error) failure
}

// wordTable is a table with an index of words. SQLite has that in tables whose names begin with words.
type wordTable struct{ rows, words string }

// failure is what a database error means to the store.
type failure uint8

const (
	failureOther failure = iota
	failureConflict
	failureData
	failureRetry
	failureUnavailable
)

// questionMarks rewrites $n to ?n: SQLite takes "$1" for a name and numbers
// names by first use, so that "$2 … $1" would swap its arguments. No statement
// holds a $ elsewhere. A limit becomes a sum, because SQLite looks at the value
// of a plain one and compiles the statement again whenever it is bound.
func questionMarks(query string) string { return forSQLite.Replace(query) }

var forSQLite = strings.NewReplacer("LIMIT $", "LIMIT 0+?", "OFFSET $", "OFFSET 0+?", "$", "?")

func unchanged(query string) string { return query }
