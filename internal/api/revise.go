package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/store"
)

// Precondition is the input of changes that two admins may make at the same time.
type Precondition struct {
	IfMatch string `header:"If-Match" maxLength:"40" doc:"ETag of what the change is based on: 412 when somebody was faster. Without it a change of other fields is merged, and of the same field the last writer wins."`
}

// holds reports whether the caller may change what has the tag.
func (p Precondition) holds(tag string) bool {
	return p.IfMatch == "" || p.IfMatch == "*" || p.IfMatch == tag
}

// tagged is an answer with the ETag of what it shows.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// contentTag is an ETag made of what may change: it needs no version in the
// database, and two changes that cancel out conflict with nobody.
func contentTag(fields ...any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("write ETag: %v", err)) // impossible: plain values only
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// revision is how one thing is read, changed and written back.
type revision[T any] struct {
	read   func() (T, error)
	change func(T) (T, error)
	// write returns store.ErrStale when the thing is not what it was before any more.
	write func(before, after T) error
	tag   func(T) string
}

// revise changes a thing so that nobody's change is lost: a change without
// If-Match is based anew on what somebody else wrote.
func revise[T any](p Precondition, r revision[T]) (before, after T, err error) {
	for range writeAttempts {
		if before, err = r.read(); err != nil {
			return before, after, err
		}
		if !p.holds(r.tag(before)) {
			break
		}
		if after, err = r.change(before); err != nil {
			return before, after, err
		}
		if err = r.write(before, after); !errors.Is(err, store.ErrStale) {
			return before, after, err
		}
	}
	return before, after, errStale()
}

// writeAttempts bounds how often a change without If-Match is based anew on what somebody else wrote.
const writeAttempts = 5

func errStale() error {
	return problem.WithStatus(http.StatusPreconditionFailed, "somebody changed it meanwhile; read it again")
}
