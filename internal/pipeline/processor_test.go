package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	collogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

func TestEventsAreStoredToldAndAcknowledged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		for i := range 30 {
			r.append(r.event(i, fmt.Sprintf("Error%c", 'A'+i%3)))
		}
		r.mustDrain(Options{})
		events := r.events()
		if len(events) != 30 {
			t.Fatalf("%d events are stored, want 30", len(events))
		}
		issues := map[int64]int{}
		for _, e := range events {
			issues[e.IssueID]++
		}
		if len(issues) != 3 {
			t.Errorf("events are in %d issues, want 3", len(issues))
		}
		for id, n := range issues {
			i, err := r.db.GetIssue(t.Context(), id)
			if err != nil || i.EventCount != int64(n) || i.UserCount != 7 {
				t.Errorf("issue %d counts %d events of %d users, want %d of 7: %v", id, i.EventCount, i.UserCount, n, err)
			}
		}
		r.told.different(t, eventlog.EventStored, 30)
		r.told.different(t, eventlog.IssueNew, 3)
		if d := cmp.Diff(map[string]int64{"stored/": 30}, r.ledger()); d != "" {
			t.Error(d)
		}
	})
}

var errCrash = errors.New("crash")

// A crash behind any stage of any batch, and other batch sizes afterwards,
// lead to the same store and the same facts.
func TestCrashesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		const n = 40
		for i := range n {
			switch {
			case i%10 == 3:
				r.append(r.raw(i, "not JSON"))
			case i%10 == 7:
				r.append(r.event(i-1, "ErrorA")) // a client's duplicate
			default:
				r.append(r.event(i, fmt.Sprintf("Error%c", 'A'+i%4)), r.ledgerRecord(store.LedgerCount{
					Minute: r.event(0, "").Received / minuteMicros, Category: "error", Outcome: store.RateLimited, Reason: "project_rate", Quantity: 2,
				}))
			}
		}
		sizes := []int{3, 9, 5, 14, 4, 21}
		for crashes := range 12 {
			p := r.processor(Options{MaxBatch: sizes[crashes%len(sizes)]}, nil)
			at := []stage{afterTransaction, afterFacts, afterAck}[crashes%3]
			p.crash = func(s stage) error {
				if s == at {
					return errCrash
				}
				return nil
			}
			if err := r.drain(p); err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if crashes%4 == 3 {
				r.close()
				r.open()
			}
		}
		r.mustDrain(Options{MaxBatch: 7})
		const broken, duplicates = n / 10, n / 10
		if events := r.events(); len(events) != n-broken-duplicates {
			t.Errorf("%d events are stored, want %d", len(events), n-broken-duplicates)
		}
		want := map[string]int64{
			"stored/": n - broken - duplicates, "filtered/duplicate": duplicates,
			"failed/undecodable": broken, "rate_limited/project_rate": 2 * (n - broken - duplicates),
		}
		if d := cmp.Diff(want, r.ledger()); d != "" {
			t.Error(d)
		}
		r.told.different(t, eventlog.EventStored, n-broken-duplicates)
		r.told.different(t, eventlog.IssueNew, 4)
		dead, err := r.log.DeadLetters(t.Context(), 100)
		if err != nil || len(dead) != broken {
			t.Errorf("%d dead letters, want %d: %v", len(dead), broken, err)
		}
	})
}

// faulty is a store that refuses rows and is away for a while.
type faulty struct {
	store.Applier
	away    int
	refuse  func(e *store.EventRow) bool
	blind   bool // cannot say which row it refuses
	applies int
}

func (f *faulty) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	f.applies++
	if f.applies <= f.away {
		return nil, fmt.Errorf("connect: %w", store.ErrUnavailable)
	}
	for i := range b.Events {
		if f.refuse != nil && f.refuse(&b.Events[i]) {
			if f.blind {
				i = -1
			}
			return nil, fmt.Errorf("apply: %w", &store.DataError{Index: i, Err: errors.New("refused")})
		}
	}
	return f.Applier.Apply(ctx, b)
}

