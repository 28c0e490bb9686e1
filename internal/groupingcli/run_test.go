package groupingcli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
)

func TestRunPrintsOneLineForEach(t *testing.T) {
	t.Parallel()
	tests := []struct{ mode, in, want string }{
		{"normalize", "\"user 12 at <b>\"\n\"plain\"\n", "\"user <n> at <b>\"\n\"plain\"\n"},
		{"frames", `{"platform":"go","frame":{"module":"acme/x","function":"Map[...]"}}` + "\n" + `{"platform":"native","frame":{"function":"<redacted>"}}` + "\n", `["acme/x","Map[...]"]` + "\nnull\n"},
		{"templates", "\"job 1 done\"\n\"job 2 done\"\n", "\"job <n> done\"\n\"job <n> done\"\n"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		if err := Run(tt.mode, grouping.Rules{}, strings.NewReader(tt.in), &out); err != nil || out.String() != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.mode, out.String(), err, tt.want)
		}
	}
}

func TestRunExplainsEventsByRules(t *testing.T) {
	t.Parallel()
	rules, err := grouping.ParseRules("message:*declined* -> payment")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Run("event", rules, strings.NewReader(`{"message":"card 17 declined"}`), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"basis":"custom"`, `"value":"payment"`, `"rule":"message:*declined* -> payment"`, `"version":"mesher-g1"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}

func TestRunNamesTheBadLine(t *testing.T) {
	t.Parallel()
	for _, mode := range Modes() {
		err := Run(mode, grouping.Rules{}, strings.NewReader("17x\n"), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if err := Run("x", grouping.Rules{}, nil, nil); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("unknown mode: %v", err)
	}
}
