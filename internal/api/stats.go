package api

import (
	"context"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Charting is the input of every chart.
type Charting struct {
	Period
	Interval string `query:"interval" enum:"minute,hour,day,auto" default:"auto" doc:"Width of a bucket; auto fits the period"`
	Timezone string `query:"timezone" maxLength:"60" doc:"IANA name that decides where days begin; UTC when left out" example:"Europe/Berlin"`
}

type projectChart struct {
	ProjectPath
	Charting
}

type topIssues struct {
	ProjectPath
	Charting
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"10"`
}

type projectTags struct {
	ProjectPath
	Charting
	Key   string `query:"key" maxLength:"200" doc:"One tag; the first by name, with their most frequent values, when left out"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"10"`
}

// Volume is a chart of events over time, gaps filled with zeroes.
type Volume struct {
	Interval string        `json:"interval" enum:"minute,hour,day"`
	Points   []VolumePoint `json:"points" nullable:"false"`
}

// VolumePoint is one bucket.
type VolumePoint struct {
	Start  view.Time        `json:"start" format:"date-time"`
	Total  int64            `json:"total"`
	Levels map[string]int64 `json:"levels"`
}

// Levels counts events by level.
type Levels struct {
	Levels map[string]int64 `json:"levels"`
}

// TopIssue is an issue with its count within the period.
type TopIssue struct {
	Issue view.Issue `json:"issue"`
	Count int64      `json:"count"`
}

// ProjectTags is the spread of one tag, or of the most frequent ones.
type ProjectTags struct {
	Key    string            `json:"key"`
	Total  int64             `json:"total"`
	Values []TagCount        `json:"values" nullable:"false"`
	Items  []TagDistribution `json:"items" nullable:"false"`
}

type projectTagKeys struct {
	ProjectPath
	Charting
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// Health summarises a project.
type Health struct {
	Events           int64 `json:"events"`
	EventsBefore     int64 `json:"events_before" doc:"In the period of the same length before"`
	NewIssues        int64 `json:"new_issues"`
	RegressedIssues  int64 `json:"regressed_issues"`
	UnresolvedIssues int64 `json:"unresolved_issues"`
	UsersAffected    int64 `json:"users_affected"`
}

func (s *Server) registerStats() {
	register(s, route{
		call: "GET /projects/{project_id}/stats/volume", id: "get-volume", tag: "Statistics",
		summary: "Events over time", on: onProject, action: org.ReadIssues,
	}, s.getVolume)
	register(s, route{
		call: "GET /projects/{project_id}/stats/levels", id: "get-levels", tag: "Statistics",
		summary: "Events by level", on: onProject, action: org.ReadIssues,
	}, s.getLevels)
	register(s, route{
		call: "GET /projects/{project_id}/stats/top-issues", id: "get-top-issues", tag: "Statistics",
		summary: "Issues with the most events", on: onProject, action: org.ReadIssues,
	}, s.getTopIssues)
	register(s, route{
		call: "GET /projects/{project_id}/stats/tags", id: "get-project-tags", tag: "Statistics",
		summary: "How tags spread", on: onProject, action: org.ReadIssues,
	}, s.getProjectTags)
	register(s, route{
		call: "GET /projects/{project_id}/stats/tag-keys", id: "list-tag-keys", tag: "Statistics",
		summary: "The tags that have values, by name", on: onProject, action: org.ReadIssues,
	}, s.listTagKeys)
	register(s, route{
		call: "GET /projects/{project_id}/stats/health", id: "get-health", tag: "Statistics",
		summary: "A project in six numbers", on: onProject, action: org.ReadIssues,
	}, s.getHealth)
}

// defaultPeriod is what charts show without a start.
const defaultPeriod = 24 * time.Hour

// maxPoints bounds the buckets of a chart.
const maxPoints = 5000

func (s *Server) statsFilter(projectID int64, in Charting) (store.StatsFilter, error) {
	r, err := in.bounded(s.Now(), defaultPeriod)
	if err != nil {
		return store.StatsFilter{}, err
	}
	zone, err := time.LoadLocation(in.Timezone)
	if err != nil || in.Timezone == "Local" {
		return store.StatsFilter{}, fault.Field("query.timezone", "%q is no time zone; use an IANA name such as Europe/Berlin", in.Timezone)
	}
	f := store.StatsFilter{ProjectID: projectID, Range: r, Width: widthOf(in.Interval, r)}
	if (r.End-r.Start)/1e6/f.Width > maxPoints {
		return f, fault.Field("query.interval", "more than %d points; choose a wider interval or a shorter period", maxPoints)
	}
	if f.Width == day {
		_, offset := time.UnixMicro(r.End).In(zone).Zone()
		f.Offset = int64(offset)
	}
	return f, nil
}

// Bucket widths in seconds.
const (
	minute = 60
	hour   = 3600
	day    = 86400
)

func widthOf(interval string, r store.TimeRange) int64 {
	switch interval {
	case "minute":
		return minute
	case "hour":
		return hour
	case "day":
		return day
	}
	switch length := time.Duration(r.End-r.Start) * time.Microsecond; {
	case length <= 6*time.Hour:
		return minute
	case length <= 14*24*time.Hour:
		return hour
	default:
		return day
	}
}

func intervalOf(width int64) string {
	switch width {
	case minute:
		return "minute"
	case hour:
		return "hour"
	}
	return "day"
}

func newVolume(f store.StatsFilter, points []store.VolumePoint) Volume {
	return Volume{Interval: intervalOf(f.Width), Points: shapeAll(points, func(p store.VolumePoint) VolumePoint {
		return VolumePoint{Start: view.Time(p.Start), Total: p.Total, Levels: levelNames(p.Levels)}
	})}
}

func levelNames(counts map[event.Level]int64) map[string]int64 {
	names := make(map[string]int64, len(counts))
	for level, n := range counts {
		names[level.String()] = n
	}
	return names
}

func (s *Server) getVolume(ctx context.Context, in *projectChart) (*body[Volume], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	points, err := s.Telemetry.Volume(ctx, f)
	return answer(newVolume(f, points)), err
}

func (s *Server) getLevels(ctx context.Context, in *projectChart) (*body[Levels], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	counts, err := s.Telemetry.Levels(ctx, f)
	return answer(Levels{Levels: levelNames(counts)}), err
}

func (s *Server) getTopIssues(ctx context.Context, in *topIssues) (*body[List[TopIssue]], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	top, err := s.Telemetry.TopIssues(ctx, f, in.Limit)
	if err != nil {
		return nil, err
	}
	shown, err := s.showIssues(ctx, issuesOf(top))
	if err != nil {
		return nil, err
	}
	items := make([]TopIssue, len(top))
	for i := range top {
		items[i] = TopIssue{Issue: shown[i], Count: top[i].Count}
	}
	return answer(List[TopIssue]{Items: items}), nil
}

func (s *Server) getProjectTags(ctx context.Context, in *projectTags) (*body[ProjectTags], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	tags := ProjectTags{Key: in.Key, Values: []TagCount{}, Items: []TagDistribution{}}
	if in.Key == "" {
		list, err := s.Telemetry.ProjectTags(ctx, f, in.Limit)
		tags.Items = shapeAll(list, newTagDistribution)
		return answer(tags), err
	}
	values, err := s.Telemetry.TagValues(ctx, f, in.Key, in.Limit)
	tags.Total, tags.Values = values.Total, shapeAll(values.Values, newTagCount)
	return answer(tags), err
}

func (s *Server) listTagKeys(ctx context.Context, in *projectTagKeys) (*body[List[string]], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	keys, err := s.Telemetry.TagKeys(ctx, f, in.Limit)
	return answer(List[string]{Items: append([]string{}, keys...)}), err
}

func (s *Server) getHealth(ctx context.Context, in *projectChart) (*body[Health], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	h, err := s.Telemetry.Health(ctx, f)
	return answer(Health{
		Events: h.Events, EventsBefore: h.EventsBefore, NewIssues: h.NewIssues,
		RegressedIssues: h.Regressed, UnresolvedIssues: h.Unresolved, UsersAffected: h.UsersAffected,
	}), err
}

func issuesOf(top []store.TopIssue) []issue.Issue {
	return shapeAll(top, func(t store.TopIssue) issue.Issue { return t.Issue })
}
