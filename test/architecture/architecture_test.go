// Package architecture holds the rule that imports point to a lower ring.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/mesher/mesher/"

// rings places every package, by the longest matching prefix. Ring 0 is
// ground, 1 domain (pure), 2 ports, 3 policy, 4 adapters, 5 application.
var rings = map[string]int{
	"internal/fault":            0,
	"internal/skim":             0,
	"internal/event":            1,
	"internal/logentry":         1,
	"internal/grouping":         1,
	"internal/issue":            1,
	"internal/org":              1,
	"internal/alert":            1,
	"internal/search":           1,
	"internal/rollup":           1,
	"internal/wordindex":        1,
	"internal/store":            2,
	"internal/eventlog":         2,
	"internal/view":             2,
	"internal/cluster":          2,
	"internal/pipeline":         3,
	"internal/live":             3,
	"internal/quota":            3,
	"internal/retention":        3,
	"internal/triage":           3,
	"internal/auth":             3,
	"internal/store/sqlstore":   4,
	"internal/store/storetest":  4,
	"internal/eventlog/jetlog":  4,
	"internal/eventlog/logtest": 4,
	"internal/ingest":           4,
	"internal/api":              4,
	"internal/livews":           4,
	"internal/oidc":             4,
	"internal/httpd":            4,
	"internal/supervise":        4,
	"internal/groupingcli":      5,
	"internal/bench":            5,
	"internal/sendcli":          5,
	"internal/tailcli":          5,
	"internal/operator":         5,
	"internal/app":              5,
	"cmd":                       5,
	"test":                      5,
	"web":                       4,
}

// drawn are the edges between siblings that the design draws on purpose.
var drawn = map[[2]string]string{
	{"internal/issue", "internal/event"}:                 "an issue has a level",
	{"internal/logentry", "internal/event"}:              "a log entry has a level and may carry an event",
	{"internal/grouping", "internal/event"}:              "grouping reads events",
	{"internal/rollup", "internal/event"}:                "rollups count levels",
	{"internal/store", "internal/eventlog"}:              "row ids are made from log positions",
	{"internal/ingest/sentry", "internal/ingest"}:        "protocols end in the one admission",
	{"internal/ingest/native", "internal/ingest"}:        "protocols end in the one admission",
	{"internal/ingest/otlp", "internal/ingest"}:          "protocols end in the one admission",
	{"internal/view", "internal/store"}:                  "shapes what the store returns",
	{"internal/view", "internal/eventlog"}:               "makes facts",
	{"internal/api", "internal/httpd/problem"}:           "one place maps fault codes to statuses",
	{"internal/api", "internal/oidc"}:                    "signing in speaks the provider's flow",
	{"internal/livews", "internal/httpd/problem"}:        "one place maps fault codes to statuses",
	{"internal/ingest/sentry", "internal/httpd/problem"}: "one place maps fault codes to statuses",
	{"internal/ingest/native", "internal/httpd/problem"}: "one place maps fault codes to statuses",
	{"internal/ingest/otlp", "internal/httpd/problem"}:   "one place maps fault codes to statuses",
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointInwards(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		ring, ok := ringOf(from)
		if !ok {
			t.Errorf("%s has no ring: add it to the table, and to CONTRIBUTING if it is a new room", from)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours || sameRoom(from, to) {
				continue
			}
			target, _ := ringOf(to)
			_, isDrawn := drawn[[2]string{from, to}]
			if target > ring || (target == ring && ring < 5 && !isDrawn) {
				t.Errorf("%s (ring %d) imports %s (ring %d)", from, ring, to, target)
			}
		}
	}
}

// sameRoom holds for a package and the ones below it.
func sameRoom(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

func ringOf(path string) (ring int, ok bool) {
	for prefix := path; prefix != ""; {
		if ring, ok := rings[prefix]; ok {
			return ring, true
		}
		cut := strings.LastIndexByte(prefix, '/')
		if cut < 0 {
			break
		}
		prefix = prefix[:cut]
	}
	return 0, false
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
