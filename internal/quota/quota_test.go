package quota

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

var start = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC).UnixMicro()

const second = 1_000_000

func errorsOf(n, now int64) Demand { return Demand{Category: "error", Quantity: n, Now: now} }

func TestTheRateLetsAMinuteThroughAtOnceAndThenItsPace(t *testing.T) {
	t.Parallel()
	l := NewLimiter(nil, nil)
	s := Subject{ProjectID: 1, Settings: &org.Settings{RateLimitPerMinute: 60}}
	if d := l.Allow(s, errorsOf(50, start)); d.Allowed != 50 || d.Reason != "" {
		t.Errorf("the first 50: %+v", d)
	}
	d := l.Allow(s, errorsOf(50, start))
	if d.Allowed != 10 || d.Reason != ReasonProjectRate || d.Scope != "project" || d.RetryAfter != time.Second {
		t.Errorf("the next 50: %+v", d)
	}
	if d := l.Allow(s, errorsOf(50, start+5*second)); d.Allowed != 5 {
		t.Errorf("5 s later: %+v", d)
	}
	if d := l.Allow(s, errorsOf(500, start+3600*second)); d.Allowed != 60 {
		t.Errorf("an hour later: %+v", d)
	}
}

func TestABurstIsWhatMayComeAtOnce(t *testing.T) {
	t.Parallel()
	l := NewLimiter(nil, nil)
	with := func(burst int64) Subject {
		return Subject{ProjectID: 1, Settings: &org.Settings{RateLimitPerMinute: 600, RateLimitBurst: burst}}
	}
	if d := l.Allow(with(20), errorsOf(50, start)); d.Allowed != 20 || d.Reason != ReasonProjectRate {
		t.Errorf("at once: %+v", d)
	}
	if d := l.Allow(with(20), errorsOf(50, start+second)); d.Allowed != 10 {
		t.Errorf("a second later: %+v", d)
	}
	if d := l.Allow(with(20), errorsOf(50, start+60*second)); d.Allowed != 20 {
		t.Errorf("a minute later: %+v", d)
	}
	if d := l.Allow(with(25), errorsOf(50, start+60*second)); d.Allowed != 5 {
		t.Errorf("with a larger one: %+v", d)
	}
	if d := l.Allow(with(900), errorsOf(2000, start+300*second)); d.Allowed != 900 {
		t.Errorf("with one of more than a minute's worth: %+v", d)
	}
}

func TestLimitsAreOfTheirProjectAndKey(t *testing.T) {
	t.Parallel()
	l := NewLimiter(nil, nil)
	settings := &org.Settings{RateLimitPerMinute: 10}
	one := Subject{ProjectID: 1, KeyID: 1, KeyRatePerMinute: 3, Settings: settings}
	other := Subject{ProjectID: 1, KeyID: 2, Settings: settings}
	if d := l.Allow(one, errorsOf(5, start)); d.Allowed != 3 || d.Reason != ReasonKeyRate || d.Scope != "key" || d.RetryAfter != 20*time.Second {
		t.Errorf("limited key: %+v", d)
	}
	// What the key's limit refused did not take the project's tokens.
	if d := l.Allow(other, errorsOf(10, start)); d.Allowed != 7 || d.Reason != ReasonProjectRate {
		t.Errorf("other key of the project: %+v", d)
	}
	if d := l.Allow(Subject{ProjectID: 2, KeyID: 3, Settings: settings}, errorsOf(10, start)); d.Allowed != 10 {
		t.Errorf("other project: %+v", d)
	}
}

func TestChangedSettingsActAtOnce(t *testing.T) {
	t.Parallel()
	l := NewLimiter(nil, nil)
	with := func(rate int64) Subject {
		return Subject{ProjectID: 1, Settings: &org.Settings{RateLimitPerMinute: rate}}
	}
	l.Allow(with(100), errorsOf(1, start))
	if d := l.Allow(with(5), errorsOf(50, start)); d.Allowed != 5 {
		t.Errorf("lowered: %+v", d)
	}
	if d := l.Allow(with(0), errorsOf(50, start)); d.Allowed != 50 {
		t.Errorf("taken off: %+v", d)
	}
	if d := l.Allow(with(600), errorsOf(50, start)); d.Allowed != 50 {
		t.Errorf("raised: %+v", d)
	}
}

