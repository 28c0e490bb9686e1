package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

const timeout = 30 * time.Second

// rig is a real log and a real store with one project.
type rig struct {
	t       testing.TB
	dir     string
	log     *jetlog.Log
	name    string // of the partition
	db      *sqlstore.Store
	project org.Project
	told    *listener
	stop    func()
}

func newRig(t testing.TB, db *sqlstore.Store) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), db: db, told: &listener{count: map[string]int{}, kinds: map[string]int{}}}
	o, err := db.CreateOrganization(t.Context(), org.Organization{Slug: "default", Name: "Default"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.project, _, err = db.CreateProject(t.Context(), org.Project{OrganizationID: o.ID, Slug: "shop", Name: "Shop"},
		org.Key{Public: "0123456789abcdef0123456789abcdef", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	r.open()
	t.Cleanup(r.close)
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	r.log, err = jetlog.Open(context.Background(), jetlog.Options{Dir: r.dir, Durability: jetlog.OS, MinFree: -1})
	if err != nil {
		r.t.Fatal(err)
	}
	r.name = r.log.Partitions()[0]
	if r.stop, err = r.log.Subscribe(0, r.told.hear); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) close() {
	if r.log != nil {
		r.stop()
		_ = r.log.Close(context.Background())
		r.log = nil
	}
}

// processor starts over, as a new process would.
func (r *rig) processor(o Options, wrap func(store.Applier) store.Applier) *Processor {
	r.t.Helper()
	consumer, err := r.log.Consumer(r.name)
	if err != nil {
		r.t.Fatal(err)
	}
	var applier store.Applier = r.db
	if wrap != nil {
		applier = wrap(applier)
	}
	if o.Interval == 0 {
		o.Interval = time.Nanosecond // batches are cut by their size alone
	}
	return New(Parts{Consumer: consumer, Partition: r.name, Applier: applier, Projects: r.db, Issues: r.db, Facts: r.log}, o)
}

var errDrained = errors.New("the log is empty")

// drain processes until the log is empty, or p fails.
func (r *rig) drain(p *Processor) error {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), timeout)
	defer cancel()
	if err := p.resume(ctx); err != nil {
		return err
	}
	drained := func() error {
		lag, err := p.parts.Consumer.Lag(ctx)
		if err == nil && lag == 0 {
			err = errDrained
		}
		return err
	}
	err := drained()
	if err == nil {
		crash := p.crash
		defer func() { p.crash = crash }()
		p.crash = func(s stage) error {
			if crash != nil {
				if err := crash(s); err != nil {
					return err
				}
			}
			if s == afterAck {
				return drained()
			}
			return nil
		}
		err = p.run(ctx)
	}
	if errors.Is(err, errDrained) {
		return nil
	}
	return err
}

func (r *rig) mustDrain(o Options) {
	r.t.Helper()
	if err := r.drain(r.processor(o, nil)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) append(records ...eventlog.Record) {
	r.t.Helper()
	if err := r.log.Append(r.t.Context(), records); err != nil {
		r.t.Fatal(err)
	}
}

// event makes the record of an event that is one bug with all of the same kind.
func (r *rig) event(n int, kind string) eventlog.Record {
	return r.raw(n, fmt.Sprintf(`{"exception":{"values":[{"type":%q,"value":"request %d failed"}]},"user":{"id":"u%d"}}`, kind, n, n%7))
}

func (r *rig) raw(n int, body string) eventlog.Record {
	rec := eventlog.Record{
		Kind: eventlog.KindEvent, ProjectID: r.project.ID, KeyID: 1,
		Received: time.Now().UnixMicro(), Body: []byte(body),
	}
	copy(rec.EventID[:], fmt.Sprintf("event-%010d", n))
	return rec
}

func (r *rig) ledgerRecord(lines ...store.LedgerCount) eventlog.Record {
	body, err := json.Marshal(lines)
	if err != nil {
		r.t.Fatal(err)
	}
	rec := r.raw(0, string(body))
	rec.Kind = eventlog.KindLedger
	return rec
}

// events reads everything that is stored.
func (r *rig) events() []store.EventSummary {
	r.t.Helper()
	var out []store.EventSummary
	for after := int64(0); ; {
		page, err := r.db.EventsAfter(r.t.Context(), store.EventFilter{ProjectID: r.project.ID}, after, 1000)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
		after = page[len(page)-1].ID
	}
}

// ledger sums what is counted, by "outcome/reason".
func (r *rig) ledger() map[string]int64 {
	r.t.Helper()
	now := time.Now()
	lines, err := r.db.Ledger(r.t.Context(), store.StatsFilter{
		ProjectID: r.project.ID, Width: 60,
		Range: store.TimeRange{Start: now.Add(-time.Hour).UnixMicro(), End: now.Add(time.Hour).UnixMicro()},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, l := range lines {
		out[l.Outcome+"/"+l.Reason] += l.Quantity
	}
	return out
}

// totals sums up what the ledger has counted since the start, by outcome and reason.
func (r *rig) totals() map[string]int64 {
	r.t.Helper()
	lines, err := r.db.LedgerTotals(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, l := range lines {
		out[l.Outcome+"/"+l.Reason] += l.Quantity
	}
	return out
}

// listener remembers the facts it heard, by id.
type listener struct {
	mu    sync.Mutex
	count map[string]int
	kinds map[string]int // different facts by kind
}

func (l *listener) hear(f eventlog.Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[f.ID]++; l.count[f.ID] == 1 {
		l.kinds[f.Kind]++
	}
}

// different waits until so many different facts of a kind were heard.
func (l *listener) different(t *testing.T, kind string, want int) {
	t.Helper()
	have := 0
	for end := time.Now().Add(timeout); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		have = l.kinds[kind]
		l.mu.Unlock()
		if have >= want || time.Now().After(end) {
			break
		}
	}
	if have != want {
		t.Errorf("%d different facts %s, want %d", have, kind, want)
	}
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) { test(t, newRig(t, s)) })
}
