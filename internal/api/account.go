package api

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// BrowserSession is one place where the account is signed in.
type BrowserSession struct {
	ID         int64     `json:"id"`
	Current    bool      `json:"current" doc:"The session that asks"`
	Address    string    `json:"address"`
	UserAgent  string    `json:"user_agent"`
	CreatedAt  view.Time `json:"created_at" format:"date-time"`
	LastSeenAt view.Time `json:"last_seen_at" format:"date-time"`
	ExpiresAt  view.Time `json:"expires_at" format:"date-time"`
}

type accountChange struct {
	Name string `json:"name" maxLength:"100"`
}

type passwordChange struct {
	Current  string `json:"current" maxLength:"512"`
	Password string `json:"password" maxLength:"512" doc:"The new password"`
}

type sessionPath struct {
	ID int64 `path:"session_id"`
}

func (s *Server) registerAccount() {
	register(s, route{
		call: "PATCH /account", id: "update-account", tag: "Account",
		summary: "Change the account's name", on: onAccount,
	}, s.updateAccount)
	register(s, route{
		call: "POST /account/password", id: "change-password", tag: "Account",
		summary: "Change the password", description: "Ends every other session.", on: onAccount,
	}, s.changePassword)
	register(s, route{
		call: "GET /account/sessions", id: "list-sessions", tag: "Account",
		summary: "Where the account is signed in", on: onAccount,
	}, s.listSessions)
	register(s, route{
		call: "DELETE /account/sessions/{session_id}", id: "end-session", tag: "Account",
		summary: "Sign out elsewhere", on: onAccount,
	}, s.endSession)
	register(s, route{
		call: "DELETE /account/sessions", id: "end-other-sessions", tag: "Account",
		summary: "Sign out everywhere else", on: onAccount,
	}, s.endOtherSessions)
}

func (s *Server) updateAccount(ctx context.Context, in *body[accountChange]) (*body[Account], error) {
	c := callerOf(ctx)
	name, err := org.CheckName("body.name", in.Body.Name)
	if err != nil {
		return nil, err
	}
	if err := s.Accounts.SetUserName(ctx, c.User.ID, name); err != nil {
		return nil, fmt.Errorf("rename account: %w", err)
	}
	return answer(Account{ID: c.User.ID, Email: c.User.Email, Name: name}), nil
}

func (s *Server) changePassword(ctx context.Context, in *body[passwordChange]) (*none, error) {
	return nil, s.Auth.ChangePassword(ctx, callerOf(ctx).Identity, in.Body.Current, in.Body.Password)
}

func (s *Server) listSessions(ctx context.Context, _ *none) (*body[List[BrowserSession]], error) {
	c := callerOf(ctx)
	list, err := s.Accounts.ListSessions(ctx, c.User.ID, s.Now().UnixMicro())
	return listOf(store.Page[store.Session]{Items: list}, func(b store.Session) BrowserSession {
		return BrowserSession{
			ID: b.ID, Current: b.ID == c.SessionID, Address: b.Address, UserAgent: b.UserAgent,
			CreatedAt: view.Time(b.CreatedAt), LastSeenAt: view.Time(b.LastSeenAt), ExpiresAt: view.Time(b.ExpiresAt),
		}
	}), err
}

func (s *Server) endSession(ctx context.Context, in *sessionPath) (*none, error) {
	return nil, s.Accounts.DeleteSession(ctx, callerOf(ctx).User.ID, in.ID)
}

func (s *Server) endOtherSessions(ctx context.Context, _ *none) (*none, error) {
	c := callerOf(ctx)
	_, err := s.Accounts.DeleteSessionsExcept(ctx, c.User.ID, c.SessionID)
	return nil, err
}
