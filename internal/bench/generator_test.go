package bench

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var someday = time.Date(2026, 11, 23, 19, 24, 0, 123_456_000, time.UTC)

func newTestGenerator(t testing.TB, bugs int) *generator {
	t.Helper()
	g, err := newGenerator(42, bugs, 6<<10, someday)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// generated is what a test wants to know of an event.
type generated struct {
	EventID     string            `json:"event_id"`
	Timestamp   json.Number       `json:"timestamp"`
	Platform    string            `json:"platform"`
	Tags        map[string]string `json:"tags"`
	User        struct{ ID string }
	Breadcrumbs struct{ Values []any }
	Contexts    map[string]any
	Request     map[string]any
	Exception   struct {
		Values []struct {
			Type, Value string
			Stacktrace  struct{ Frames []frame }
		}
	}
}

func TestEventsAreRealistic(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 25)
	platforms, users, values := map[string]int{}, map[string]int{}, map[string]bool{}
	sizes := make([]int, 0, 600)
	for seq := range uint64(cap(sizes)) {
		raw := g.Event(seq, someday)
		var e generated
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("event %d: %v\n%s", seq, err, raw)
		}
		sizes = append(sizes, len(raw))
		platforms[e.Platform]++
		users[e.User.ID]++
		values[e.Exception.Values[0].Value] = true
		if n := len(e.Exception.Values[0].Stacktrace.Frames); n < 14 || n > 35 {
			t.Errorf("event %d has %d frames", seq, n)
		}
		if len(e.Tags) != 8 || len(e.Breadcrumbs.Values) != 10 || len(e.Contexts) != 4 || len(e.Request) != 4 {
			t.Errorf("event %d has %d tags, %d breadcrumbs, %d contexts, %d parts of a request",
				seq, len(e.Tags), len(e.Breadcrumbs.Values), len(e.Contexts), len(e.Request))
		}
		if e.Timestamp.String() != "1795461840.123456" {
			t.Errorf("event %d says %s", seq, e.Timestamp)
		}
		if got, ok := g.run.Seq(e.EventID); !ok || got != seq {
			t.Errorf("id %s leads back to %d, %v, not to %d", e.EventID, got, ok, seq)
		}
	}
	slices.Sort(sizes)
	if sizes[0] < 3<<10 || sizes[len(sizes)-1] > 8<<10 || sizes[len(sizes)/2] < 5<<10 {
		t.Errorf("events weigh %d, %d, %d bytes (least, median, most)", sizes[0], sizes[len(sizes)/2], sizes[len(sizes)-1])
	}
	if len(platforms) != 5 || len(users) < 150 || len(values) != len(sizes) {
		t.Errorf("%d platforms, %d users, %d messages", len(platforms), len(users), len(values))
	}
}

func TestSizeIsFollowed(t *testing.T) {
	t.Parallel()
	for _, size := range []int{6 << 10, 16 << 10, 100 << 10} {
		g, err := newGenerator(1, 20, size, someday)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for seq := range uint64(200) {
			sum += len(g.Event(seq, someday))
		}
		if mean := sum / 200; mean < size*80/100 || mean > size*125/100 {
			t.Errorf("asked for %d bytes, got %d on average", size, mean)
		}
	}
}

func TestEventsOfABugShareWhatGroupsThem(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 100)
	stacks := map[int]string{}
	bugs := map[string]int{}
	for seq := range uint64(1000) {
		var e generated
		if err := json.Unmarshal(g.Event(seq, someday), &e); err != nil {
			t.Fatal(err)
		}
		x := e.Exception.Values[0]
		stack := x.Type
		for _, f := range x.Stacktrace.Frames {
			stack += "\n" + f.Module + f.Filename + f.Function + f.ContextLine
		}
		bug := g.Bug(seq)
		if old, ok := stacks[bug]; ok && old != stack {
			t.Fatalf("bug %d has two stacks: %s", bug, cmp.Diff(old, stack))
		}
		stacks[bug] = stack
		last := x.Stacktrace.Frames[len(x.Stacktrace.Frames)-1]
		nearest := x.Type + last.Module + last.Filename + last.Function
		if old, ok := bugs[nearest]; ok && old != bug {
			t.Fatalf("bugs %d and %d break at the same place: %s", old, bug, nearest)
		}
		bugs[nearest] = bug
	}
	if len(stacks) < 70 {
		t.Errorf("only %d of 100 bugs were seen", len(stacks))
	}
}

func TestNoTwoBugsShareAName(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for bug := range maxBugs {
		l, n := languageOf(bug), namesOf(bug)
		last := l.appFrame(n.verb+"_"+n.noun, n)
		key := fmt.Sprint(l.platform, l.exceptionType(n), last.Module, last.Filename, last.Function)
		if other, ok := seen[key]; ok {
			t.Fatalf("bugs %d and %d are both %s", other, bug, key)
		}
		if strings.ContainsAny(l.exceptionType(n), "0123456789") {
			t.Fatalf("the type of bug %d has digits: %s", bug, l.exceptionType(n))
		}
		seen[key] = bug
	}
}

func TestRunsRepeatAndDiffer(t *testing.T) {
	t.Parallel()
	a, b := newTestGenerator(t, 10), newTestGenerator(t, 10)
	other, err := newGenerator(43, 10, 6<<10, someday)
	if err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(100) {
		if diff := cmp.Diff(string(a.Event(seq, someday)), string(b.Event(seq, someday))); diff != "" {
			t.Fatalf("the same seed gave another event: %s", diff)
		}
		if _, ok := a.run.Seq(string(other.run.appendID(nil, seq))); ok {
			t.Fatalf("run %d takes an event of run %d for its own", a.run, other.run)
		}
	}
	for _, text := range []string{"", "xyz", strings.Repeat("g", 32), strings.Repeat("0", 32)} {
		if _, ok := a.run.Seq(text); ok {
			t.Errorf("%q is no id of this run", text)
		}
	}
}

func TestZipfHasAHeadAndATail(t *testing.T) {
	t.Parallel()
	z := newZipf(100, 1.2)
	counts := make([]int, 100)
	r := random(7)
	for range 100_000 {
		counts[z.pick(r.unit())]++
	}
	if counts[0] < 10*counts[20] || counts[0] < 2*counts[1] || counts[99] == 0 {
		t.Errorf("got %v", counts)
	}
}

func TestGeneratorRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]int{{0, 6000}, {maxBugs + 1, 6000}, {1, 10}, {1, 1 << 30}} {
		if _, err := newGenerator(1, c[0], c[1], someday); err == nil {
			t.Errorf("%d bugs of %d bytes are not refused", c[0], c[1])
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	g := newTestGenerator(b, 500)
	b.ReportAllocs()
	var buf []byte
	seq := uint64(0)
	for b.Loop() {
		var t *template
		buf, t = g.appendHead(buf[:0], seq, someday)
		buf = append(buf, t.tail...)
		seq++
	}
	b.SetBytes(int64(len(buf)))
}
