package grouping

import (
	"fmt"
	"testing"

	"github.com/mesher/mesher/internal/event"
)

func flag(b bool) *bool          { return &b }
func id(n int64) *int64          { return &n }
func hashOf(e *event.Event) Hash { return group(e).Hashes[0] }

// trace is a stack of functions in one module of the application, oldest first.
func trace(module string, functions ...string) *event.Stacktrace {
	st := &event.Stacktrace{}
	for i, fn := range functions {
		st.Frames = append(st.Frames, event.Frame{Module: module, Function: fn, Filename: module + ".x", Line: i + 1, InApp: flag(true)})
	}
	return st
}

func chain(platform string, xs ...event.Exception) *event.Event {
	return &event.Event{Platform: platform, Exceptions: xs}
}

func TestEventsThatBelongTogether(t *testing.T) {
	t.Parallel()
	deep := func(n int) *event.Stacktrace {
		fns := []string{"main", "start"}
		for range n {
			fns = append(fns, "walk", "visit")
		}
		return trace("app", append(fns, "load")...)
	}
	group := func(children ...string) *event.Event {
		var xs []event.Exception
		for i := len(children) - 1; i >= 0; i-- {
			xs = append(xs, event.Exception{Type: children[i], Value: fmt.Sprint("item ", i), Mechanism: &event.Mechanism{ExceptionID: id(int64(i + 1)), ParentID: id(0)}})
		}
		xs = append(xs, event.Exception{Type: "ExceptionGroup", Value: "several", Mechanism: &event.Mechanism{ExceptionID: id(0), IsExceptionGroup: true}})
		return chain("python", xs...)
	}
	goErr := func(fn, text string) *event.Event {
		return chain("go", event.Exception{Type: "pay.Declined", Value: "declined"}, event.Exception{Type: "*fmt.wrapError", Value: text, Stacktrace: trace("main", "main", fn)})
	}
	libs := func(n int) *event.Event {
		e := deepEvent("java", n)
		return e
	}
	tests := []struct {
		name string
		a, b *event.Event
		same bool
	}{
		{"another way in", chain("java", event.Exception{Type: "X", Stacktrace: trace("app", "web", "load")}), chain("java", event.Exception{Type: "X", Stacktrace: trace("app", "job", "load")}), true},
		{"depth of a recursion", chain("java", event.Exception{Type: "X", Stacktrace: deep(5)}), chain("java", event.Exception{Type: "X", Stacktrace: deep(40)}), true},
		{"a recursion and none", chain("java", event.Exception{Type: "X", Stacktrace: deep(5)}), chain("java", event.Exception{Type: "X", Stacktrace: trace("app", "main", "load")}), false},
		{"where a stack overflows", chain("java", event.Exception{Type: "StackOverflowError", Stacktrace: trace("app", "a", "b", "a", "b", "a", "b", "a", "b")}), chain("java", event.Exception{Type: "StackOverflowError", Stacktrace: trace("app", "a", "b", "a", "b", "a", "b", "a", "b", "a", "leaf")}), true},
		{"children of one kind", group("ValueError", "ValueError"), group("ValueError"), true},
		{"children of other kinds", group("ValueError", "KeyError"), group("ValueError", "OSError"), false},
		{"order of children", group("ValueError", "KeyError"), group("KeyError", "ValueError"), true},
		{"a wrapped Go error reported elsewhere", goErr("save", "charge user 1: declined"), goErr("refund", "charge user 2: declined"), true},
		{"another text of a wrapped Go error", goErr("save", "charge user 1: declined"), goErr("save", "refund user 1: declined"), false},
		{"another message of a generic type", chain("java", event.Exception{Type: "RuntimeException", Value: "no stock", Stacktrace: trace("app", "load")}), chain("java", event.Exception{Type: "RuntimeException", Value: "no user", Stacktrace: trace("app", "load")}), false},
		{"another message of a type of its own", chain("java", event.Exception{Type: "OutOfStock", Value: "sku a", Stacktrace: trace("app", "load")}), chain("java", event.Exception{Type: "OutOfStock", Value: "sku b", Stacktrace: trace("app", "load")}), true},
		{"another status of one request", chain("java", event.Exception{Type: "HttpError", Value: "GET /a: status code 404", Stacktrace: trace("app", "load")}), chain("java", event.Exception{Type: "HttpError", Value: "GET /b: status code 503", Stacktrace: trace("app", "load")}), false},
		{"another count of one error", chain("java", event.Exception{Type: "BatchError", Value: "error 404 in row 7", Stacktrace: trace("app", "load")}), chain("java", event.Exception{Type: "BatchError", Value: "error 503 in row 8", Stacktrace: trace("app", "load")}), true},
		{"a helper that throws for others", chain("java", event.Exception{Type: "X", Stacktrace: trace("app", "load", "throwIfNull")}), chain("java", event.Exception{Type: "X", Stacktrace: trace("app", "save", "throwIfNull")}), false},
		{"more frames of a library", libs(12), func() *event.Event { e := libs(12); e.Exceptions[0].Stacktrace.Frames[0].Line = 7; return e }(), true},
		{"a made-up exception of JavaScript", chain("javascript", event.Exception{Type: "Error", Value: "text 1", Mechanism: &event.Mechanism{Synthetic: true}, Stacktrace: trace("app", "x")}), chain("javascript", event.Exception{Type: "Error", Value: "text 2", Mechanism: &event.Mechanism{Synthetic: true}, Stacktrace: trace("app", "y")}), true},
		{"a message with a stack", &event.Event{Platform: "go", Message: event.Message{Formatted: "queue full"}, Threads: []event.Thread{{Current: true, Stacktrace: trace("main", "a")}}}, &event.Event{Platform: "go", Message: event.Message{Formatted: "queue full"}}, true},
		{"messages of one template", &event.Event{Message: event.Message{Template: "user %s left", Formatted: "user ada left", Params: []byte(`["ada"]`)}}, &event.Event{Message: event.Message{Template: "user %s left", Formatted: "user bob left", Params: []byte(`["bob"]`)}}, true},
		{"loggers", &event.Event{Logger: "a.b", Message: event.Message{Formatted: "lost"}}, &event.Event{Logger: "a.c", Message: event.Message{Formatted: "lost"}}, false},
		{"nothing at two places", &event.Event{Transaction: "/a"}, &event.Event{Transaction: "/b"}, false},
		{"parts that join to the same text", &event.Event{Fingerprint: []string{"ab", "c"}}, &event.Event{Fingerprint: []string{"a", "bc"}}, false},
		{"a fingerprint of nothing but the default", &event.Event{Fingerprint: []string{"{{ default }}"}, Message: event.Message{Formatted: "x"}}, &event.Event{Message: event.Message{Formatted: "x"}}, true},
		{"a fingerprint with spaces in its variable", &event.Event{Fingerprint: []string{"{{default}}", "eu"}, Message: event.Message{Formatted: "x"}}, &event.Event{Fingerprint: []string{"{{  default }}", "eu"}, Message: event.Message{Formatted: "x"}}, true},
		{"caught and raised on the spot", chain("node", event.Exception{Type: "SyntaxError", Stacktrace: trace("app", "main", "load")}, event.Exception{Type: "LoadError", Stacktrace: trace("app", "main", "load")}), chain("node", event.Exception{Type: "LoadError", Stacktrace: trace("app", "main", "load")}), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := hashOf(tt.a) == hashOf(tt.b); got != tt.same {
				g := New(Rules{})
				a, b := g.Explain(tt.a), g.Explain(tt.b)
				t.Errorf("same issue: %v, want %v\n%s\n%s", got, tt.same, a.Text(), b.Text())
			}
		})
	}
}