func TestOnlyEventsAreLimited(t *testing.T) {
	t.Parallel()
	l := NewLimiter(nil, nil)
	s := Subject{ProjectID: 1, Settings: &org.Settings{RateLimitPerMinute: 1}}
	if d := l.Allow(s, Demand{Category: "log", Quantity: 100, Now: start}); d.Allowed != 100 {
		t.Errorf("logs: %+v", d)
	}
	if d := l.Allow(Subject{ProjectID: 1}, errorsOf(100, start)); d.Allowed != 100 {
		t.Errorf("no settings: %+v", d)
	}
}

// books is a ledger and the projects in it.
type books struct {
	projects []org.Project
	lines    []store.LedgerCount
	err      error
	ranges   []store.TimeRange
}

func (b *books) AllProjects(context.Context) ([]org.Project, error) { return b.projects, b.err }

func (b *books) Ledger(_ context.Context, f store.StatsFilter) ([]store.LedgerCount, error) {
	b.ranges = append(b.ranges, f.Range)
	return b.lines, b.err
}

func TestQuota(t *testing.T) {
	t.Parallel()
	now := time.Now().UnixMicro()
	settings := org.Settings{MonthlyQuota: 100}
	b := &books{
		projects: []org.Project{{ID: 1, Settings: settings}, {ID: 2}},
		lines: []store.LedgerCount{
			{Category: "error", Outcome: store.Stored, Quantity: 60},
			{Category: "error", Outcome: store.Filtered, Quantity: 1000},
			{Category: "log", Outcome: store.Stored, Quantity: 1000},
		},
	}
	l := NewLimiter(b, b)
	s := Subject{ProjectID: 1, Settings: &settings}
	refresh := func() {
		t.Helper()
		if err := l.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	if len(b.ranges) != 1 || b.ranges[0].Start != monthStart(now) {
		t.Errorf("the ledger was asked for %v", b.ranges)
	}
	if d := l.Allow(s, errorsOf(30, now)); d.Allowed != 30 {
		t.Errorf("within the quota: %+v", d)
	}
	if d := l.Allow(s, errorsOf(30, now)); d.Allowed != 10 || d.Reason != ReasonQuota || d.RetryAfter <= 0 || d.RetryAfter > maxRetry {
		t.Errorf("at its end: %+v", d)
	}
	refresh() // the 40 that were granted may not be stored yet
	if d := l.Allow(s, errorsOf(1, now)); d.Allowed != 0 {
		t.Errorf("after a refresh: %+v", d)
	}
	refresh() // by now they would be: they were filtered
	if d := l.Allow(s, errorsOf(100, now)); d.Allowed != 40 {
		t.Errorf("after the next refresh: %+v", d)
	}
	if d := l.Allow(s, errorsOf(5, now+32*24*3600*second)); d.Allowed != 5 {
		t.Errorf("in the next month: %+v", d)
	}
	b.err = errors.New("down")
	if l.Refresh(t.Context()) == nil {
		t.Error("a failed refresh is silent")
	}
}

func TestSpikeProtection(t *testing.T) {
	t.Parallel()
	settings := org.Settings{SpikeProtection: true}
	b := &books{
		projects: []org.Project{{ID: 1, Settings: settings}},
		lines:    []store.LedgerCount{{Category: "error", Outcome: store.Stored, Quantity: 24 * 60 * 100}},
	}
	l := NewLimiter(b, b)
	now := time.Now().UnixMicro()
	s := Subject{ProjectID: 1, Settings: &settings}
	if d := l.Allow(s, errorsOf(5000, now)); d.Allowed != spikeFloor || d.Reason != ReasonSpike {
		t.Errorf("without a past: %+v", d)
	}
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := l.Allow(s, errorsOf(5000, now+60*second)); d.Allowed != 1000 {
		t.Errorf("ten times the usual 100 a minute: %+v", d)
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	december := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	if got := untilNextMonth(december.UnixMicro()); got != time.Hour {
		t.Errorf("until next month = %v", got)
	}
	if got := monthStart(december.UnixMicro()); got != time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).UnixMicro() {
		t.Errorf("month start = %v", time.UnixMicro(got))
	}
}

func BenchmarkAllow(b *testing.B) {
	l := NewLimiter(nil, nil)
	s := Subject{ProjectID: 1, Settings: &org.Settings{RateLimitPerMinute: 1 << 40}}
	b.ReportAllocs()
	for b.Loop() {
		l.Allow(s, errorsOf(1, start))
	}
}
