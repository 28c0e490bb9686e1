package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// patternsRead bounds the patterns that are read to make the list.
const patternsRead = 10_000

type logPatternList struct {
	ProjectPath
	Sort  string `query:"sort" enum:"count,last_seen" default:"count" doc:"Always descending"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// LogPattern is one statement of a program that writes log entries.
type LogPattern struct {
	Pattern   string    `json:"pattern" doc:"The text with what varies replaced"`
	Level     string    `json:"level" enum:"trace,debug,info,warning,error,fatal," doc:"Of the newest entry"`
	Count     int64     `json:"count"`
	FirstSeen view.Time `json:"first_seen" format:"date-time"`
	LastSeen  view.Time `json:"last_seen" format:"date-time"`
}

func (s *Server) registerLogPatterns() {
	register(s, route{
		call: "GET /projects/{project_id}/log-patterns", id: "list-log-patterns", tag: "Logs",
		summary: "Log entries by the statement that wrote them", on: onProject, action: org.ReadEvents,
	}, s.listLogPatterns)
}

func (s *Server) listLogPatterns(ctx context.Context, in *logPatternList) (*body[List[LogPattern]], error) {
	stored, err := s.Telemetry.LogPatterns(ctx, in.ProjectID, patternsRead)
	if err != nil {
		return nil, err
	}
	if stored, err = s.foldPatterns(ctx, in.ProjectID, stored); err != nil {
		return nil, err
	}
	slices.SortStableFunc(stored, func(a, b store.LogPattern) int {
		if in.Sort == "last_seen" {
			return cmp.Compare(b.LastSeen, a.LastSeen)
		}
		return cmp.Compare(b.Count, a.Count)
	})
	page := store.Page[store.LogPattern]{Items: stored[:min(len(stored), in.Limit)]}
	return listOf(page, func(p store.LogPattern) LogPattern {
		return LogPattern{Pattern: p.Pattern, Level: p.Level.String(), Count: p.Count, FirstSeen: view.Time(p.FirstSeen), LastSeen: view.Time(p.LastSeen)}
	}), nil
}

// foldPatterns adds up patterns that have become one since they were counted:
// a learner that knows what is known now takes the stored texts for log lines.
func (s *Server) foldPatterns(ctx context.Context, projectID int64, stored []store.LogPattern) ([]store.LogPattern, error) {
	snapshot, err := s.Telemetry.LoadLearner(ctx, projectID)
	if err != nil {
		return nil, fmt.Errorf("load log patterns: %w", err)
	}
	l := grouping.NewLearner()
	if snapshot != nil {
		// What another version wrote says nothing; the stored texts alone then make the patterns.
		_ = l.Restore(snapshot)
	}
	ids := make([]uint32, len(stored))
	for i := range stored {
		ids[i], _ = l.Learn(stored[i].Pattern)
	}
	at := map[uint32]int{}
	var folded []store.LogPattern
	for i, p := range stored {
		id := l.Resolve(ids[i])
		n, ok := at[id]
		if !ok {
			at[id] = len(folded)
			if text := l.Template(id); text != "" {
				p.Pattern = text
			}
			folded = append(folded, p)
			continue
		}
		f := &folded[n]
		f.Count += p.Count
		f.FirstSeen = min(f.FirstSeen, p.FirstSeen)
		f.LastSeen = max(f.LastSeen, p.LastSeen) // stored is last seen first, so the level is the newest's
	}
	return folded, nil
}