func TestRefusedRowsAreBuriedAndTheRestIsStored(t *testing.T) {
	t.Parallel()
	for _, blind := range []bool{false, true} {
		t.Run(fmt.Sprintf("blind=%v", blind), func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, r *rig) {
				const n = 20
				for i := range n {
					r.append(r.event(i, "Error"))
				}
				bad := func(e *store.EventRow) bool {
					return strings.Contains(e.Title, "request 7 ") || strings.Contains(e.Title, "request 12 ")
				}
				p := r.processor(Options{}, func(a store.Applier) store.Applier { return &faulty{Applier: a, refuse: bad, blind: blind} })
				if err := r.drain(p); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(map[string]int64{"stored/": n - 2, "failed/refused": 2}, r.ledger()); d != "" {
					t.Error(d)
				}
				if events := r.events(); len(events) != n-2 {
					t.Errorf("%d events are stored, want %d", len(events), n-2)
				}
				r.told.different(t, eventlog.EventStored, n-2)
				if replayed, err := r.log.ReplayDeadLetters(t.Context(), Withdraw); replayed != 2 || err != nil {
					t.Fatalf("replayed %d, %v", replayed, err)
				}
				r.mustDrain(Options{})
				if events := r.events(); len(events) != n {
					t.Errorf("after the replay %d events are stored, want %d", len(events), n)
				}
				// What was counted as failed is counted as stored now, not as both.
				if d := cmp.Diff(map[string]int64{"stored/": n}, r.ledger()); d != "" {
					t.Error(d)
				}
				if d := cmp.Diff(map[string]int64{"stored/": n, "failed/refused": 2, "replayed/refused": 2}, r.totals()); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

func TestALogAbsorbsAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			r.append(r.event(i, "Error"))
		}
		p := r.processor(Options{}, func(a store.Applier) store.Applier { return &faulty{Applier: a, away: 3} })
		if err := r.drain(p); err != nil {
			t.Fatal(err)
		}
		for i, e := range r.events() {
			if want := fmt.Sprintf("request %d failed", i); !strings.Contains(e.Title, want) {
				t.Errorf("event %d is %q, want %q", i, e.Title, want)
			}
		}
		if d := cmp.Diff(map[string]int64{"stored/": 10}, r.ledger()); d != "" {
			t.Error(d)
		}
	})
}

func TestServeStopsWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.append(r.event(1, "Error"))
		ctx, cancel := context.WithCancel(t.Context())
		p := r.processor(Options{}, func(a store.Applier) store.Applier { return leaving{a, cancel} })
		if err := p.Serve(ctx); err != nil {
			t.Errorf("serve = %v", err)
		}
		r.mustDrain(Options{})
		if n := len(r.events()); n != 1 {
			t.Errorf("%d events are stored", n)
		}
	})
}

// leaving is a store that is away for good; asked for the first time it ends the test's context.
type leaving struct {
	store.Applier
	cancel func()
}

func (l leaving) Apply(context.Context, *store.Batch) (*store.Result, error) {
	l.cancel()
	return nil, store.ErrUnavailable
}

// The ledger accounts for everything that was admitted, whatever became of it.
func TestTheLedgerAddsUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		settings := org.Settings{SampleRate: 0.5, Filters: org.FilterSettings{Messages: []string{"*noise*"}, Releases: []string{"old"}}}
		if _, err := r.db.UpdateSettings(t.Context(), r.project.ID, r.project.Version, settings); err != nil {
			t.Fatal(err)
		}
		bodies := []string{
			`{"message":"good %d"}`, `{"message":"noise %d"}`, `{"message":"x","release":"old","extra":{"n":%d}}`, `broken %d`, `{"message":"good again %d"}`,
		}
		admitted := int64(0)
		var batch []eventlog.Record
		for i := range 200 {
			rec := r.raw(i-i%17/16, fmt.Sprintf(bodies[i%len(bodies)], i)) // some event ids come twice
			if i%20 == 19 {
				rec.Kind = eventlog.KindAttachment
			}
			batch = append(batch, rec)
			admitted++
			if i%11 == 10 {
				batch = append(batch, r.ledgerRecord(store.LedgerCount{Minute: rec.Received / minuteMicros, Category: "error", Outcome: store.RateLimited, Quantity: 3}))
				admitted += 3
			}
			if i%13 == 12 {
				r.append(batch...)
				batch = nil
			}
		}
		r.append(batch...)
		r.mustDrain(Options{MaxBatch: 50})
		sum := int64(0)
		for outcome, n := range r.ledger() {
			t.Log(outcome, n)
			sum += n
		}
		if sum != admitted {
			t.Errorf("the ledger accounts for %d of %d", sum, admitted)
		}
		if stored := r.ledger()["stored/"]; stored != int64(len(r.events())) || stored == 0 {
			t.Errorf("the ledger says %d are stored, there are %d", stored, len(r.events()))
		}
	})
}

