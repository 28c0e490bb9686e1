package event

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// knowing returns a memory to which the stacks of raw have come often enough.
func knowing(raw []byte) *Stacks {
	s := NewStacks(1 << 20)
	for range worthKnowing {
		s.shorten(nil, repairText(raw))
	}
	return s
}

// checkKnown fails unless raw means the same with its stacks remembered.
func checkKnown(t testing.TB, name string, raw []byte, o ParseOptions) {
	t.Helper()
	want, err := Parse(raw, o)
	if err != nil {
		return
	}
	o.Stacks = knowing(raw)
	got, err := Parse(raw, o)
	if err != nil {
		t.Fatalf("%s: with its stacks known: %v", name, err)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Stacktrace{}, "JSON")); d != "" {
		t.Fatalf("%s: another event with its stacks known (-without +with):\n%s", name, d)
	}
	if a, b := AppendJSON(nil, want), AppendJSON(nil, got); !bytes.Equal(a, b) {
		t.Fatalf("%s: stored as\n%s\nand with its stacks known as\n%s", name, a, b)
	}
}

func TestKnownStacksChangeNothing(t *testing.T) {
	t.Parallel()
	for name, raw := range corpusEvents(t) {
		checkKnown(t, name, raw, ParseOptions{Received: received, RemoteIP: "192.0.2.7"})
	}
}

const (
	plainStack = `{"frames":[{"function":"main","filename":"/a/b.go","lineno":3,"in_app":true},{"function":"f\n","context_line":"x := []int{}","pre_context":["a","é"]}]}`
	withStack  = `{"exception":{"values":[{"type":"E","value":"v","stacktrace":` + plainStack + `}]}}`
)

func TestAStackThatComesOftenIsReadOnce(t *testing.T) {
	t.Parallel()
	s := NewStacks(1 << 20)
	var traces []*Stacktrace
	for range worthKnowing + 2 {
		e, err := Parse([]byte(withStack), ParseOptions{Stacks: s})
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, e.Exceptions[0].Stacktrace)
	}
	last := traces[len(traces)-1]
	if traces[0] == traces[1] {
		t.Error("a stack is shared before it came often")
	}
	if last != traces[len(traces)-2] {
		t.Error("a stack that came often is read anew")
	}
	if want := `{"frames":[{"function":"main","filename":"/a/b.go","lineno":3,"in_app":true}`; !strings.HasPrefix(string(last.JSON), want) {
		t.Errorf("its JSON is %s", last.JSON)
	}
}

func TestKnownStacksInOddPlaces(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"of a thread":           `{"threads":[{"id":1,"current":true,"stacktrace":` + plainStack + `}]}`,
		"of the event":          `{"exception":[{"type":"E"}],"stacktrace":` + plainStack + `}`,
		"twice":                 `{"exception":[{"type":"E","stacktrace":` + plainStack + `,"raw_stacktrace":{"frames":[{"function":"x"}]}},{"type":"F","stacktrace":` + plainStack + `}]}`,
		"given twice":           `{"exception":[{"type":"E","stacktrace":` + plainStack + `,"stacktrace":{"frames":[{"function":"x"}]}}]}`,
		"in another object":     `{"extra":{"stacktrace":` + plainStack + `},"exception":[{"type":"E","stacktrace":` + plainStack + `}]}`,
		"in a text":             `{"message":"{\"stacktrace\":{\"frames\":[{}]}}","exception":[{"type":"E","stacktrace":` + plainStack + `}]}`,
		"with brackets in code": `{"exception":[{"type":"E","stacktrace":{"frames":[{"function":"f","context_line":"x({a:[{b}]})"},{"function":"g"}]}}]}`,
		"with variables":        `{"exception":[{"type":"E","stacktrace":{"frames":[{"function":"f","vars":{"password":"x"}}]}}]}`,
		"with notes":            `{"exception":[{"type":"E","stacktrace":{"frames":[{"function":"f","lineno":"x"}]}}]}`,
		"without frames":        `{"exception":[{"type":"E","value":"v","stacktrace":{"frames":[{}]}}]}`,
		"a mark":                `{"exception":[{"type":"E","stacktrace":"\u00000"},{"type":"F","stacktrace":` + plainStack + `}]}`,
		"broken JSON":           `{"exception":[{"type":"E","stacktrace":{"frames":[{"function":NaN}]}}]}`,
		"cut":                   `{"exception":[{"type":"E","stacktrace":` + plainStack[:40],
		"too many":              `{"exception":[` + strings.Repeat(`{"type":"E","stacktrace":`+plainStack+`},`, maxExceptions+2) + `{"type":"F"}]}`,
	} {
		checkKnown(t, name, []byte(raw), ParseOptions{})
	}
}

func TestKnownStacksAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	s := NewStacks(limit)
	for i := range 200 {
		raw := strings.ReplaceAll(withStack, "main", fmt.Sprint("main", i))
		for range worthKnowing + 1 {
			if _, err := Parse([]byte(raw), ParseOptions{Stacks: s}); err != nil {
				t.Fatal(err)
			}
		}
	}
	total := 0
	for _, generation := range []map[uint64]*knownStack{s.young, s.old} {
		for _, k := range generation {
			total += k.size()
		}
	}
	if total > limit || total < limit/3 {
		t.Errorf("%d bytes of stacks are remembered, with a limit of %d", total, limit)
	}
	latest := strings.ReplaceAll(withStack, "main", "main199")
	if _, known := s.shorten(nil, []byte(latest)); len(known) != 1 {
		t.Error("the latest stack is not known")
	}
}

// The figure is the hot path's: raise it only on purpose.
func TestAllocationsOfAKnownStack(t *testing.T) {
	if n := allocationsOf(t, func(raw []byte) ParseOptions { return ParseOptions{Received: received, Stacks: knowing(raw)} }); n > 26 {
		t.Errorf("an event takes %v allocations", n)
	}
}
