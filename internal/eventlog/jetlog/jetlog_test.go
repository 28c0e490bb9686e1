package jetlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/logtest"
	"github.com/mesher/mesher/internal/fault"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(t testing.TB, dir string) logtest.Opened {
		l, c := open(t, Options{Dir: dir})
		return logtest.Opened{Log: l, Consumer: c}
	})
}

func open(t testing.TB, o Options) (*Log, *Consumer) {
	t.Helper()
	if o.MinFree == 0 {
		o.MinFree = -1
	}
	l, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	c, err := l.Consumer(l.Partitions()[0])
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func TestDurabilityReachesTheFileStore(t *testing.T) {
	t.Parallel()
	for durability, want := range map[Durability]bool{"": true, Disk: true, Quorum: true, OS: false} {
		l, _ := open(t, Options{Dir: t.TempDir(), Durability: durability})
		if got := l.srv.JetStreamConfig().SyncAlways; got != want {
			t.Errorf("durability %q: the store syncs every write = %v, want %v", durability, got, want)
		}
	}
}

// A copy of the files taken while the server runs is what a crash leaves
// behind, less what only the page cache holds: every acknowledged record must be in it.
func TestAcknowledgedRecordsAreInTheFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, _ := open(t, Options{Dir: dir})
	const n = 50
	for i := range n {
		if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, i)}); err != nil {
			t.Fatal(err)
		}
	}
	crashed := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	_, c := open(t, Options{Dir: crashed})
	got := logtest.Records(logtest.ReadAll(t, c, n))
	for i, r := range got {
		if want := logtest.Record(1, i); r.EventID != want.EventID {
			t.Errorf("record %d has id %x, want %x", i, r.EventID, want.EventID)
		}
	}
}

func TestADirectoryHasOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, Options{Dir: dir})
	if _, err := Open(t.Context(), Options{Dir: dir}); err == nil {
		t.Error("a second log opened the same directory")
	}
}

func TestFullLogRefusesAndResumes(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir(), MaxBytes: 1 << 20})
	record := logtest.Record(1, 0)
	record.Body = incompressible(200 << 10)
	kept := 0
	for ; kept < 20; kept++ {
		if err := l.Append(t.Context(), []eventlog.Record{record}); err != nil {
			wantUnavailable(t, err)
			break
		}
	}
	if kept == 0 || kept == 20 {
		t.Fatalf("a log of 1 MiB kept %d records of 200 KiB", kept)
	}
	messages := logtest.ReadAll(t, c, kept)
	if err := c.Ack(t.Context(), messages[len(messages)-1].Seq); err != nil {
		t.Fatal(err)
	}
	if lag, err := c.Lag(t.Context()); err != nil || lag != 0 {
		t.Fatalf("lag = %d, %v", lag, err)
	}
	if err := l.Append(t.Context(), []eventlog.Record{record}); err != nil {
		t.Errorf("append after the log was drained: %v", err)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("error = %v, want unavailable with a time to retry", err)
	}
}

// incompressible returns bytes that zstd cannot shrink.
func incompressible(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

func TestIntakePausesBelowTheFloor(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	guard := spaceGuard{floor: 100, free: func(string) (int64, error) { return free.Load(), nil }}
	now := time.Unix(0, 0)
	for _, step := range []struct {
		free   int64
		after  time.Duration
		paused bool
	}{
		{free: 100, after: 0, paused: false},
		{free: 99, after: spaceInterval / 2, paused: false}, // not looked at again yet
		{free: 99, after: spaceInterval, paused: true},
		{free: 500, after: 2 * spaceInterval, paused: false},
	} {
		free.Store(step.free)
		err := guard.check(now.Add(step.after))
		if (err != nil) != step.paused {
			t.Errorf("after %v with %d bytes free: %v, want paused = %v", step.after, step.free, err, step.paused)
		}
		if err != nil {
			wantUnavailable(t, err)
		}
	}
}

func TestAppendRefusesWhileTheDiskIsLow(t *testing.T) {
	t.Parallel()
	l, _ := open(t, Options{Dir: t.TempDir(), MinFree: 1 << 20, freeSpace: func(string) (int64, error) { return 1, nil }})
	wantUnavailable(t, l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 1)}))
	if l.Ready() == nil {
		t.Error("ready while intake is paused")
	}
}

