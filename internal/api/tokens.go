package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Token is an API token without its secret.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Hint       string     `json:"hint" doc:"The last letters of the token"`
	Scopes     []string   `json:"scopes" nullable:"false"`
	CreatedAt  view.Time  `json:"created_at" format:"date-time"`
	ExpiresAt  *view.Time `json:"expires_at" format:"date-time"`
	LastUsedAt *view.Time `json:"last_used_at" format:"date-time"`
}

// NewToken is a token with its secret, which is shown this once.
type NewToken struct {
	Token
	Secret string `json:"token" doc:"The token itself; it is shown this once"`
}

type tokenRequest struct {
	Name      string     `json:"name" maxLength:"100"`
	Scopes    []string   `json:"scopes" minItems:"1" maxItems:"30" doc:"What the token may do at most; your role limits it further"`
	ExpiresAt *view.Time `json:"expires_at,omitempty" format:"date-time" doc:"Never when left out"`
}

type tokenPath struct {
	ID int64 `path:"token_id"`
}

func (s *Server) registerTokens() {
	register(s, route{
		call: "GET /tokens", id: "list-tokens", tag: "Tokens",
		summary: "Your API tokens", on: onAccount,
	}, s.listTokens)
	register(s, route{
		call: "POST /tokens", id: "create-token", tag: "Tokens", status: http.StatusCreated,
		summary: "Create an API token", on: onAccount,
	}, s.createToken)
	register(s, route{
		call: "DELETE /tokens/{token_id}", id: "revoke-token", tag: "Tokens",
		summary: "Revoke an API token", on: onAccount,
	}, s.revokeToken)
}

func newToken(t store.Token) Token {
	scopes := make([]string, len(t.Scopes))
	for i, scope := range t.Scopes {
		scopes[i] = string(scope)
	}
	return Token{
		ID: t.ID, Name: t.Name, Hint: t.Hint, Scopes: scopes, CreatedAt: view.Time(t.CreatedAt),
		ExpiresAt: view.Some(t.ExpiresAt), LastUsedAt: view.Some(t.LastUsedAt),
	}
}

func (s *Server) listTokens(ctx context.Context, _ *none) (*body[List[Token]], error) {
	list, err := s.Accounts.ListTokens(ctx, callerOf(ctx).User.ID)
	return listOf(store.Page[store.Token]{Items: list}, newToken), err
}

func (s *Server) createToken(ctx context.Context, in *body[tokenRequest]) (*body[NewToken], error) {
	r := auth.TokenRequest{Secret: org.NewToken(), UserID: callerOf(ctx).User.ID, Now: s.Now().UnixMicro()}
	var err error
	if r.Name, err = org.CheckName("body.name", in.Body.Name); err != nil {
		return nil, err
	}
	if r.Scopes, err = scopesOf(in.Body.Scopes); err != nil {
		return nil, err
	}
	if in.Body.ExpiresAt != nil {
		if r.ExpiresAt = int64(*in.Body.ExpiresAt); r.ExpiresAt <= r.Now {
			return nil, fault.Field("body.expires_at", "the expiry must be in the future")
		}
	}
	t, err := s.Accounts.CreateToken(ctx, auth.NewToken(r))
	if err != nil {
		return nil, fmt.Errorf("create API token: %w", err)
	}
	err = s.recordToken(ctx, "token.created", t.ID, map[string]any{"name": t.Name, "scopes": t.Scopes.String()})
	return answer(NewToken{Token: newToken(t), Secret: r.Secret}), err
}

func scopesOf(names []string) (org.ScopeSet, error) {
	var set org.ScopeSet
	for i, name := range names {
		scope, ok := org.ParseScope(name)
		if !ok {
			return nil, fault.Field(fmt.Sprintf("body.scopes[%d]", i), "%q is no scope; the scopes are %v", name, org.Scopes())
		}
		set = append(set, scope)
	}
	return org.ParseScopeSet(set.String()), nil
}

func (s *Server) revokeToken(ctx context.Context, in *tokenPath) (*none, error) {
	if err := s.Accounts.DeleteToken(ctx, callerOf(ctx).User.ID, in.ID); err != nil {
		return nil, err
	}
	return nil, s.recordToken(ctx, "token.revoked", in.ID, nil)
}

// recordToken keeps the act in every organization that the token opens.
func (s *Server) recordToken(ctx context.Context, action string, id int64, data map[string]any) error {
	list, err := s.Accounts.Memberships(ctx, callerOf(ctx).User.ID)
	if err != nil {
		return fmt.Errorf("list organizations: %w", err)
	}
	for _, m := range list {
		if err := s.record(ctx, act{orgID: m.Organization.ID, action: action, kind: "token", id: id, data: data}); err != nil {
			return err
		}
	}
	return nil
}
