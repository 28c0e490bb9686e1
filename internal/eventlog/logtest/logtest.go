// Package logtest is the behaviour that every event log must show. A backend's
// test calls Run with a way to open it.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
)

// Log is what a backend offers besides its consumers.
type Log interface {
	eventlog.Appender
	eventlog.Facts
	eventlog.Graveyard
	Close(ctx context.Context) error
}

// Opened is a log with the consumer of its only partition.
type Opened struct {
	Log
	Consumer eventlog.Consumer
}

// Open opens the log under dir; opening a directory again after Close continues it.
type Open func(t testing.TB, dir string) Opened

// Timeout bounds every wait of the suite; no passing test waits for it.
const Timeout = 20 * time.Second

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(t *testing.T, open Open){
		"records come back as they were appended": recordsComeBack,
		"one call keeps its order":                callKeepsOrder,
		"concurrent callers are all durable":      concurrentCallers,
		"acknowledged is gone, the rest returns":  acknowledgedIsGone,
		"rewind hands out again":                  rewind,
		"next honours its limit":                  nextHonoursLimit,
		"next ends with its context":              nextEndsWithContext,
		"buried once, listed, replayed":           buried,
		"facts reach their project":               facts,
		"a closed log refuses":                    closedRefuses,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// Record makes a record whose body and id tell it apart by n.
func Record(projectID int64, n int) eventlog.Record {
	r := eventlog.Record{
		Kind: eventlog.KindEvent, ProjectID: projectID, KeyID: 7, Received: 1_700_000_000_000_000 + int64(n),
		Body: fmt.Appendf(nil, `{"message":"event %d"}`, n),
	}
	r.EventID[0], r.EventID[1], r.EventID[2] = byte(n), byte(n>>8), byte(n>>16)
	return r
}

func contextOf(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	t.Cleanup(cancel)
	return ctx
}

func appendAll(t testing.TB, l eventlog.Appender, records ...eventlog.Record) {
	t.Helper()
	if err := l.Append(contextOf(t), records); err != nil {
		t.Fatalf("append: %v", err)
	}
}

// ReadAll reads until n records were handed out.
func ReadAll(t testing.TB, c eventlog.Consumer, n int) []eventlog.Message {
	t.Helper()
	var out []eventlog.Message
	for got := 0; got < n; {
		messages, err := c.Next(contextOf(t), 1000)
		if err != nil {
			t.Fatalf("next after %d of %d records: %v", got, n, err)
		}
		for _, m := range messages {
			got += len(m.Records)
		}
		out = append(out, messages...)
	}
	return out
}

// Records joins the records of messages.
func Records(messages []eventlog.Message) []eventlog.Record {
	var out []eventlog.Record
	for _, m := range messages {
		out = append(out, m.Records...)
	}
	return out
}

func recordsComeBack(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	full := Record(1, 1)
	full.Meta = eventlog.Meta{
		SentAt: -5, Client: "sentry.go/0.50", RemoteIP: "::1", UserAgent: "Gö", Origin: "https://a", Protocol: "sentry",
		Release: "r", Environment: "e", Filename: "f.txt", ContentType: "text/plain",
	}
	bare := eventlog.Record{Kind: eventlog.KindLedger, ProjectID: 1, Received: 1, Body: []byte{}}
	want := []eventlog.Record{full, bare}
	before := time.Now().Add(-time.Minute)
	appendAll(t, l, want...)
	messages := ReadAll(t, l.Consumer, len(want))
	if d := cmp.Diff(want, Records(messages)); d != "" {
		t.Error(d)
	}
	if m := messages[0]; m.Seq == 0 || m.Time.Before(before) {
		t.Errorf("message = seq %d, time %v", m.Seq, m.Time)
	}
}

func callKeepsOrder(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	var want []eventlog.Record
	for i := range 300 {
		want = append(want, Record(1, i))
	}
	appendAll(t, l, want...)
	messages := ReadAll(t, l.Consumer, len(want))
	if len(messages) != 1 {
		t.Errorf("one call came back in %d messages", len(messages))
	}
	if d := cmp.Diff(want, Records(messages)); d != "" {
		t.Error(d)
	}
}

func concurrentCallers(t *testing.T, open Open) {
	dir := t.TempDir()
	l := open(t, dir)
	const callers, each = 16, 20
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if err := l.Append(contextOf(t), []eventlog.Record{Record(1, c*each+i)}); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[[16]byte]int{}
	last := map[int]int{}
	for _, r := range Records(ReadAll(t, l.Consumer, callers*each)) {
		seen[r.EventID]++
		n := int(r.EventID[0]) | int(r.EventID[1])<<8
		if prev, ok := last[n/each]; ok && n < prev {
			t.Errorf("caller %d: record %d after %d", n/each, n, prev)
		}
		last[n/each] = n
	}
	if len(seen) != callers*each {
		t.Errorf("%d different records, want %d", len(seen), callers*each)
	}
}

func acknowledgedIsGone(t *testing.T, open Open) {
	dir := t.TempDir()
	l := open(t, dir)
	for i := range 3 {
		appendAll(t, l, Record(1, i))
	}
	messages := ReadAll(t, l.Consumer, 3)
	if err := l.Consumer.Ack(contextOf(t), messages[1].Seq); err != nil {
		t.Fatalf("ack: %v", err)
	}
	if lag, err := l.Consumer.Lag(contextOf(t)); err != nil || lag != 1 {
		t.Errorf("lag = %d, %v; want 1", lag, err)
	}
	if err := l.Close(contextOf(t)); err != nil {
		t.Fatalf("close: %v", err)
	}
	l = open(t, dir)
	again := ReadAll(t, l.Consumer, 1)
	if len(again) != 1 || again[0].Seq != messages[2].Seq || !again[0].Time.Equal(messages[2].Time) {
		t.Errorf("after reopening: %+v, want the message with sequence %d", again, messages[2].Seq)
	}
	appendAll(t, l, Record(1, 9))
	if next := ReadAll(t, l.Consumer, 1); next[0].Seq <= messages[2].Seq {
		t.Errorf("sequence %d does not grow over %d", next[0].Seq, messages[2].Seq)
	}
}

func rewind(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	for i := range 3 {
		appendAll(t, l, Record(1, i))
	}
	first := ReadAll(t, l.Consumer, 3)
	if err := l.Consumer.Ack(contextOf(t), first[0].Seq); err != nil {
		t.Fatalf("ack: %v", err)
	}
	if err := l.Consumer.Rewind(contextOf(t)); err != nil {
		t.Fatalf("rewind: %v", err)
	}
	again := ReadAll(t, l.Consumer, 2)
	if again[0].Seq != first[1].Seq {
		t.Errorf("after rewind: sequence %d, want %d", again[0].Seq, first[1].Seq)
	}
	if d := cmp.Diff(Records(first[1:]), Records(again)); d != "" {
		t.Error(d)
	}
}

func nextHonoursLimit(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	for i := range 6 {
		appendAll(t, l, Record(1, 2*i), Record(1, 2*i+1))
	}
	var got []eventlog.Record
	for i := 0; len(got) < 12; i++ {
		limit := 2 + i%2 // exactly a message, and one and a half
		messages, err := l.Consumer.Next(contextOf(t), limit)
		if err != nil {
			t.Fatalf("next after %d records: %v", len(got), err)
		}
		records := Records(messages)
		if n := len(records); n == 0 || n > limit {
			t.Fatalf("next returned %d records, want 1 to %d", n, limit)
		}
		got = append(got, records...)
	}
	for i, r := range got {
		if r.EventID != Record(1, i).EventID {
			t.Errorf("record %d is %x", i, r.EventID)
		}
	}
}

func nextEndsWithContext(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := l.Consumer.Next(ctx, 10)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("next = %v, want context.Canceled", err)
	}
}

