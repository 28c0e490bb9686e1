package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Share says whether an issue has a public link.
type Share struct {
	Shared    bool       `json:"shared"`
	CreatedBy int64      `json:"created_by" doc:"User id; 0 when not shared"`
	CreatedAt *view.Time `json:"created_at" format:"date-time"`
}

// NewShare is a public link, which is shown this once.
type NewShare struct {
	URL string `json:"url" doc:"Whoever has the link sees the issue, read-only; it is shown this once"`
}

// SharedIssue is what a public link shows: the issue and its latest event, and
// nothing of whom it affected, who works on it or what is around it.
type SharedIssue struct {
	Title      string          `json:"title"`
	Type       string          `json:"type"`
	Value      string          `json:"value"`
	Culprit    string          `json:"culprit"`
	Level      string          `json:"level"`
	Platform   string          `json:"platform"`
	Status     string          `json:"status"`
	EventCount int64           `json:"event_count"`
	FirstSeen  view.Time       `json:"first_seen" format:"date-time"`
	LastSeen   view.Time       `json:"last_seen" format:"date-time"`
	Payload    json.RawMessage `json:"payload" doc:"The latest event without user, request, breadcrumbs, variables, tags and extra data; null when its events have expired"`
}

type sharePath struct {
	Secret string `path:"token" maxLength:"100"`
}

func (s *Server) registerShares() {
	register(s, route{
		call: "GET /issues/{issue_id}/share", id: "get-share", tag: "Issues",
		summary: "Whether an issue has a public link", on: onIssue, action: org.ReadIssues,
	}, s.getShare)
	register(s, route{
		call: "POST /issues/{issue_id}/share", id: "share-issue", tag: "Issues", status: http.StatusCreated,
		summary: "Make a public link to an issue", description: "A link made before stops working.", on: onIssue, action: org.TriageIssues,
	}, s.shareIssue)
	register(s, route{
		call: "DELETE /issues/{issue_id}/share", id: "unshare-issue", tag: "Issues",
		summary: "Revoke the public link", on: onIssue, action: org.TriageIssues,
	}, s.unshareIssue)
	register(s, route{
		call: "GET /shared/{token}", id: "get-shared-issue", tag: "Issues",
		summary: "What a public link shows", on: onNothing,
	}, s.getSharedIssue)
}

func (s *Server) getShare(ctx context.Context, in *IssuePath) (*body[Share], error) {
	share, err := s.Accounts.GetShare(ctx, in.IssueID)
	if errors.Is(err, store.ErrNotFound) {
		return answer(Share{}), nil
	}
	return answer(Share{Shared: true, CreatedBy: share.CreatedBy, CreatedAt: view.Some(share.CreatedAt)}), err
}

func (s *Server) shareIssue(ctx context.Context, in *IssuePath) (*body[NewShare], error) {
	c, secret := callerOf(ctx), org.NewSecret()
	err := s.Accounts.PutShare(ctx, store.Share{
		IssueID: c.issue.ID, Hash: org.HashSecret(secret), CreatedBy: c.User.ID, CreatedAt: s.Now().UnixMicro(),
	})
	if err != nil {
		return nil, err
	}
	err = s.record(ctx, act{orgID: c.orgID, action: "issue.shared", kind: "issue", id: in.IssueID})
	return answer(NewShare{URL: c.base + "/shared?token=" + secret}), err
}

func (s *Server) unshareIssue(ctx context.Context, in *IssuePath) (*none, error) {
	if err := s.Accounts.DeleteShare(ctx, callerOf(ctx).issue.ID); err != nil {
		return nil, err
	}
	return nil, s.record(ctx, act{orgID: callerOf(ctx).orgID, action: "issue.unshared", kind: "issue", id: in.IssueID})
}

func (s *Server) getSharedIssue(ctx context.Context, in *sharePath) (*body[SharedIssue], error) {
	share, err := s.Accounts.ShareByHash(ctx, org.HashSecret(in.Secret))
	if err != nil {
		return nil, revoked(err)
	}
	i, err := s.Telemetry.GetIssue(ctx, share.IssueID)
	if err != nil {
		return nil, revoked(err)
	}
	if _, err := s.Accounts.GetProject(ctx, i.ProjectID); err != nil {
		return nil, revoked(err)
	}
	shown := SharedIssue{
		Title: i.Title, Type: i.Type, Value: i.Value, Culprit: i.Culprit, Level: i.Level.String(), Platform: i.Platform,
		Status: i.Status.String(), EventCount: i.EventCount, FirstSeen: view.Time(i.FirstSeen), LastSeen: view.Time(i.LastSeen),
		Payload: json.RawMessage("null"),
	}
	e, err := s.Telemetry.LatestEvent(ctx, store.EventFilter{ProjectID: i.ProjectID, IssueID: i.ID})
	if errors.Is(err, store.ErrNotFound) {
		return answer(shown), nil
	}
	if err == nil {
		shown.Payload, err = publicPayload(e.Payload)
	}
	return answer(shown), err
}

func revoked(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(fault.NotFound, "the link was revoked, or its issue is gone")
	}
	return err
}

// publicPayload keeps of an event what tells the bug and nothing of people:
// an allow-list, so that what is added to events later stays private.
func publicPayload(payload []byte) (json.RawMessage, error) {
	var e struct {
		EventID   string `json:"event_id,omitempty"`
		Timestamp any    `json:"timestamp,omitempty"`
		Level     string `json:"level,omitempty"`
		Platform  string `json:"platform,omitempty"`
		Exception []struct {
			Type       string `json:"type,omitempty"`
			Value      string `json:"value,omitempty"`
			Module     string `json:"module,omitempty"`
			Stacktrace *struct {
				Frames []struct {
					Function    string   `json:"function,omitempty"`
					Module      string   `json:"module,omitempty"`
					Filename    string   `json:"filename,omitempty"`
					Line        int      `json:"lineno,omitempty"`
					Column      int      `json:"colno,omitempty"`
					InApp       *bool    `json:"in_app,omitempty"`
					ContextLine string   `json:"context_line,omitempty"`
					PreContext  []string `json:"pre_context,omitempty"`
					PostContext []string `json:"post_context,omitempty"`
				} `json:"frames,omitempty"`
			} `json:"stacktrace,omitempty"`
		} `json:"exception,omitempty"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	return json.Marshal(e)
}
