package grouping

import (
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
)

func mustRules(t *testing.T, text string) Rules {
	t.Helper()
	r, err := ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRulesNamesTheLineAndWhatToChange(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"type:X -> ", "line 1: write a fingerprint behind"},
		{"# fine\n\n-> key", "line 3: write at least one matcher"},
		{"colour:red -> key", `line 1: unknown key "colour"`},
		{"type -> key", `line 1: write "type" as key:value`},
		{"type: -> key", "line 1: write a value behind"},
		{"module:x", "line 1: add what to do"},
		{"module:x +foo", `line 1: unknown action "+foo"`},
		{"+app", "line 1: write at least one matcher"},
		{"+app module:x", "line 1: write the matcher"},
		{"logger:x -app", "line 1: logger cannot be used for frames"},
		{"max-frames=99", "line 1: max-frames must be a number from 1 to 20"},
		{`type:"x -> y`, `line 1: close the quote "`},
		{"type:x -> {{ default", "line 1: close the {{ with }}"},
		{"type:X -> {{ default }} {{ user.id }}", `line 1: there is no variable "user.id"; use default`},
		{"builtin:nothing off", "line 1: there is no built-in rule"},
		{"builtin:hydration on", `line 1: write "builtin:hydration off"`},
		{"type:" + strings.Repeat("x", 300) + " -> y", "line 1: shorten the value of type"},
		{strings.Repeat("module:x -app\n", 501), "line 501: there are more than 500 rules"},
		{strings.Repeat("#", 70_000), "shorten them"},
	}
	for _, tt := range tests {
		_, err := ParseRules(tt.text)
		if err == nil || !strings.Contains(fault.MessageOf(err), tt.want) || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("ParseRules(%.40q) = %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestFingerprintRules(t *testing.T) {
	t.Parallel()
	e := func() *event.Event {
		return &event.Event{
			Platform: "python", Transaction: "/pay", Level: event.LevelError, Logger: "shop.db", Tags: []event.Tag{{Key: "Region", Value: "eu"}},
			Exceptions: []event.Exception{{Type: "TimeoutError", Value: "query 17 timed out", Stacktrace: &event.Stacktrace{Frames: []event.Frame{{Module: "shop.db", Function: "query", Filename: "shop/db.py"}}}}},
		}
	}
	tests := []struct {
		rule string
		hit  bool
	}{
		{"error.type:TimeoutError -> db", true},
		{"type:timeout* -> db", true},
		{"!type:TimeoutError -> db", false},
		{"type:TimeoutError logger:shop.* -> db", true},
		{"type:TimeoutError logger:web -> db", false},
		{`message:"*timed out" -> db`, true},
		{"tags.region:eu -> db", true},
		{"tags.region:us -> db", false},
		{"level:error,fatal -> db", true},
		{"function:query module:shop.* -> db", true},
		{"function:query module:web.* -> db", false},
		{"path:*/db.py -> db", true},
		{"app:yes -> db", true},
		{"family:python,node -> db", true},
		{"transaction:/pay -> db", true},
	}
	for _, tt := range tests {
		r := New(mustRules(t, tt.rule)).Group(e())
		if hit := r.Basis == BasisCustom; hit != tt.hit {
			t.Errorf("%s: matched %v, want %v", tt.rule, hit, tt.hit)
		}
	}
	x := New(mustRules(t, `type:TimeoutError -> db {{ transaction }} {{ tags.region }} title="Timeout in {{ transaction }}"`)).Explain(e())
	if x.Title != "Timeout in /pay" || x.Root.Children[0].Children[1].Value != "/pay" || x.Root.Children[0].Children[2].Value != "eu" || x.Rule == "" {
		t.Errorf("variables: %+v", x)
	}
}

func TestStackRules(t *testing.T) {
	t.Parallel()
	e := &event.Event{Platform: "python", Exceptions: []event.Exception{{Type: "KeyError", Value: "'x'", Stacktrace: &event.Stacktrace{Frames: []event.Frame{
		{Module: "shop.web", Function: "handle", Filename: "shop/web.py"}, {Module: "shop.cart", Function: "total", Filename: "shop/cart.py"}, {Module: "shop.util", Function: "get", Filename: "shop/util.py"},
	}}}}}
	tests := []struct{ rules, want string }{
		{"", "get in shop.util"},
		{"module:shop.util -app", "total in shop.cart"},
		{"function:get -group", "total in shop.cart"},
		{"function:handle ^-app", "handle in shop.web"},
		{"function:get v-app", "get in shop.util"},
		{"family:python path:*util* -app", "total in shop.cart"},
		{"family:node path:*util* -app", "get in shop.util"},
		{"type:KeyError module:shop.* -app\nmodule:shop.web +app", "handle in shop.web"},
		{"max-frames=2", "get in shop.util, total in shop.cart"},
		{"app:yes max-frames=3", "get in shop.util, total in shop.cart, handle in shop.web"},
	}
	for _, tt := range tests {
		x := New(mustRules(t, tt.rules)).Explain(e)
		var frames []string
		parts := x.Root.Children[0].Children
		for i := range parts {
			if parts[i].Name == "function" {
				frames = append(frames, parts[i].Value+" in "+parts[i-1].Value)
			}
		}
		if got := strings.Join(frames, ", "); got != tt.want {
			t.Errorf("%q: frames %q, want %q", tt.rules, got, tt.want)
		}
	}
}

func TestReporterRuleAddsTheMessage(t *testing.T) {
	t.Parallel()
	e := func(v string) *event.Event {
		return &event.Event{Platform: "python", Exceptions: []event.Exception{{Type: "ValueError", Value: v, Stacktrace: &event.Stacktrace{Frames: []event.Frame{{Module: "shop", Function: "send_to_slack"}}}}}}
	}
	plain, ruled := New(Rules{}), New(mustRules(t, "reporter:send_to_*"))
	if plain.Group(e("cart is empty")).Hashes[0] != plain.Group(e("no stock")).Hashes[0] {
		t.Error("without the rule the message counts")
	}
	if ruled.Group(e("cart is empty")).Hashes[0] == ruled.Group(e("no stock")).Hashes[0] {
		t.Error("with the rule the message does not count")
	}
}

func TestBuiltinRulesCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	e := func(v string) *event.Event {
		return &event.Event{Platform: "javascript", Exceptions: []event.Exception{{Type: "Error", Value: v}}}
	}
	a, b := e("Loading chunk 12 failed."), e("Loading CSS chunk app failed.")
	on, off := New(Rules{}), New(mustRules(t, "builtin:chunk-load off"))
	if on.Group(a).Hashes[0] != on.Group(b).Hashes[0] {
		t.Error("failures to load a chunk are several issues")
	}
	if off.Group(a).Hashes[0] == off.Group(b).Hashes[0] {
		t.Error("the rule works although it is off")
	}
}

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"a", "A", true}, {"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abd", false}, {"a?c", "abc", true}, {"**/vendor/**", "/x/vendor/y", true}, {"*", "", true}, {"a", "ab", false},
	} {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add("type:X message:\"a b\" -> k {{ default }} title=\"t\"\nmodule:x ^-app max-frames=2\nbuiltin:hydration off")
	e := deepEvent("java", 5)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRules(text)
		if err != nil {
			return
		}
		if res := New(r).Group(e); len(res.Hashes) == 0 || res.Title == "" {
			t.Fatalf("%q gives %+v", text, res)
		}
	})
}
