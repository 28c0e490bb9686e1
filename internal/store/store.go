// Package store is the port to the database: the small interfaces that the
// rest of Mesher asks for, the filters and rows they speak, and the sentinel
// errors they return. internal/store/sqlstore implements all of them on SQLite
// and PostgreSQL; internal/store/storetest is the behaviour both must show.
//
// Every time is Unix µs, every bucket an integer computed by internal/rollup,
// and every method that names a project or organization is scoped to it: an id
// of another tenant is ErrNotFound, never somebody else's row.
package store

import "errors"

var (
	// ErrNotFound is returned for a row that does not exist in the given scope.
	ErrNotFound = errors.New("not found")
	// ErrConflict is returned when a unique name is taken or a version (ETag) is stale.
	ErrConflict = errors.New("conflict")
	// ErrStale is returned instead of overwriting what somebody else wrote meanwhile.
	ErrStale = errors.New("changed meanwhile")
	// ErrUnavailable is returned while the database cannot be reached; the call may be repeated.
	ErrUnavailable = errors.New("store unavailable")
)

// Page is one keyset page of a list.
type Page[T any] struct {
	Items []T
	// Next continues the list; empty at its end.
	Next string
}

// PageRequest asks for one page of a list.
type PageRequest struct {
	// Cursor is a Next of an earlier page of the same query, empty for the first page.
	Cursor string
	// Limit is the page size, 1 to 100; 0 means 25.
	Limit int
}

// TimeRange is half-open: Start ≤ t < End, in Unix µs. A zero End means now, a zero Start the beginning.
type TimeRange struct {
	Start int64
	End   int64
}
