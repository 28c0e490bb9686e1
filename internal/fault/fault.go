// Package fault is the vocabulary of errors that cross package borders: a
// code that says what kind of failure it is, a message that a user may read,
// and the field it is about. Only internal/httpd turns a code into a status.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an Error is.
type Code string

// The codes. Internal is what any error without a code counts as.
const (
	Internal        Code = "internal"
	Invalid         Code = "invalid"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"
	TooLarge        Code = "too_large"
	Unsupported     Code = "unsupported"
	RateLimited     Code = "rate_limited"
	Unavailable     Code = "unavailable"
)

// Error is a failure with a code and a message that says what to change. The
// wrapped error is for logs and never reaches a user.
type Error struct {
	Code    Code
	Message string
	// Field is the input the failure is about, as a JSON path ("settings.retention_days"); empty when there is none.
	Field string
	// RetryAfter is how long the caller should wait; zero when waiting does not help.
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// New returns an Error with a formatted message.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid error about one input field.
func Field(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Wrap keeps err for the logs behind a code and a message for the user.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// CodeOf returns the code of the outermost Error in err's chain, Internal when there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// MessageOf returns the message a user may read; internal errors stay unnamed.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	return "internal error"
}
