package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// route describes one operation: where it is, what it does and who may call it.
type route struct {
	// call is "METHOD /path" below /api/v1.
	call    string
	id      string
	tag     string
	summary string
	// description says what the summary does not; may be empty.
	description string
	on          target
	action      org.Action
	// status of success; 0 lets the output decide (200 with a body, 204 without).
	status int
	// maxBody bounds the request body in bytes; 0 means maxBody.
	maxBody int64
}

// maxBody bounds request bodies.
const maxBody = 256 * 1024

// register adds an operation. Errors of the handler become problem documents;
// those without a code are logged here and nowhere else.
func register[I, O any](s *Server, r route, handle func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(r.call, " ")
	op := huma.Operation{
		OperationID: r.id, Method: method, Path: "/api/v1" + path,
		Summary: r.summary, Description: r.description, Tags: []string{r.tag},
		DefaultStatus: r.status,
		MaxBodyBytes:  maxBody,
		Metadata:      map[string]any{ruleKey: rule{on: r.on, action: r.action}},
		Security:      securityOf(r),
		Extensions:    extensionsOf(r),
	}
	if r.maxBody > 0 {
		op.MaxBodyBytes = r.maxBody
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.answerable(ctx, r.id, err)
		}
		return out, nil
	})
}

func securityOf(r route) []map[string][]string {
	switch r.on {
	case onNothing:
		return []map[string][]string{}
	case onAccount:
		return []map[string][]string{{"session": {}}}
	}
	return []map[string][]string{{"session": {}}, {"token": {}}}
}

// extensionsOf shows the rule of an operation in the OpenAPI document.
func extensionsOf(r route) map[string]any {
	if r.action == "" {
		return nil
	}
	return map[string]any{
		"x-mesher-action": string(r.action),
		"x-mesher-scopes": scopesFor(r.action),
	}
}

// answerable turns an error into what the caller may see, and logs what they may not.
func (s *Server) answerable(ctx context.Context, operation string, err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch _, coded := errors.AsType[*fault.Error](err); {
	case coded:
	case late:
		err = fault.Wrap(err, fault.Unavailable, "this took longer than an operation may; ask for a shorter time or less, or try again")
	default:
		err = codedStoreError(err)
	}
	p := problem.From(err)
	if p.Status >= http.StatusInternalServerError && (late || ctx.Err() == nil) {
		s.Log.ErrorContext(ctx, "operation failed", slog.String("operation", operation), slog.Any("error", err))
	}
	return p
}

// codedStoreError gives the store's sentinel errors the codes they mean to a caller.
func codedStoreError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fault.Wrap(err, fault.NotFound, "there is no such thing, or it was removed")
	case errors.Is(err, store.ErrLastOwner):
		return fault.Wrap(err, fault.Conflict, "an organization needs an owner; make somebody else owner first")
	case errors.Is(err, store.ErrConflict):
		return fault.Wrap(err, fault.Conflict, "it was changed meanwhile, or the name is taken; read it again")
	case errors.Is(err, store.ErrUnavailable):
		return fault.Wrap(err, fault.Unavailable, "the database cannot be reached; try again")
	}
	return err
}

// body is an input or output that is nothing but its body.
type body[T any] struct{ Body T }

// answer wraps an output body.
func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

// none is the input of operations without one, and the output of those without a body.
type none struct{}

// List is one page of a list.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
	// Next continues the list; empty at its end.
	Next string `json:"next" doc:"Pass as cursor to read the next page; empty at the end of the list"`
}

// listOf shapes a page of the store.
func listOf[S, T any](p store.Page[S], shape func(S) T) *body[List[T]] {
	return &body[List[T]]{Body: List[T]{Items: shapeAll(p.Items, shape), Next: p.Next}}
}

func shapeAll[S, T any](rows []S, shape func(S) T) []T {
	items := make([]T, len(rows))
	for i, row := range rows {
		items[i] = shape(row)
	}
	return items
}

// Paging is the input of every list with pages.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"25" doc:"Page size"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next of the page before"`
}

func (p Paging) request() store.PageRequest {
	return store.PageRequest{Cursor: p.Cursor, Limit: p.Limit}
}
