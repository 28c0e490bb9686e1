package sqlstore

import (
	"context"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// maxPoints bounds a chart: a week of minutes.
const maxPoints = 10_080

// settled fills in the end and the width that a filter leaves open.
func settled(f store.StatsFilter) (store.StatsFilter, error) {
	if f.Range.End == 0 {
		f.Range.End = time.Now().UnixMicro()
	}
	if f.Width == 0 {
		f.Width = rollup.WidthFor(f.Range.Start, f.Range.End)
	}
	switch f.Width {
	case rollup.Minute, rollup.Hour, rollup.Day:
	default:
		return f, fault.Field("query.interval", "the interval must be minute, hour or day")
	}
	if (f.Range.End-f.Range.Start)/(f.Width*1_000_000) > maxPoints {
		return f, fault.Field("query.interval", "the range has more than %d intervals: choose a longer interval or a shorter range", maxPoints)
	}
	return f, nil
}

// hours returns the first and last hour bucket that overlap a range.
func hours(r store.TimeRange) (first, last int64) {
	return rollup.Bucket(r.Start, rollup.Hour), rollup.Bucket(r.End-1, rollup.Hour)
}

// daySpans are whole days, read from a table of days, and the hours before and after them, read from one of hours.
type daySpans struct{ before, after, days bucketSpan }

// bucketSpan are buckets from the first to the last; none when that is before it.
type bucketSpan struct{ first, last int64 }

var noBuckets = bucketSpan{1, 0}

// newestHour is the last hour of a project that has anything.
func newestHour(ctx context.Context, c conn, projectID int64) (hour int64, err error) {
	err = c.row(ctx, "SELECT COALESCE(MAX(bucket), 0) FROM project_hours WHERE project_id = $1", []any{projectID}, &hour)
	return hour, err
}

// newDaySpans parts a range. A day that has nothing after the range yet is read
// as a whole: most ranges end now.
func newDaySpans(r store.TimeRange, newest int64) daySpans {
	first, last := hours(r)
	fromDay, untilDay := (first+23)/24, (last+1)/24
	if last >= newest {
		untilDay = last/24 + 1
	}
	if untilDay <= fromDay {
		return daySpans{bucketSpan{first, last}, noBuckets, noBuckets}
	}
	return daySpans{bucketSpan{first, fromDay*24 - 1}, bucketSpan{untilDay * 24, last}, bucketSpan{fromDay, untilDay - 1}}
}

// Volume implements store.StatsReader.
func (s *Store) Volume(ctx context.Context, f store.StatsFilter) ([]store.VolumePoint, error) {
	f, err := settled(f)
	if err != nil {
		return nil, err
	}
	table, width := "project_hours", rollup.Hour
	if f.Width == rollup.Minute {
		table, width = "project_minutes", rollup.Minute
	}
	points := newPoints(f)
	first, last := rollup.Bucket(f.Range.Start, width), rollup.Bucket(f.Range.End-1, width)
	err = s.read(ctx, func(c conn) error {
		return c.each(ctx, "SELECT bucket, level, count FROM "+table+" WHERE project_id = $1 AND bucket >= $2 AND bucket <= $3", []any{f.ProjectID, first, last}, func(r scanner) error {
			var bucket, n int64
			var level event.Level
			err := r.Scan(&bucket, &level, &n)
			points.add(rollup.Start(bucket, width), level, n)
			return err
		})
	})
	return points.list, err
}

// points is a chart with its gaps filled.
type points struct {
	f    store.StatsFilter
	list []store.VolumePoint
	at   map[int64]int
}

func newPoints(f store.StatsFilter) *points {
	p := &points{f: f, at: map[int64]int{}}
	for i, start := range rollup.Starts(f.Range.Start, f.Range.End, f.Width, f.Offset, maxPoints+2) {
		p.at[start] = i
		p.list = append(p.list, store.VolumePoint{Start: start, Levels: map[event.Level]int64{}})
	}
	return p
}

func (p *points) add(at int64, level event.Level, n int64) {
	if i, ok := p.at[rollup.LocalStart(at, p.f.Width, p.f.Offset)]; ok {
		p.list[i].Levels[level] += n
		p.list[i].Total += n
	}
}

// IssueTimeline implements store.StatsReader. Issues are counted per hour, at their own level.
func (s *Store) IssueTimeline(ctx context.Context, issueID int64, f store.StatsFilter) ([]store.VolumePoint, error) {
	f, err := settled(f)
	if err != nil {
		return nil, err
	}
	f.Width = max(f.Width, rollup.Hour)
	points := newPoints(f)
	first, last := hours(f.Range)
	err = s.read(ctx, func(c conn) error {
		i, err := issueByID(ctx, c, issueID, "")
		if err != nil {
			return err
		}
		return c.each(ctx, "SELECT hour, count FROM issue_hours WHERE issue_id = $1 AND hour >= $2 AND hour <= $3", []any{i.ID, first, last}, func(r scanner) error {
			var hour, n int64
			err := r.Scan(&hour, &n)
			points.add(rollup.Start(hour, rollup.Hour), i.Level, n)
			return err
		})
	})
	return points.list, err
}

// Levels implements store.StatsReader.
func (s *Store) Levels(ctx context.Context, f store.StatsFilter) (map[event.Level]int64, error) {
	list, err := s.Volume(ctx, f)
	levels := map[event.Level]int64{}
	for _, p := range list {
		for level, n := range p.Levels {
			levels[level] += n
		}
	}
	return levels, err
}

// issuesSeen are the conditions of issues that may have events in a range.
func issuesSeen(f store.StatsFilter) *where {
	w := &where{}
	w.add("project_id = ?", f.ProjectID)
	w.add(visible)
	// Counters go by reception, last_seen by the date that an event gives itself.
	w.add("last_seen >= ?", f.Range.Start-event.MaxPast)
	return w
}

// TopIssues implements store.StatsReader.
func (s *Store) TopIssues(ctx context.Context, f store.StatsFilter, limit int) ([]store.TopIssue, error) {
	f, err := settled(f)
	if err != nil {
		return nil, err
	}
	var top []store.TopIssue
	err = s.read(ctx, func(c conn) error {
		w := issuesSeen(f)
		counted, err := countedIssues(ctx, c, w, f.ProjectID, countColumn{"n", f.Range})
		if err != nil {
			return err
		}
		query := "WITH " + counted + ", " +
			w.numbered("top AS (SELECT counted_id, n FROM counted WHERE n > 0 ORDER BY n DESC, counted_id DESC LIMIT ?)", limit)
		top, err = all(ctx, c, func(r scanner) (store.TopIssue, error) {
			var t store.TopIssue
			err := r.Scan(append(issueFields(&t.Issue), &t.Count)...)
			return t, err
		}, query+" SELECT "+issueColumns+", n FROM top JOIN issues ON id = counted_id ORDER BY n DESC, id DESC", w.args...)
		return err
	})
	return top, err
}

// Health implements store.StatsReader.
func (s *Store) Health(ctx context.Context, f store.StatsFilter) (store.Health, error) {
	f, err := settled(f)
	if err != nil {
		return store.Health{}, err
	}
	var h store.Health
	err = s.read(ctx, func(c conn) error {
		first, last := hours(f.Range)
		if err := c.row(ctx, `SELECT CAST(COALESCE(SUM(CASE WHEN bucket >= $2 THEN count ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN bucket < $2 THEN count ELSE 0 END), 0) AS BIGINT)
			FROM project_hours WHERE project_id = $1 AND bucket >= $3 AND bucket <= $4`, []any{f.ProjectID, first, 2*first - last - 1, last}, &h.Events, &h.EventsBefore); err != nil {
			return err
		}
		if err := issueCounts(ctx, c, f, &h); err != nil {
			return err
		}
		h.UsersAffected, err = usersBetween(ctx, c, f.ProjectID, first, last)
		return err
	})
	return h, err
}

func issueCounts(ctx context.Context, c conn, f store.StatsFilter, h *store.Health) error {
	for _, count := range []struct {
		condition string
		to        *int64
		args      []any
	}{
		{"first_seen >= $2 AND first_seen < $3", &h.NewIssues, []any{f.ProjectID, f.Range.Start, f.Range.End}},
		{"last_seen >= $2 AND regressed_at >= $2 AND regressed_at < $3", &h.Regressed, []any{f.ProjectID, f.Range.Start, f.Range.End}},
		{"status = $2", &h.Unresolved, []any{f.ProjectID, uint8(issue.Unresolved)}},
	} {
		if err := c.row(ctx, "SELECT COUNT(*) FROM issues WHERE project_id = $1 AND "+visible+" AND "+count.condition, count.args, count.to); err != nil {
			return err
		}
	}
	return nil
}

func usersBetween(ctx context.Context, c conn, projectID, first, last int64) (int64, error) {
	var sum rollup.Sketch
	err := c.each(ctx, "SELECT sketch FROM project_users WHERE project_id = $1 AND hour >= $2 AND hour <= $3", []any{projectID, first, last}, func(r scanner) error {
		var b []byte
		if err := r.Scan(&b); err != nil {
			return err
		}
		sketch, err := rollup.ParseSketch(b)
		if err == nil {
			sum.Merge(sketch)
		}
		return err
	})
	return sum.Count(), err
}