func TestSettingsActOnTheNextBatch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		p := r.processor(Options{}, nil)
		r.append(r.raw(1, `{"message":"noise"}`))
		if err := r.drain(p); err != nil {
			t.Fatal(err)
		}
		settings := org.Settings{Filters: org.FilterSettings{Messages: []string{"noise"}}}
		if _, err := r.db.UpdateSettings(t.Context(), r.project.ID, r.project.Version, settings); err != nil {
			t.Fatal(err)
		}
		r.append(r.raw(2, `{"message":"noise"}`))
		if err := r.drain(p); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(map[string]int64{"stored/": 1, "filtered/error_message": 1}, r.ledger()); d != "" {
			t.Error(d)
		}
		if err := r.db.DeleteProject(t.Context(), r.project.ID, 1); err != nil {
			t.Fatal(err)
		}
		r.append(r.raw(3, `{"message":"late"}`))
		if err := r.drain(p); err != nil {
			t.Errorf("a record of a deleted project: %v", err)
		}
	})
}

func TestLogsAreStoredAndTheirExceptionsBecomeEvents(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		lines := r.raw(1, `{"message":"user 17 signed in","level":"info"}`+"\n"+`{"message":"user 18 signed in"}`)
		lines.Kind = eventlog.KindLogLines
		container := r.raw(2, `{"items":[{"timestamp":1700000000.5,"level":"warn","body":"slow","attributes":{"sentry.release":{"value":"1.0","type":"string"}}}]}`)
		container.Kind = eventlog.KindLogs
		broken := r.raw(3, `{"items":7`)
		broken.Kind = eventlog.KindLogs
		otlp := r.raw(4, "")
		otlp.Kind, otlp.Body = eventlog.KindOTLPLogs, otlpError(t)
		r.append(lines, container, broken, otlp, r.event(5, "Error"))
		for range 2 { // the second time as after a crash before the acknowledgement
			p := r.processor(Options{}, nil)
			p.crash = func(s stage) error {
				if s == afterFacts {
					return errCrash
				}
				return nil
			}
			if err := r.drain(p); !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
		}
		r.mustDrain(Options{})
		logs, err := r.db.ListLogs(t.Context(), store.LogFilter{ProjectID: r.project.ID}, store.PageRequest{})
		if err != nil || len(logs.Items) != 4 {
			t.Fatalf("%d log entries are stored, want 4: %v", len(logs.Items), err)
		}
		patterns := map[string]int{}
		for _, l := range logs.Items {
			patterns[l.Pattern]++
		}
		if len(patterns) != 3 {
			t.Errorf("patterns = %v, want that of the two users to be one", patterns)
		}
		if events := r.events(); len(events) != 2 {
			t.Errorf("%d events are stored, want 2", len(events))
		}
		if d := cmp.Diff(map[string]int64{"stored/": 6, "failed/undecodable": 1}, r.ledger()); d != "" {
			t.Error(d)
		}
		r.told.different(t, eventlog.LogStored, 4)
		r.told.different(t, eventlog.EventStored, 2)
	})
}

// otlpError is a request with one record that reports an exception.
func otlpError(t *testing.T) []byte {
	t.Helper()
	text := func(key, value string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
	}
	body, err := proto.Marshal(&collogspb.ExportLogsServiceRequest{ResourceLogs: []*logspb.ResourceLogs{{
		ScopeLogs: []*logspb.ScopeLogs{{LogRecords: []*logspb.LogRecord{{
			SeverityNumber: logspb.SeverityNumber_SEVERITY_NUMBER_ERROR,
			Body:           text("", "it broke").Value,
			Attributes:     []*commonpb.KeyValue{text("exception.type", "OSError"), text("exception.message", "disk full")},
		}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// choosy passes facts on, to listeners of one project.
type choosy struct {
	Publisher
	project int64
	told    []eventlog.Fact
}

func (c *choosy) Wanted(projectID int64) bool { return projectID == c.project }

func (c *choosy) Publish(_ context.Context, facts []eventlog.Fact) error {
	c.told = append(c.told, facts...)
	return nil
}

func TestFactsAreMadeForListenersOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	other, _, err := r.db.CreateProject(t.Context(), org.Project{OrganizationID: r.project.OrganizationID, Slug: "other", Name: "Other"},
		org.Key{Public: "11111111111111111111111111111111", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	of := func(p org.Project, rec eventlog.Record) eventlog.Record {
		rec.ProjectID = p.ID
		return rec
	}
	facts := &choosy{project: other.ID}
	p := r.processor(Options{}, nil)
	p.parts.Facts = facts
	r.append(r.event(1, "A"), of(other, r.event(2, "B")), r.event(3, "A"), of(other, r.event(4, "C")))
	if err := r.drain(p); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, f := range facts.told {
		kinds[f.Kind]++
		if f.ProjectID != other.ID {
			t.Errorf("a %s of a project without listeners was made", f.Kind)
		}
	}
	if d := cmp.Diff(map[string]int{eventlog.EventStored: 2, eventlog.IssueNew: 2, eventlog.IssueCounted: 2}, kinds); d != "" {
		t.Error(d)
	}
}
