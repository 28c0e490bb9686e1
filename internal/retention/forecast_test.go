package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/store"
)

// holdings are four days of 100 events in 1000 bytes each.
type holdings struct{ newest time.Time }

func (h holdings) Usage(context.Context, int64) (store.Usage, error) {
	return store.Usage{Days: 4, Events: 400, Logs: 40, Bytes: 4000}, nil
}

func (h holdings) Expirable(_ context.Context, _, before int64) (store.Usage, error) {
	var u store.Usage
	for n := range int64(4) {
		if h.newest.AddDate(0, 0, -int(n)).UnixMicro() < before {
			u.Days, u.Events, u.Logs, u.Bytes = u.Days+1, u.Events+100, u.Logs+10, u.Bytes+1000
		}
	}
	return u, nil
}

func TestForesee(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		days             int
		budget           int64
		expired, thinned store.Usage
	}{
		{days: 90},
		{days: 2, expired: store.Usage{Days: 1, Events: 100, Logs: 10, Bytes: 1000}},
		{days: 90, budget: 4000},
		{days: 90, budget: 1000, thinned: store.Usage{Events: 300, Logs: 30, Bytes: 3000}},
		{days: 1, budget: 500, expired: store.Usage{Days: 2, Events: 200, Logs: 20, Bytes: 2000}, thinned: store.Usage{Events: 150, Logs: 15, Bytes: 1500}},
	} {
		f, err := retention.Foresee(t.Context(), holdings{newest: now}, retention.Proposal{ProjectID: 1, Days: c.days, ByteBudget: c.budget, Now: now})
		if err != nil || f.Expired != c.expired || f.Thinned != c.thinned || f.Held.Events != 400 {
			t.Errorf("%d days, %d bytes: got %+v, %v", c.days, c.budget, f, err)
		}
	}
}