func TestClientThatClaimsNoFrameIsNotBelieved(t *testing.T) {
	t.Parallel()
	none := trace("shopd/cart", "Discount")
	none.Frames[0].InApp = flag(false)
	a := chain("go", event.Exception{Type: "runtime.errorString", Value: "nil", Stacktrace: none})
	b := chain("go", event.Exception{Type: "runtime.errorString", Value: "nil", Stacktrace: trace("shopd/cart", "Discount")})
	if hashOf(a) != hashOf(b) {
		t.Error("builds with and without usable flags are two issues")
	}
}

func TestExplainSaysWhatCounts(t *testing.T) {
	t.Parallel()
	g := New(Rules{})
	a := g.Explain(deepEvent("java", 12))
	if a.Why == "" || a.Basis != BasisStacktrace || len(a.Root.Children) < 2 || a.Hashes[0] != g.Group(deepEvent("java", 12)).Hashes[0] {
		t.Fatalf("%+v", a)
	}
	counted, ignored := 0, 0
	for _, f := range a.Root.Children[1].Children[2].Children {
		if f.Contributes {
			counted++
		} else if f.Reason != "" {
			ignored++
		}
	}
	if counted != 1 || ignored != 11 {
		t.Errorf("%d frames count, %d do not\n%s", counted, ignored, a.Text())
	}
	other := deepEvent("java", 12)
	other.Exceptions[0].Type = "OtherException"
	diff := Diff(a, g.Explain(other))
	if len(diff) != 1 || diff[0] != (Difference{"type", "TimeoutException", "OtherException"}) {
		t.Errorf("difference: %+v", diff)
	}
	if Diff(a, a) != nil {
		t.Error("an event differs from itself")
	}
	msg := g.Explain(&event.Event{Message: event.Message{Formatted: "x 1"}})
	if d := Diff(a, msg); len(d) < 3 {
		t.Errorf("difference to a message: %+v", d)
	}
}

