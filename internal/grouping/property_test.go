package grouping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/grouping"
)

// rawEvent is one scored event of the SDK corpus as plain JSON values.
type rawEvent struct {
	name string
	tree map[string]any
	hash grouping.Hash
}

// rawEvents parses the stored form of the captured events, so that it can be changed and read again.
func rawEvents(t *testing.T) []rawEvent {
	t.Helper()
	g := grouping.New(grouping.Rules{})
	var out []rawEvent
	for _, c := range capturedEvents(t) {
		raw := event.AppendJSON(nil, c.event)
		var tree map[string]any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		out = append(out, rawEvent{c.sdk + "/" + c.file, tree, g.Group(c.event).Hashes[0]})
	}
	return out
}

// same fails when the changed tree of an event has another primary hash.
func (r rawEvent) same(t *testing.T, what string, raw []byte) {
	t.Helper()
	e, err := event.Parse(raw, event.ParseOptions{})
	if err != nil {
		t.Fatalf("%s: %s: %v", r.name, what, err)
	}
	if got := grouping.New(grouping.Rules{}).Group(e); got.Hashes[0] != r.hash {
		t.Errorf("%s: %s changes the fingerprint: %+v", r.name, what, got)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// shuffled writes a JSON tree with the keys of every object in random order.
func shuffled(b *bytes.Buffer, v any, rnd *rand.Rand) {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		rnd.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%q:", k)
			shuffled(b, v[k], rnd)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			shuffled(b, v[i], rnd)
		}
		b.WriteByte(']')
	default:
		raw, _ := json.Marshal(v)
		b.Write(raw)
	}
}

func TestKeyOrderNeverChangesTheFingerprint(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, r := range rawEvents(t) {
		var b bytes.Buffer
		shuffled(&b, r.tree, rnd)
		r.same(t, "another order of keys", b.Bytes())
	}
}

func TestInterfaceShapeNeverChangesTheFingerprint(t *testing.T) {
	t.Parallel()
	for _, r := range rawEvents(t) {
		tree := map[string]any{}
		for k, v := range r.tree {
			switch k {
			case "exception", "threads", "breadcrumbs":
				if list, ok := v.([]any); ok {
					v = map[string]any{"values": list}
				}
				if k == "exception" {
					k = "sentry.interfaces.Exception"
				}
			case "logentry":
				k = "sentry.interfaces.Message"
			}
			tree[k] = v
		}
		r.same(t, "the long shape of interfaces", marshal(t, tree))
		if list, ok := r.tree["exception"].([]any); ok && len(list) == 1 {
			tree = map[string]any{}
			for k, v := range r.tree {
				tree[k] = v
			}
			tree["exception"] = list[0]
			r.same(t, "a single exception without a list", marshal(t, tree))
		}
	}
}

// eachFrame calls f for every frame of a tree.
func eachFrame(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		if frames, ok := v["frames"].([]any); ok {
			for _, fr := range frames {
				if m, ok := fr.(map[string]any); ok {
					f(m)
				}
			}
		}
		for _, child := range v {
			eachFrame(child, f)
		}
	case []any:
		for _, child := range v {
			eachFrame(child, f)
		}
	}
}

// cloned copies a tree by way of its text.
func cloned(t *testing.T, tree map[string]any) map[string]any {
	t.Helper()
	var out map[string]any
	dec := json.NewDecoder(bytes.NewReader(marshal(t, tree)))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLineShiftNeverChangesTheFingerprint(t *testing.T) {
	t.Parallel()
	for _, r := range rawEvents(t) {
		tree := cloned(t, r.tree)
		eachFrame(tree, func(f map[string]any) {
			if n, ok := f["lineno"].(json.Number); ok {
				v, _ := n.Int64()
				f["lineno"] = v + 17
			}
		})
		r.same(t, "a shift of lines", marshal(t, tree))
	}
}

var deployRoot = regexp.MustCompile(`^/srv/apps/demo/current/`)

func TestDeployPathNeverChangesTheFingerprint(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"/opt/releases/20260102030405/", "/home/ci/build-7f3a2c1/"} {
		for _, r := range rawEvents(t) {
			tree := cloned(t, r.tree)
			eachFrame(tree, func(f map[string]any) {
				for _, k := range []string{"filename", "abs_path"} {
					if s, ok := f[k].(string); ok {
						f[k] = deployRoot.ReplaceAllString(s, root)
					}
				}
			})
			r.same(t, "another deploy path", marshal(t, tree))
		}
	}
}

func TestValuesInMessagesNeverChangeTheFingerprint(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`\b\d{2,}\b`)
	e := func(v string) *event.Event {
		return &event.Event{Platform: "python", Exceptions: []event.Exception{{Type: "ValueError", Value: v}}}
	}
	g := grouping.New(grouping.Rules{})
	for _, text := range []string{"order 10 of user 20 failed", "took 120ms", "at 2024-01-02 10:11:12 lost 500 rows", "blk_4711 gone"} {
		other := number.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("1", len(s)) })
		if g.Group(e(text)).Hashes[0] != g.Group(e(other)).Hashes[0] {
			t.Errorf("%q and %q are two issues", text, other)
		}
	}
}

func TestAnotherBugInTheSameFileIsAnotherIssue(t *testing.T) {
	t.Parallel()
	yes := true
	make := func(change func(*event.Exception, *event.Frame)) grouping.Hash {
		f := event.Frame{Module: "shop.cart", Filename: "shop/cart.py", Function: "total", ContextLine: "return sum(prices)", HasContext: true, Line: 10, InApp: &yes}
		x := event.Exception{Type: "TypeError", Value: "unsupported operand", Stacktrace: &event.Stacktrace{}}
		change(&x, &f)
		x.Stacktrace.Frames = []event.Frame{{Module: "shop.web", Function: "handle", InApp: &yes}, f}
		return grouping.New(grouping.Rules{}).Group(&event.Event{Platform: "python", Exceptions: []event.Exception{x}}).Hashes[0]
	}
	base := make(func(*event.Exception, *event.Frame) {})
	for name, change := range map[string]func(*event.Exception, *event.Frame){
		"another function": func(_ *event.Exception, f *event.Frame) { f.Function = "discount" },
		"another type":     func(x *event.Exception, _ *event.Frame) { x.Type = "KeyError" },
		"another line":     func(_ *event.Exception, f *event.Frame) { f.ContextLine = "return items[0].price" },
	} {
		if make(change) == base {
			t.Errorf("%s is the same issue", name)
		}
	}
	if make(func(_ *event.Exception, f *event.Frame) { f.Line = 99 }) != base {
		t.Error("a line number makes another issue")
	}
}