func TestLargeRecords(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	tooLarge := logtest.Record(1, 1)
	tooLarge.Body = make([]byte, maxBody+1)
	if err := l.Append(t.Context(), []eventlog.Record{tooLarge}); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a body over the bound: %v", err)
	}
	noise := logtest.Record(1, 2)
	noise.Body = incompressible(maxPacked + 1)
	if err := l.Append(t.Context(), []eventlog.Record{noise}); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a body that does not compress below the bound: %v", err)
	}
	var records []eventlog.Record
	for i := range 4 {
		r := logtest.Record(1, i)
		r.Body = incompressible(10 << 20)
		records = append(records, r)
	}
	if err := l.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	messages := logtest.ReadAll(t, c, 4)
	if len(messages) < 2 {
		t.Errorf("40 MiB went into %d message", len(messages))
	}
	for i, r := range logtest.Records(messages) {
		if r.EventID != records[i].EventID || len(r.Body) != len(records[i].Body) {
			t.Errorf("record %d came back as %x with %d bytes", i, r.EventID, len(r.Body))
		}
	}
}

func TestManyRowsAreSpreadOverMessages(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	var records []eventlog.Record
	for i := range 5 {
		r := logtest.Record(1, i)
		r.Kind, r.Body = eventlog.KindLogLines, make([]byte, 100<<10) // up to 1600 lines each
		records = append(records, r)
	}
	if err := l.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	for _, m := range logtest.ReadAll(t, c, len(records)) {
		if len(m.Records) > 2 {
			t.Errorf("a message holds %d containers of 1600 rows", len(m.Records))
		}
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, _ := open(t, Options{Dir: dir})
	if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 1)}); err != nil {
		t.Fatal(err)
	}
	old := l.Partitions()
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), Options{Dir: dir, Partitions: 3, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	names := l.Partitions()
	if len(names) != 4 || names[0] != old[0] {
		t.Fatalf("partitions = %v, want the undrained %v and three new ones", names, old)
	}
	var records []eventlog.Record
	for project := range int64(30) {
		records = append(records, logtest.Record(project, int(project)))
	}
	if err := l.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	want := map[int]int{}
	for _, r := range records {
		want[partitionOf(r.ProjectID, 3)]++
	}
	for i, name := range names[1:] {
		c, err := l.Consumer(name)
		if err != nil {
			t.Fatal(err)
		}
		if want[i] == 0 {
			t.Errorf("no project of 30 falls into partition %d", i)
			continue
		}
		messages := logtest.ReadAll(t, c, want[i])
		for _, r := range logtest.Records(messages) {
			if partitionOf(r.ProjectID, 3) != i {
				t.Errorf("project %d came out of partition %d", r.ProjectID, i)
			}
		}
		if err := c.Ack(t.Context(), messages[len(messages)-1].Seq); err != nil {
			t.Fatal(err)
		}
		if lag, err := c.Lag(t.Context()); err != nil || lag != 0 {
			t.Errorf("partition %d: lag %d, %v", i, lag, err)
		}
	}
	c, err := l.Consumer(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := logtest.ReadAll(t, c, 1); got[0].Records[0].EventID != logtest.Record(1, 1).EventID {
		t.Errorf("the old partition holds %+v", got)
	}
}

func TestAdvanceSkipsWhatTheStoreKnows(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	if err := l.Advance(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if m := logtest.ReadAll(t, c, 1); m[0].Seq != 1001 {
		t.Errorf("sequence = %d, want 1001", m[0].Seq)
	}
}

func TestUnreadableMessageIsBuried(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	if _, err := l.js.Publish(t.Context(), partition{of: 1}.subject(), []byte("not a micro-batch")); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 1)}); err != nil {
		t.Fatal(err)
	}
	messages := logtest.ReadAll(t, c, 1)
	if len(messages) == 2 && len(messages[0].Records) != 0 {
		t.Errorf("unreadable message came back with records")
	}
	dead, err := l.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 || dead[0].Reason == "" {
		t.Fatalf("dead letters = %+v, %v", dead, err)
	}
	if n, err := l.ReplayDeadLetters(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("replay of an unreadable message = %d, %v", n, err)
	}
}

