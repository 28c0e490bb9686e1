package api

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Discard drops future events like those of a deleted issue.
type Discard struct {
	ID         int64      `json:"id"`
	Title      string     `json:"title" doc:"Of the deleted issue"`
	CreatedAt  view.Time  `json:"created_at" format:"date-time"`
	CreatedBy  int64      `json:"created_by" doc:"User id"`
	Count      int64      `json:"count" doc:"Events dropped since"`
	LastSeenAt *view.Time `json:"last_seen_at" format:"date-time" doc:"When the last of them came"`
}

type discardPath struct {
	ProjectPath
	ID int64 `path:"discard_id"`
}

func (s *Server) registerDiscards() {
	register(s, route{
		call: "GET /projects/{project_id}/discards", id: "list-discards", tag: "Issues",
		summary: "What is dropped because its issue was deleted and discarded", on: onProject, action: org.ReadIssues,
	}, s.listDiscards)
	register(s, route{
		call: "DELETE /projects/{project_id}/discards/{discard_id}", id: "delete-discard", tag: "Issues",
		summary: "Let such events in again", on: onProject, action: org.DeleteIssues,
	}, s.deleteDiscard)
}

func (s *Server) listDiscards(ctx context.Context, in *ProjectPath) (*body[List[Discard]], error) {
	list, err := s.Telemetry.ListDiscards(ctx, in.ProjectID)
	return listOf(store.Page[store.Discard]{Items: list}, func(d store.Discard) Discard {
		return Discard{
			ID: d.ID, Title: d.Title, CreatedAt: view.Time(d.CreatedAt), CreatedBy: d.CreatedBy,
			Count: d.Count, LastSeenAt: view.Some(d.LastAt),
		}
	}), err
}

func (s *Server) deleteDiscard(ctx context.Context, in *discardPath) (*none, error) {
	if err := s.Telemetry.DeleteDiscard(ctx, in.ProjectID, in.ID); err != nil {
		return nil, err
	}
	return nil, s.record(ctx, act{orgID: callerOf(ctx).orgID, action: "discard.ended", kind: "discard", id: in.ID, data: map[string]any{"project_id": in.ProjectID}})
}
