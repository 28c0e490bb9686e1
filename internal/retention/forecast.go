package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/mesher/mesher/internal/store"
)

// Holdings is what a forecast reads: the sums per day that are kept as events are written.
type Holdings interface {
	Usage(ctx context.Context, projectID int64) (store.Usage, error)
	Expirable(ctx context.Context, projectID, before int64) (store.Usage, error)
}

// Proposal is a retention that a project might be given.
type Proposal struct {
	ProjectID int64
	Days      int
	// ByteBudget is 0 for no cap.
	ByteBudget int64
	Now        time.Time
}

// Forecast is what the next sweep would remove under a proposal.
type Forecast struct {
	Held store.Usage
	// Expired is what is older than the days, exactly. Thinned is what the
	// budget then pushes out: its bytes are exact, its events and log entries are as many as
	// such bytes hold on average.
	Expired, Thinned store.Usage
}

// Foresee is the dry run of Sweep for one project. It reads a row per day of
// the project and removes nothing.
func Foresee(ctx context.Context, h Holdings, p Proposal) (Forecast, error) {
	var f Forecast
	var err error
	if f.Held, err = h.Usage(ctx, p.ProjectID); err != nil {
		return f, fmt.Errorf("read usage: %w", err)
	}
	if f.Expired, err = h.Expirable(ctx, p.ProjectID, Cutoff(p.Now, p.Days)); err != nil {
		return f, fmt.Errorf("read what is over: %w", err)
	}
	left := store.Usage{Events: f.Held.Events - f.Expired.Events, Logs: f.Held.Logs - f.Expired.Logs, Bytes: f.Held.Bytes - f.Expired.Bytes}
	if over := left.Bytes - p.ByteBudget; p.ByteBudget > 0 && over > 0 {
		share := float64(over) / float64(left.Bytes)
		f.Thinned = store.Usage{Events: int64(share * float64(left.Events)), Logs: int64(share * float64(left.Logs)), Bytes: over}
	}
	return f, nil
}
