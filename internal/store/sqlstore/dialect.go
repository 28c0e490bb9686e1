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
	// scopeTokens is set where the word index scopes searches by project and
	// issue; PostgreSQL combines its other indexes with it instead.
	scopeTokens bool
	// withEventID restricts the rows r of table events by a condition on event_id, so that the index of event ids finds them.
	withEventID func(condition string) string
	// wordsFrom joins the rows of a table, by alias r, with its word index;
	// wordsMatch compares the index with an expression that match writes.
	wordsFrom  func(table wordTable) string
	wordsMatch func(table wordTable) string
	// wordsID is the column to page by, so that the index's own order is used.
	wordsID string
	match   func(m *wordMatch) string
	// bind turns $n placeholders into what the database numbers by.
	bind func(query string) string
	// classify says what kind of failure a driver's error is.
	classify func(err error) failure
}

// wordTable is a table with a word index. SQLite has its words apart, and the
// vocabulary of the index too.
type wordTable struct{ rows, words, vocabulary string }

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