func buried(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	appendAll(t, l, Record(1, 1), Record(1, 2))
	m := ReadAll(t, l.Consumer, 2)[0]
	for range 2 {
		if err := l.Consumer.Bury(contextOf(t), m, 1, eventlog.Cause{Counted: "undecodable", Detail: "not\nJSON"}); err != nil {
			t.Fatalf("bury: %v", err)
		}
	}
	dead, err := l.DeadLetters(contextOf(t), 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead letters = %d, %v; want 1", len(dead), err)
	}
	if d := cmp.Diff(m.Records[1], dead[0].Record); d != "" || dead[0].Reason != "not JSON" || dead[0].Counted != "undecodable" {
		t.Errorf("reason %q, record: %s", dead[0].Reason, d)
	}
	withdrawn := Record(1, 3)
	withdraw := func(eventlog.DeadLetter) (eventlog.Record, error) { return withdrawn, nil }
	if n, err := l.ReplayDeadLetters(contextOf(t), withdraw); n != 1 || err != nil {
		t.Fatalf("replay = %d, %v; want 1", n, err)
	}
	again := ReadAll(t, l.Consumer, 2)
	if d := cmp.Diff([]eventlog.Record{m.Records[1], withdrawn}, Records(again)); d != "" || len(again) != 1 {
		t.Errorf("%d messages: %s", len(again), d)
	}
	if dead, err = l.DeadLetters(contextOf(t), 10); err != nil || len(dead) != 0 {
		t.Errorf("after replay: %d dead letters, %v", len(dead), err)
	}
}

