package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Key is a DSN key of a project.
type Key struct {
	ID                 int64      `json:"id"`
	PublicKey          string     `json:"public_key"`
	Label              string     `json:"label"`
	Active             bool       `json:"active"`
	RateLimitPerMinute int64      `json:"rate_limit_per_minute" doc:"Events a minute by this key; 0 for no limit"`
	DSN                string     `json:"dsn"`
	CreatedAt          view.Time  `json:"created_at" format:"date-time"`
	LastUsedAt         *view.Time `json:"last_used_at" format:"date-time"`
	ETag               string     `json:"etag" doc:"Pass as If-Match to update-key"`
}

type newKeyRequest struct {
	ProjectPath
	Body struct {
		Label              string `json:"label" maxLength:"100"`
		RateLimitPerMinute int64  `json:"rate_limit_per_minute,omitempty" minimum:"0"`
	}
}

// KeyPath names a key in the path.
type KeyPath struct {
	ProjectPath
	KeyID int64 `path:"key_id"`
}

type keyPatch struct {
	KeyPath
	Precondition
	Body struct {
		Label              *string `json:"label,omitempty" maxLength:"100"`
		Active             *bool   `json:"active,omitempty"`
		RateLimitPerMinute *int64  `json:"rate_limit_per_minute,omitempty" minimum:"0"`
	}
}

func (s *Server) registerKeys() {
	register(s, route{
		call: "GET /projects/{project_id}/keys", id: "list-keys", tag: "Projects",
		summary: "DSN keys of a project", on: onProject, action: org.ReadProject,
	}, s.listKeys)
	register(s, route{
		call: "POST /projects/{project_id}/keys", id: "create-key", tag: "Projects", status: http.StatusCreated,
		summary: "Create a DSN key", on: onProject, action: org.ManageProject,
	}, s.createKey)
	register(s, route{
		call: "PATCH /projects/{project_id}/keys/{key_id}", id: "update-key", tag: "Projects",
		summary: "Rename, limit, disable or enable a key", on: onProject, action: org.ManageProject,
	}, s.updateKey)
	register(s, route{
		call: "DELETE /projects/{project_id}/keys/{key_id}", id: "delete-key", tag: "Projects",
		summary: "Delete a key", description: "Clients that still use it are refused.", on: onProject, action: org.ManageProject,
	}, s.deleteKey)
}

func newKey(ctx context.Context, k org.Key) Key {
	return Key{
		ID: k.ID, PublicKey: k.Public, Label: k.Label, Active: k.Active, RateLimitPerMinute: k.RateLimitPerMinute,
		DSN: dsnOf(ctx, k), CreatedAt: view.Time(k.CreatedAt), LastUsedAt: view.Some(k.LastUsedAt),
		ETag: keyTag(k),
	}
}

func (s *Server) listKeys(ctx context.Context, in *ProjectPath) (*body[List[Key]], error) {
	keys, err := s.Accounts.ListKeys(ctx, in.ProjectID)
	return listOf(store.Page[org.Key]{Items: keys}, func(k org.Key) Key { return newKey(ctx, k) }), err
}

func (s *Server) createKey(ctx context.Context, in *newKeyRequest) (*body[Key], error) {
	label, err := org.CheckName("body.label", in.Body.Label)
	if err != nil {
		return nil, err
	}
	k, err := s.Accounts.CreateKey(ctx, org.Key{
		ProjectID: in.ProjectID, Public: org.NewPublicKey(), Label: label, Active: true,
		RateLimitPerMinute: in.Body.RateLimitPerMinute, CreatedAt: s.Now().UnixMicro(),
	})
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	return answer(newKey(ctx, k)), s.recordKey(ctx, "key.created", k)
}

// recordKey makes admission read the project's keys again and keeps the act.
func (s *Server) recordKey(ctx context.Context, action string, k org.Key) error {
	s.Keys.Forget(k.ProjectID)
	return s.record(ctx, act{orgID: callerOf(ctx).orgID, action: action, kind: "key", id: k.ID, data: map[string]any{
		"project_id": k.ProjectID, "public_key": k.Public, "label": k.Label, "active": k.Active, "rate_limit_per_minute": k.RateLimitPerMinute,
	}})
}

func keyTag(k org.Key) string { return contentTag(k.Label, k.Active, k.RateLimitPerMinute) }

func (s *Server) updateKey(ctx context.Context, in *keyPatch) (*body[Key], error) {
	_, k, err := revise(in.Precondition, revision[org.Key]{
		tag:  keyTag,
		read: func() (org.Key, error) { return s.Accounts.GetKey(ctx, in.ProjectID, in.KeyID) },
		change: func(k org.Key) (_ org.Key, err error) {
			k.Active = *or(in.Body.Active, &k.Active)
			k.RateLimitPerMinute = *or(in.Body.RateLimitPerMinute, &k.RateLimitPerMinute)
			k.Label, err = org.CheckName("body.label", *or(in.Body.Label, &k.Label))
			return k, err
		},
		write: func(before, after org.Key) error { return s.Accounts.UpdateKey(ctx, before, after) },
	})
	if err != nil {
		return nil, err
	}
	return answer(newKey(ctx, k)), s.recordKey(ctx, "key.updated", k)
}

func (s *Server) deleteKey(ctx context.Context, in *KeyPath) (*none, error) {
	k, err := s.Accounts.GetKey(ctx, in.ProjectID, in.KeyID)
	if err != nil {
		return nil, err
	}
	if err := s.Accounts.DeleteKey(ctx, in.ProjectID, in.KeyID); err != nil {
		return nil, fmt.Errorf("delete key: %w", err)
	}
	return nil, s.recordKey(ctx, "key.deleted", k)
}
