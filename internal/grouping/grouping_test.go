package grouping

import (
	"sync"
	"testing"

	"github.com/mesher/mesher/internal/event"
)

func group(e *event.Event) Result { return New(Rules{}).Group(e) }

func TestGroupPrefersFingerprintThenStackThenExceptionThenMessage(t *testing.T) {
	t.Parallel()
	stack := &event.Stacktrace{Frames: []event.Frame{{Module: "app.main", Function: "main"}, {Module: "app.shop", Function: "reserve"}}}
	tests := []struct {
		name  string
		event event.Event
		want  Basis
		title string
	}{
		{"fingerprint", event.Event{Fingerprint: []string{"x"}, Message: event.Message{Formatted: "hello"}}, BasisCustom, "hello"},
		{"stack", event.Event{Platform: "python", Exceptions: []event.Exception{{Type: "OutOfStock", Value: "sku 1", Stacktrace: stack}}}, BasisStacktrace, "OutOfStock: sku 1"},
		{"exception", event.Event{Exceptions: []event.Exception{{Type: "OutOfStock", Value: "sku 1"}}}, BasisException, "OutOfStock: sku 1"},
		{"message", event.Event{Message: event.Message{Formatted: "payment 1 declined"}}, BasisMessage, "payment 1 declined"},
		{"threads", event.Event{Platform: "python", Threads: []event.Thread{{Stacktrace: stack}}}, BasisStacktrace, "Event without a message"},
		{"nothing", event.Event{Transaction: "GET /"}, BasisFallback, "Event in GET /"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := group(&tt.event)
			if r.Basis != tt.want || r.Title != tt.title || len(r.Hashes) == 0 || r.Hashes[0] == (Hash{}) {
				t.Errorf("got %+v, want basis %s, title %q", r, tt.want, tt.title)
			}
		})
	}
}

// The hash of an algorithm version never changes: stored issues hang on it.
func TestHashesOfThisVersionAreFixed(t *testing.T) {
	t.Parallel()
	e := &event.Event{Platform: "python", Exceptions: []event.Exception{{Type: "OutOfStock", Value: "sku 1", Stacktrace: &event.Stacktrace{Frames: []event.Frame{{Module: "app.shop", Function: "reserve"}}}}}}
	if got, want := group(e).Hashes[0].String(), "ce787fa6248e917872a54472948c5934"; got != want {
		t.Errorf("stack: %s, want %s", got, want)
	}
	if got, want := group(&event.Event{Message: event.Message{Formatted: "payment 1 declined"}}).Hashes[0].String(), "ea413361d367eb5a8f40f8b1d0cbcada"; got != want {
		t.Errorf("message: %s, want %s", got, want)
	}
}

func TestGrouperIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	g := New(Rules{})
	events := []*event.Event{deepEvent("java", 30), deepEvent("python", 3), {Message: event.Message{Formatted: "a 1"}}, {}}
	var want []Hash
	for _, e := range events {
		want = append(want, g.Group(e).Hashes[0])
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				k := (i + w) % len(events)
				if g.Group(events[k]).Hashes[0] != want[k] {
					t.Errorf("event %d has another hash", k)
				}
			}
		})
	}
	wg.Wait()
}
