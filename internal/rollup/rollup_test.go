package rollup_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/rollup"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 1, 2, 3, 456_000, time.UTC).UnixMicro()
	if got := rollup.Start(rollup.Bucket(at, rollup.Hour), rollup.Hour); got != time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixMicro() {
		t.Errorf("hour starts at %d", got)
	}
	berlin := rollup.LocalStart(at, rollup.Day, 3600)
	if got := time.UnixMicro(berlin).UTC(); !got.Equal(time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("local day starts at %v", got)
	}
	newYork := rollup.LocalStart(at, rollup.Day, -5*3600)
	if got := time.UnixMicro(newYork).UTC(); !got.Equal(time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("local day starts at %v", got)
	}
	if rollup.Bucket(-1, rollup.Minute) != -1 {
		t.Error("times before the epoch must round down")
	}
	starts := rollup.Starts(at, at+2*3600*1_000_000, rollup.Hour, 0, 100)
	if len(starts) != 3 {
		t.Errorf("%d buckets, want the 3 that overlap", len(starts))
	}
	if len(rollup.Starts(0, at, rollup.Minute, 0, 7)) != 7 {
		t.Error("limit ignored")
	}
}

func TestWidthFor(t *testing.T) {
	t.Parallel()
	for span, want := range map[time.Duration]int64{time.Hour: rollup.Minute, 24 * time.Hour: rollup.Hour, 30 * 24 * time.Hour: rollup.Day} {
		if got := rollup.WidthFor(0, span.Microseconds()); got != want {
			t.Errorf("%v: %d, want %d", span, got, want)
		}
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	c, tags := rollup.NewCounters(), rollup.NewTags(10)
	same := func(tag event.Tag) string { return tag.Value }
	admit := rollup.Admit{
		Project: func(_ rollup.ProjectHour, tag event.Tag) string { return same(tag) },
		Issue:   func(int64, event.Tag) string { return rollup.OtherValue },
	}
	minute := int64(60_000_000)
	var events []rollup.Arrival
	for i := range int64(3) {
		events = append(events, rollup.Arrival{ProjectID: 1, IssueID: 7, Received: i * minute, Level: event.LevelError, Tags: []uint32{tags.Number(event.Tag{Key: "os", Value: "linux"})}})
	}
	c.Add(events, tags, admit)
	if len(c.Minutes) != 3 || c.Hours[rollup.LevelKey{ProjectID: 1, Level: event.LevelError}] != 3 || c.Issues[rollup.IssueKey{IssueID: 7}] != 3 {
		t.Errorf("wrong counts: %+v", c)
	}
	want := []rollup.ScopedTagCount[int64]{{ScopedTag: rollup.ScopedTag[int64]{Scope: 7, Tag: event.Tag{Key: "os"}}, TagCount: rollup.TagCount{Count: 3, LastSeen: 2 * minute}}}
	if d := cmp.Diff(want, c.IssueTags); d != "" {
		t.Error(d)
	}
}

func TestSketch(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 7, 100, 500, 5000, 100_000} {
		var a, b rollup.Sketch
		for i := range n {
			h := random.Uint64()
			a.Add(h)
			if i%2 == 0 {
				b.Add(h)
			}
		}
		decoded, err := rollup.ParseSketch(a.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		decoded.Merge(&b)
		tolerance := max(1, float64(n)*0.1)
		if n <= 7 {
			tolerance = 0
		}
		if got := decoded.Count(); float64(got) < float64(n)-tolerance || float64(got) > float64(n)+tolerance {
			t.Errorf("%d users counted as %d", n, got)
		}
	}
	if _, err := rollup.ParseSketch([]byte{0xff, 0xff, 1}); err == nil {
		t.Error("a register out of range is accepted")
	}
}
