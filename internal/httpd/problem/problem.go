// Package problem answers failures over HTTP: it is the one place that maps
// fault codes to statuses, and it writes RFC 9457 problem documents.
package problem

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// ContentType of a problem document (RFC 9457, §3).
const ContentType = "application/problem+json"

// Problem is an RFC 9457 problem document.
type Problem struct {
	// Title is the status in words and is the same for every problem of a status.
	Title  string `json:"title" example:"Bad Request" doc:"The status in words"`
	Status int    `json:"status" example:"400" doc:"HTTP status code"`
	// Code is the machine-readable kind of failure.
	Code   string  `json:"code" example:"invalid" doc:"What kind of failure this is: internal, invalid, unauthenticated, forbidden, not_found, conflict, too_large, unsupported, rate_limited or unavailable"`
	Detail string  `json:"detail" example:"a name has 1 to 100 characters" doc:"What happened and what to change"`
	Errors []Field `json:"errors,omitempty" nullable:"false" doc:"The inputs the failure is about"`
	// RequestID finds the request in the server's log.
	RequestID string `json:"request_id,omitempty" doc:"Finds the request in the server's log"`

	retryAfter time.Duration
}

// Field is one input that a failure is about.
type Field struct {
	Location string `json:"location" example:"body.name" doc:"Where the input was, as a path"`
	Message  string `json:"message" doc:"What is wrong with it"`
}

// Status returns the HTTP status of a fault code.
func Status(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// codeOf is the reverse of Status for statuses that a library chose.
func codeOf(status int) fault.Code {
	switch status {
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusForbidden:
		return fault.Forbidden
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fault.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return fault.Conflict
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return fault.Unsupported
	case http.StatusTooManyRequests:
		return fault.RateLimited
	case http.StatusServiceUnavailable, http.StatusRequestTimeout:
		return fault.Unavailable
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

// From makes the problem of an error. An error without a code is internal: its
// text stays out of the answer and belongs in the log.
func From(err error) *Problem {
	code := fault.CodeOf(err)
	p := &Problem{
		Title:  http.StatusText(Status(code)),
		Status: Status(code),
		Code:   string(code),
		Detail: fault.MessageOf(err),
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.retryAfter = f.RetryAfter
		if f.Field != "" {
			p.Errors = []Field{{Location: f.Field, Message: f.Message}}
		}
	}
	return p
}

// WithStatus makes the problem of a status that a library chose.
func WithStatus(status int, detail string, fields ...Field) *Problem {
	return &Problem{
		Title:  http.StatusText(status),
		Status: status,
		Code:   string(codeOf(status)),
		Detail: detail,
		Errors: fields,
	}
}

// Error makes a problem an error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers the answer needs beside its body.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mesher"`)
	}
	return h
}

// ContentType answers the media type in place of plain JSON.
func (p *Problem) ContentType(string) string { return ContentType }

// Write answers err as a problem document. The request's id is taken from the
// X-Request-Id header that the listener set on the answer.
func Write(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		p = From(err)
	}
	answer := *p
	answer.RequestID = w.Header().Get("X-Request-Id")
	body, marshalErr := json.Marshal(answer)
	if marshalErr != nil {
		panic(marshalErr) // impossible: strings and numbers only
	}
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(answer.Status)
	_, _ = w.Write(append(body, '\n')) // the client is gone when this fails
}
