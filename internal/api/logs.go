package api

import (
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

type logList struct {
	ProjectPath
	Searching
}

func (s *Server) registerLogs() {
	register(s, route{
		call: "GET /projects/{project_id}/logs", id: "list-logs", tag: "Logs",
		summary: "Search log entries, newest first", on: onProject, action: org.ReadEvents,
	}, s.listLogs)
}

func (s *Server) listLogs(ctx context.Context, in *logList) (*body[List[view.LogEntry]], error) {
	q, err := search.Parse(in.Query)
	if err != nil {
		return nil, err
	}
	r, err := in.span(s.Now(), 0)
	if err != nil {
		return nil, err
	}
	page, err := s.Telemetry.ListLogs(ctx, store.LogFilter{ProjectID: in.ProjectID, Query: q, Range: r}, in.request())
	return listOf(page, view.NewLogEntry), err
}
