package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Activity is one line of an issue's history.
type Activity struct {
	ID int64 `json:"id"`
	// UserID is 0 and UserName empty for what Mesher did by itself.
	UserID   int64           `json:"user_id"`
	UserName string          `json:"user_name"`
	At       view.Time       `json:"at" format:"date-time"`
	Kind     string          `json:"kind" example:"resolved"`
	Data     json.RawMessage `json:"data" doc:"JSON object with what the kind needs"`
}

// Comment is a remark on an issue.
type Comment struct {
	ID       int64     `json:"id"`
	UserID   int64     `json:"user_id"`
	UserName string    `json:"user_name"`
	At       view.Time `json:"at" format:"date-time"`
	Text     string    `json:"text" doc:"Markdown"`
	// Mentions are those members whom the text named when it was written.
	Mentions []Mention `json:"mentions" nullable:"false"`
}

type activityList struct {
	IssuePath
	Paging
}

type newComment struct {
	IssuePath
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"20000" doc:"Markdown"`
	}
}

const commentKind = "comment"

type commentData struct {
	Text     string  `json:"text"`
	Mentions []int64 `json:"mentions,omitempty"`
}

func (s *Server) registerActivity() {
	register(s, route{
		call: "GET /issues/{issue_id}/activity", id: "list-activity", tag: "Issues",
		summary: "Who did what with an issue, newest first", on: onIssue, action: org.ReadIssues,
	}, s.listActivity)
	register(s, route{
		call: "GET /issues/{issue_id}/comments", id: "list-comments", tag: "Issues",
		summary: "Comments on an issue, newest first", on: onIssue, action: org.ReadIssues,
	}, s.listComments)
	register(s, route{
		call: "POST /issues/{issue_id}/comments", id: "create-comment", tag: "Issues", status: http.StatusCreated,
		summary: "Comment on an issue", on: onIssue, action: org.TriageIssues,
	}, s.createComment)
}

// history reads a page of an issue's history with the names of who did it.
func (s *Server) history(ctx context.Context, in *activityList, kinds ...string) (store.Page[store.Activity], map[int64]org.User, error) {
	page, err := s.Telemetry.ListActivity(ctx, in.IssueID, kinds, in.request())
	if err != nil {
		return page, nil, err
	}
	var ids []int64
	for _, a := range page.Items {
		if a.UserID != 0 {
			ids = append(ids, a.UserID)
		}
		if a.Kind == commentKind {
			ids = append(ids, readComment(a).Mentions...)
		}
	}
	users, err := s.Accounts.UsersByID(ctx, ids)
	if err != nil {
		return page, nil, fmt.Errorf("read users of activity: %w", err)
	}
	return page, users, nil
}

func (s *Server) listActivity(ctx context.Context, in *activityList) (*body[List[Activity]], error) {
	page, users, err := s.history(ctx, in)
	return listOf(page, func(a store.Activity) Activity {
		data := json.RawMessage("{}")
		if len(a.Data) > 0 {
			data = a.Data
		}
		return Activity{ID: a.ID, UserID: a.UserID, UserName: displayName(users[a.UserID]), At: view.Time(a.At), Kind: a.Kind, Data: data}
	}), err
}

func (s *Server) listComments(ctx context.Context, in *activityList) (*body[List[Comment]], error) {
	page, users, err := s.history(ctx, in, commentKind)
	return listOf(page, func(a store.Activity) Comment { return newCommentView(a, users) }), err
}

func readComment(a store.Activity) commentData {
	var data commentData
	// We wrote it; a row that cannot be read shows as an empty comment rather than hiding the others.
	_ = json.Unmarshal(a.Data, &data)
	return data
}

func newCommentView(a store.Activity, users map[int64]org.User) Comment {
	data := readComment(a)
	return Comment{
		ID: a.ID, UserID: a.UserID, UserName: displayName(users[a.UserID]), At: view.Time(a.At),
		Text: data.Text, Mentions: showMentions(data.Mentions, users),
	}
}

func (s *Server) createComment(ctx context.Context, in *newComment) (*body[Comment], error) {
	c := callerOf(ctx)
	mentions, err := s.mentioned(ctx, c.orgID, in.Body.Text)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(commentData{Text: in.Body.Text, Mentions: mentions})
	if err != nil {
		return nil, fmt.Errorf("write comment: %w", err)
	}
	wanted := store.Activity{IssueID: in.IssueID, UserID: c.User.ID, At: s.Now().UnixMicro(), Kind: commentKind, Data: data, Addressees: mentionedIn(mentions)}
	commented, err := s.Telemetry.UpdateTriage(ctx, in.IssueID, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		return i.Triage, []store.Activity{wanted}, nil
	})
	if err != nil {
		return nil, err
	}
	// Nothing of the issue is new but its history: whoever looks at it, or waits for notifications, reads that again.
	s.tellChanged(ctx, commented, wanted.At)
	page, users, err := s.history(ctx, &activityList{IssuePath: in.IssuePath, Paging: Paging{Limit: 100}}, commentKind)
	if err != nil {
		return nil, err
	}
	for _, a := range page.Items {
		if a.UserID == wanted.UserID && a.At == wanted.At {
			return answer(newCommentView(a, users)), nil
		}
	}
	return nil, fault.New(fault.NotFound, "the comment was removed meanwhile")
}
