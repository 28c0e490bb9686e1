package grouping_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/grouping"
)

// corpus returns the folder of labelled data beside the repository, or skips.
func corpus(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Skip("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(filepath.Join(dir, "grouping")); err != nil {
		t.Skip("the corpus is not beside the repository")
	}
	return dir
}

// table reads a tab-separated file with a header.
func table(t testing.TB, path string) []map[string]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no %s", path)
	}
	lines := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	head := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range strings.Split(line, "\t") {
			if i < len(head) {
				row[head[i]] = cell
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// captured is one labelled event of a real SDK.
type captured struct {
	sdk, file, label string
	event            *event.Event
}

// capturedEvents returns the events of the SDK corpus that count for grouping.
func capturedEvents(t testing.TB) []captured {
	t.Helper()
	dir := filepath.Join(corpus(t), "sdk")
	var out []captured
	for _, row := range table(t, filepath.Join(dir, "index.tsv")) {
		csp := row["items"] == "csp-report"
		if row["score"] != "1" || !csp && !strings.Contains(row["items"], "event") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, row["sdk"], row["file"]+".body"))
		if err != nil {
			t.Fatal(err)
		}
		parse, raws := event.Parse, [][]byte{body}
		if csp {
			parse = event.ParseSecurityReport
		} else {
			raws = eventsIn(unpack(body))
		}
		for _, raw := range raws {
			e, err := parse(raw, event.ParseOptions{})
			if err != nil {
				t.Fatalf("%s/%s: %v", row["sdk"], row["file"], err)
			}
			out = append(out, captured{row["sdk"], row["file"], row["expected_group"], e})
		}
	}
	return out
}

// eventsIn returns the events of an envelope, or the body itself when it is a single event.
func eventsIn(body []byte) (events [][]byte) {
	head, rest, _ := bytes.Cut(body, []byte("\n"))
	var first struct {
		Platform  string          `json:"platform"`
		Message   json.RawMessage `json:"message"`
		Exception json.RawMessage `json:"exception"`
	}
	if json.Unmarshal(body, &first) == nil && json.Unmarshal(head, &first) != nil || first.Platform != "" || first.Message != nil || first.Exception != nil {
		return [][]byte{body}
	}
	for len(rest) > 0 {
		var item struct {
			Type   string `json:"type"`
			Length *int   `json:"length"`
		}
		head, rest, _ = bytes.Cut(rest, []byte("\n"))
		if json.Unmarshal(head, &item) != nil {
			break
		}
		var payload []byte
		if item.Length != nil && *item.Length <= len(rest) {
			payload, rest = rest[:*item.Length], bytes.TrimPrefix(rest[*item.Length:], []byte("\n"))
		} else {
			payload, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		if item.Type == "event" {
			events = append(events, payload)
		}
	}
	return events
}

func unpack(body []byte) []byte {
	if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		if out, err := io.ReadAll(r); err == nil {
			return out
		}
	}
	if raw, err := base64.StdEncoding.DecodeString(string(body)); err == nil {
		if r, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			if out, err := io.ReadAll(r); err == nil {
				return out
			}
		}
	}
	return body
}

// mislabelled are rows whose label cannot hold: the event carries a
// fingerprint of its own, the others of its label do not.
func mislabelled(c captured) bool { return c.sdk == "sentry-node-legacy" && c.file == "025" }

func TestCapturedEventsOfOneBugAreOneIssueAndNoOthers(t *testing.T) {
	t.Parallel()
	g := grouping.New(grouping.Rules{})
	issues := map[string]map[grouping.Hash]string{} // project → hash → label
	labels := map[string]grouping.Result{}
	merged, split := 0, 0
	all := capturedEvents(t)
	slices.SortStableFunc(all, func(a, b captured) int { return cmp.Compare(a.sdk, b.sdk) })
	for _, c := range all {
		if mislabelled(c) {
			continue
		}
		project, _, _ := strings.Cut(c.label, "/")
		r := g.Group(c.event)
		if issues[project] == nil {
			issues[project] = map[grouping.Hash]string{}
		}
		if other, ok := issues[project][r.Hashes[0]]; ok && other != c.label {
			merged++
			t.Errorf("over: %s/%s %s is in the issue of %s: %+v", c.sdk, c.file, c.label, other, r)
		}
		issues[project][r.Hashes[0]] = c.label
		if first, ok := labels[c.label]; ok && first.Hashes[0] != r.Hashes[0] {
			split++
			a := g.Explain(c.event)
			t.Errorf("under: %s/%s %s has another hash:\n%+v\n%+v\n%s", c.sdk, c.file, c.label, r, first, a.Text())
		} else if !ok {
			labels[c.label] = r
		}
	}
	t.Logf("%d events, %d labels, %d over, %d under", len(all), len(labels), merged, split)
}