func TestTitleAndCulprit(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 0, 600))
	for range 300 {
		long += "é"
	}
	r := group(chain("python", event.Exception{Type: "ValueError", Value: "\n first line \nsecond", Stacktrace: trace("shop.cart", "total")}))
	if r.Title != "ValueError: first line" || r.Culprit != "total in shop.cart" || r.Type != "ValueError" {
		t.Errorf("%+v", r)
	}
	r = group(&event.Event{Message: event.Message{Formatted: long}, Transaction: "GET /x"})
	if len(r.Title) > maxTitle || r.Culprit != "GET /x" || r.Type != "" {
		t.Errorf("%d bytes: %+v", len(r.Title), r)
	}
}

func FuzzGroup(f *testing.F) {
	f.Add("python", "ValueError", "x 1", "shop.cart", "total", "raise ValueError('x')", true)
	f.Add("native", "SIGSEGV", "", "", "<A<B> as C>::f::{{closure}}", "", false)
	f.Add("csharp", "System.Exception", "a", "A`1[[B]]", "<Main>g__Parse|0_1", "", false)
	f.Fuzz(func(t *testing.T, platform, typ, value, module, function, line string, app bool) {
		e := chain(platform, event.Exception{Type: typ, Value: value, Stacktrace: &event.Stacktrace{Frames: []event.Frame{
			{Module: module, Function: function, ContextLine: line, InApp: &app}, {Filename: module, Function: function}, {Filename: module, Function: function, Package: module},
		}}})
		e.Fingerprint = []string{"{{ default }}", value}
		g := New(Rules{})
		a, b := g.Group(e), g.Explain(e)
		if a.Hashes[0] != b.Hashes[0] || a.Title == "" || a.Basis == "" {
			t.Fatalf("%+v\n%+v", a, b)
		}
		for _, p := range []string{"python", "javascript", "go", "java", "ruby", "php", "csharp", "elixir", "rust", "native", "other"} {
			FrameKey(p, &e.Exceptions[0].Stacktrace.Frames[0])
		}
	})
}