// Callers that arrive while a message is being written share the next one.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	w := l.writers[0]
	for range inFlight {
		w.slots <- struct{}{} // hold publishing back
	}
	const callers = 100
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, i)}); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.waiting) == callers
	})
	for range inFlight {
		<-w.slots
	}
	wg.Wait()
	if messages := logtest.ReadAll(t, c, callers); len(messages) != 1 {
		t.Errorf("%d waiting callers took %d messages, want 1", callers, len(messages))
	}
}

// waitFor polls: the state it waits for has no signal.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(logtest.Timeout); !ok(); {
		if time.Now().After(end) {
			t.Fatal("gave up waiting")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestACallerThatLeavesEarlyIsNotWritten(t *testing.T) {
	t.Parallel()
	l, c := open(t, Options{Dir: t.TempDir()})
	w := l.writers[0]
	for range inFlight {
		w.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, []eventlog.Record{logtest.Record(1, 1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("append = %v, want context.Canceled", err)
	}
	for range inFlight {
		<-w.slots
	}
	if err := l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 2)}); err != nil {
		t.Fatal(err)
	}
	got := logtest.Records(logtest.ReadAll(t, c, 1))
	if len(got) != 1 || got[0].EventID != logtest.Record(1, 2).EventID {
		t.Errorf("log holds %d records", len(got))
	}
	if l.waiting.Load() != 0 {
		t.Errorf("%d bytes are still counted as waiting", l.waiting.Load())
	}
}

func TestTooMuchWaitingIsRefused(t *testing.T) {
	t.Parallel()
	l, _ := open(t, Options{Dir: t.TempDir(), MaxWaiting: 1000})
	w := l.writers[0]
	for range inFlight {
		w.slots <- struct{}{}
	}
	done := make(chan error, 1)
	big := logtest.Record(1, 1)
	big.Body = make([]byte, 2000) // alone it is let in, whatever the bound
	go func() { done <- l.Append(t.Context(), []eventlog.Record{big}) }()
	waitFor(t, func() bool { return l.waiting.Load() > 0 })
	wantUnavailable(t, l.Append(t.Context(), []eventlog.Record{logtest.Record(1, 2)}))
	for range inFlight {
		<-w.slots
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestASlowListenerIsToldThatItLostFacts(t *testing.T) {
	t.Parallel()
	l, _ := open(t, Options{Dir: t.TempDir()})
	blocked, lost := make(chan struct{}), make(chan struct{}, 1)
	stop, err := l.Subscribe(0, func(f eventlog.Fact) {
		<-blocked
		if f.Kind == eventlog.FactsLost {
			select {
			case lost <- struct{}{}:
			default: // one is enough
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	fact := eventlog.Fact{ID: "x", Kind: eventlog.EventStored, ProjectID: 1, Data: make([]byte, maxFactsMessage)}
	for range 2 * maxPendingBytes / maxFactsMessage {
		if err := l.Publish(t.Context(), []eventlog.Fact{fact}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.facts.Flush(); err != nil {
		t.Fatal(err)
	}
	close(blocked)
	select {
	case <-lost:
	case <-time.After(logtest.Timeout):
		t.Error("the listener was not told")
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Dir: "x", Durability: "maybe"}, {Dir: "x", Partitions: 65}, {Dir: "x", MaxBytes: 1}} {
		if _, err := o.withDefaults(); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func ExampleDurability() {
	fmt.Println(OS, Disk, Quorum)
	// Output: os disk quorum
}