func facts(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	one, all := make(chan eventlog.Fact, 10), make(chan eventlog.Fact, 10)
	subscribe := func(projectID int64, to chan eventlog.Fact) func() {
		stop, err := l.Subscribe(projectID, func(f eventlog.Fact) { to <- f })
		if err != nil {
			t.Fatalf("subscribe: %v", err)
		}
		return stop
	}
	wanted := func(want bool) {
		t.Helper()
		if got := l.Wanted(1); got != want {
			t.Errorf("wanted: %v, want %v", got, want)
		}
	}
	wanted(false)
	stop := subscribe(1, one)
	wanted(true)
	stop()
	for end := time.Now().Add(Timeout); l.Wanted(1) && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // a listener may be counted a moment longer than it hears
	}
	wanted(false)
	stopAll := subscribe(0, all)
	defer stopAll()
	wanted(true)
	stop = subscribe(1, one)
	told := []eventlog.Fact{
		{ID: "a", Kind: eventlog.EventStored, ProjectID: 1, Cursor: 42, Data: []byte(`{"x":1}`)},
		{ID: "b", Kind: eventlog.IssueNew, ProjectID: 2, Data: []byte(`{}`)},
		{ID: "c", Kind: eventlog.IssueCounted, ProjectID: 1, Data: []byte(`{}`)},
	}
	if err := l.Publish(contextOf(t), told); err != nil {
		t.Fatalf("publish: %v", err)
	}
	if d := cmp.Diff([]eventlog.Fact{told[0], told[2]}, []eventlog.Fact{receive(t, one), receive(t, one)}); d != "" {
		t.Error(d)
	}
	byID := map[string]eventlog.Fact{}
	for range told {
		f := receive(t, all)
		byID[f.ID] = f
	}
	if d := cmp.Diff(map[string]eventlog.Fact{"a": told[0], "b": told[1], "c": told[2]}, byID); d != "" {
		t.Error(d)
	}
	stop()
	if err := l.Publish(contextOf(t), told[:1]); err != nil {
		t.Fatalf("publish: %v", err)
	}
	receive(t, all)
	if len(one) != 0 {
		t.Error("a stopped subscription still receives")
	}
}

func receive(t *testing.T, from chan eventlog.Fact) eventlog.Fact {
	t.Helper()
	select {
	case f := <-from:
		return f
	case <-time.After(Timeout):
		t.Fatal("no fact arrived")
		return eventlog.Fact{}
	}
}

func closedRefuses(t *testing.T, open Open) {
	l := open(t, t.TempDir())
	if err := l.Close(contextOf(t)); err != nil {
		t.Fatalf("close: %v", err)
	}
	err := l.Append(contextOf(t), []eventlog.Record{Record(1, 1)})
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Unavailable || f.RetryAfter == 0 {
		t.Errorf("append to a closed log = %v, want unavailable with a time to retry", err)
	}
	if err := l.Close(contextOf(t)); err != nil {
		t.Errorf("second close: %v", err)
	}
}
