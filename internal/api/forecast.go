package api

import (
	"cmp"
	"context"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/store"
)

type forecastOf struct {
	ProjectPath
	RetentionDays int   `query:"retention_days" minimum:"0" maximum:"3650" doc:"0 for the server's default"`
	ByteBudget    int64 `query:"byte_budget" minimum:"0" doc:"0 for no cap"`
}

// RetentionForecast is what retention would remove at its next sweep.
type RetentionForecast struct {
	RetentionDays int     `json:"retention_days" doc:"The server's default where 0 was asked for"`
	Held          Holding `json:"held" doc:"What the project holds now"`
	Expired       Holding `json:"expired" doc:"What is older than the days"`
	Thinned       Holding `json:"thinned" doc:"What the byte budget then pushes out: days is 0, events and logs are estimates from the average size"`
}

// Holding is a number of events and log entries, and the bytes measured as they were written.
type Holding struct {
	Days   int64 `json:"days"`
	Events int64 `json:"events"`
	Logs   int64 `json:"logs"`
	Bytes  int64 `json:"bytes"`
}

func (s *Server) registerForecast() {
	register(s, route{
		call: "GET /projects/{project_id}/retention-forecast", id: "get-retention-forecast", tag: "Projects",
		summary: "What a retention would remove", description: "A dry run: nothing is changed. Ask before you change retention_days or byte_budget in the settings.",
		on: onProject, action: org.ReadProject,
	}, s.getForecast)
}

func (s *Server) getForecast(ctx context.Context, in *forecastOf) (*body[RetentionForecast], error) {
	days := s.retentionDays(in.RetentionDays)
	f, err := retention.Foresee(ctx, s.Telemetry, retention.Proposal{ProjectID: in.ProjectID, Days: days, ByteBudget: in.ByteBudget, Now: s.Now()})
	return answer(RetentionForecast{RetentionDays: days, Held: holding(f.Held), Expired: holding(f.Expired), Thinned: holding(f.Thinned)}), err
}

// retentionDays is how long events are kept where the settings say so many days, of which 0 is the server's default.
func (s *Server) retentionDays(days int) int { return cmp.Or(days, s.RetentionDays) }

func holding(u store.Usage) Holding {
	return Holding{Days: u.Days, Events: u.Events, Logs: u.Logs, Bytes: u.Bytes}
}
