package quota

import (
	"context"
	"fmt"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Ledger tells what projects have stored.
type Ledger interface {
	// Ledger is store.StatsReader's.
	Ledger(ctx context.Context, f store.StatsFilter) ([]store.LedgerCount, error)
}

// Projects lists every project with its settings.
type Projects interface {
	AllProjects(ctx context.Context) ([]org.Project, error)
}

const (
	// spikeFactor times the usual rate, and at least spikeFloor events a minute, count as a spike.
	spikeFactor = 10
	spikeFloor  = 600
	spikeWindow = 24 * time.Hour
)

// usage is what a project has stored this month and how much it usually sends.
type usage struct {
	month int64 // its start, Unix µs
	// stored is from the ledger at the last refresh. Events that were granted
	// shortly before are not in it yet, so those granted since the refresh
	// before that one are added.
	stored, grantedBefore, granted int64
	perMinute                      int64
}

func (u *usage) used() int64 { return u.stored + u.grantedBefore + u.granted }

func (u *usage) spikeLimit() int64 { return max(spikeFactor*u.perMinute, spikeFloor) }

func (l *Limiter) usageOf(projectID, now int64) *usage {
	u := l.use[projectID]
	if u == nil {
		if len(l.use) >= maxKnown {
			clear(l.use)
		}
		u = &usage{}
		l.use[projectID] = u
	}
	if start := monthStart(now); u.month != start {
		*u = usage{month: start, perMinute: u.perMinute}
	}
	return u
}

func monthStart(micros int64) int64 {
	t := time.UnixMicro(micros).UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).UnixMicro()
}

func untilNextMonth(micros int64) time.Duration {
	t := time.UnixMicro(micros).UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC).Sub(t)
}

// Refresh reads what the projects with a quota or spike protection have stored.
func (l *Limiter) Refresh(ctx context.Context) error {
	projects, err := l.projects.AllProjects(ctx)
	if err != nil {
		return fmt.Errorf("refresh quotas: %w", err)
	}
	now := time.Now().UnixMicro()
	for _, p := range projects {
		if p.Settings.MonthlyQuota <= 0 && !p.Settings.SpikeProtection {
			continue
		}
		if err := l.refresh(ctx, p, now); err != nil {
			return fmt.Errorf("refresh quota of project %d: %w", p.ID, err)
		}
	}
	return nil
}

func (l *Limiter) refresh(ctx context.Context, p org.Project, now int64) error {
	var stored, recent int64
	var err error
	if p.Settings.MonthlyQuota > 0 {
		if stored, err = MonthEvents(ctx, l.ledger, p.ID, now); err != nil {
			return err
		}
	}
	if p.Settings.SpikeProtection {
		if recent, err = storedEvents(ctx, l.ledger, p.ID, now-spikeWindow.Microseconds(), now); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.usageOf(p.ID, now)
	u.stored, u.grantedBefore, u.granted = stored, u.granted, 0
	u.perMinute = recent / int64(spikeWindow/time.Minute)
	return nil
}

// MonthEvents is how many events that count towards its quota a project has
// stored in the calendar month (UTC) of now, Unix µs.
func MonthEvents(ctx context.Context, l Ledger, projectID, now int64) (int64, error) {
	return storedEvents(ctx, l, projectID, monthStart(now), now)
}

func storedEvents(ctx context.Context, l Ledger, projectID, start, end int64) (int64, error) {
	lines, err := l.Ledger(ctx, store.StatsFilter{
		ProjectID: projectID, Range: store.TimeRange{Start: start, End: end + minuteMicros}, Width: 86400,
	})
	sum := int64(0)
	for _, line := range lines {
		if line.Outcome == store.Stored && limited(line.Category) {
			sum += line.Quantity
		}
	}
	return sum, err
}
