package api

import (
	"context"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/quota"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Usage is the ledger of a project: accepted = stored + filtered + sampled + rate_limited + discarded + failed.
type Usage struct {
	Interval string `json:"interval" enum:"minute,hour,day"`
	Accepted int64  `json:"accepted" doc:"Sum of all outcomes but client_lost"`
	// Outcomes has every outcome, zeroes included.
	Outcomes      map[string]int64 `json:"outcomes"`
	Bytes         int64            `json:"bytes" doc:"Bytes clients sent of what was stored in the period"`
	StorageBytes  int64            `json:"storage_bytes" doc:"Bytes the project occupies now, by what its clients sent"`
	MonthEvents   int64            `json:"month_events" doc:"Events stored in this calendar month (UTC), which monthly_quota bounds"`
	RetentionDays int              `json:"retention_days" doc:"How long events are kept; the server's default where the settings say 0"`
	Items         []LedgerLine     `json:"items" nullable:"false"`
}

// LedgerLine is one line of the ledger.
type LedgerLine struct {
	Start    view.Time `json:"start" format:"date-time"`
	Category string    `json:"category" example:"error"`
	Outcome  string    `json:"outcome" example:"stored"`
	Reason   string    `json:"reason"`
	Quantity int64     `json:"quantity"`
	Bytes    int64     `json:"bytes"`
}

func (s *Server) registerUsage() {
	register(s, route{
		call: "GET /projects/{project_id}/usage", id: "get-usage", tag: "Statistics",
		summary: "What became of everything that was sent", on: onProject, action: org.ReadProject,
	}, s.getUsage)
}

func (s *Server) getUsage(ctx context.Context, in *projectChart) (*body[Usage], error) {
	f, err := s.statsFilter(in.ProjectID, in.Charting)
	if err != nil {
		return nil, err
	}
	lines, err := s.Telemetry.Ledger(ctx, f)
	if err != nil {
		return nil, err
	}
	u := Usage{Interval: intervalOf(f.Width), Outcomes: map[string]int64{
		store.Stored: 0, store.Filtered: 0, store.Sampled: 0, store.RateLimited: 0,
		store.Discarded: 0, store.Failed: 0, store.ClientLost: 0,
	}}
	u.Items = shapeAll(lines, newLedgerLine)
	for _, l := range lines {
		u.Outcomes[l.Outcome] += l.Quantity
		if l.Outcome != store.ClientLost {
			u.Accepted += l.Quantity
		}
		if l.Outcome == store.Stored {
			u.Bytes += l.Bytes
		}
	}
	u.RetentionDays = s.retentionDays(callerOf(ctx).project.Settings.RetentionDays)
	if u.MonthEvents, err = quota.MonthEvents(ctx, s.Telemetry, in.ProjectID, s.Now().UnixMicro()); err != nil {
		return nil, err
	}
	u.StorageBytes, err = s.Telemetry.StorageBytes(ctx, in.ProjectID)
	return answer(u), err
}

func newLedgerLine(l store.LedgerCount) LedgerLine {
	return LedgerLine{
		Start: view.Time(l.Minute * time.Minute.Microseconds()), Category: l.Category,
		Outcome: l.Outcome, Reason: l.Reason, Quantity: l.Quantity, Bytes: l.Bytes,
	}
}
