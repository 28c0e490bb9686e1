package api

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Subscriber is a member who follows an issue.
type Subscriber struct {
	UserID int64     `json:"user_id"`
	Name   string    `json:"name"`
	Reason string    `json:"reason" enum:"chosen,commented,acted,mentioned,assigned" doc:"chosen is their own choice; the others subscribed them by themselves"`
	At     view.Time `json:"at" format:"date-time"`
}

func (s *Server) registerSubscriptions() {
	register(s, route{
		call: "GET /issues/{issue_id}/subscribers", id: "list-subscribers", tag: "Issues",
		summary: "Members who follow an issue", description: "Those first who have done so longest; at most 1000.", on: onIssue, action: org.ReadIssues,
	}, s.listSubscribers)
	register(s, route{
		call: "PUT /issues/{issue_id}/subscription", id: "subscribe-to-issue", tag: "Issues",
		summary: "Follow an issue", description: "You are told of its comments, and when it is resolved, regresses or escalates.", on: onIssue, action: org.FollowIssues,
	}, s.subscribeToIssue)
	register(s, route{
		call: "DELETE /issues/{issue_id}/subscription", id: "unsubscribe-from-issue", tag: "Issues",
		summary:     "Stop following an issue",
		description: "Nothing that happens subscribes you again. Being mentioned or assigned is told to you still.",
		on:          onIssue, action: org.FollowIssues,
	}, s.unsubscribeFromIssue)
}

func (s *Server) listSubscribers(ctx context.Context, _ *IssuePath) (*body[List[Subscriber]], error) {
	list, err := s.Accounts.Subscribers(ctx, callerOf(ctx).issue.ID)
	if err != nil {
		return nil, fmt.Errorf("list subscribers: %w", err)
	}
	users, err := s.Accounts.UsersByID(ctx, shapeAll(list, func(v store.Subscriber) int64 { return v.UserID }))
	return listOf(store.Page[store.Subscriber]{Items: list}, func(v store.Subscriber) Subscriber {
		return Subscriber{UserID: v.UserID, Name: displayName(users[v.UserID]), Reason: string(v.Reason), At: view.Time(v.At)}
	}), err
}

func (s *Server) subscribeToIssue(ctx context.Context, _ *IssuePath) (*none, error) {
	c := callerOf(ctx)
	return nil, s.Accounts.Subscribe(ctx, c.User.ID, c.issue.ID, s.Now().UnixMicro())
}

func (s *Server) unsubscribeFromIssue(ctx context.Context, _ *IssuePath) (*none, error) {
	c := callerOf(ctx)
	return nil, s.Accounts.Unsubscribe(ctx, c.User.ID, c.issue.ID, s.Now().UnixMicro())
}

// subscribe is what a change of issues says of the caller's own subscription.
func (s *Server) subscribe(ctx context.Context, id int64, follow bool, t triage) error {
	if follow {
		return s.Accounts.Subscribe(ctx, t.userID, id, t.at)
	}
	return s.Accounts.Unsubscribe(ctx, t.userID, id, t.at)
}

// addresseesOf are whom an assignment is told to.
func addresseesOf(a assigneeRef, team store.Team) []store.Addressee {
	switch a.Type {
	case "user":
		return []store.Addressee{{UserID: a.ID, Reason: store.ReasonAssigned}}
	case "team":
		return shapeAll(team.UserIDs, func(id int64) store.Addressee {
			return store.Addressee{UserID: id, Reason: store.ReasonTeamAssigned}
		})
	}
	return nil
}
