// Package corpus replays captured traffic of real clients and sample events
// through the front door of the real server.
package corpus

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

// capturedKey is the public key in every captured request.
const capturedKey = "0123456789abcdef0123456789abcdef"

// oversized is the one captured event above 1 MiB: PROTOCOL.md, §6 wants a 413 for it.
const oversized = "sentry-node/078"

// row is one line of index.tsv with what became of its request.
type row struct {
	sdk, file, items, group string
	score                   bool
	id                      string
}

func (r row) String() string { return r.sdk + "/" + r.file }

func TestCapturedTraffic(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	dir := harness.Corpus(t, "sdk")
	s := harness.Start(t, harness.Options{Key: capturedKey})
	rows := readIndex(t, dir)

	ids := map[string]bool{}
	for i := range rows {
		rows[i].id = replay(t, s, dir, rows[i])
		switch {
		case !isEvent(rows[i]) || rows[i].String() == oversized:
		case rows[i].id == "":
			t.Errorf("%s: an event was accepted without an id in the answer", rows[i])
		default:
			ids[rows[i].id] = true
		}
	}

	issueOf := map[string]int64{}
	harness.Eventually(t, 30*time.Second, func() error {
		events, err := s.Events()
		if err != nil {
			return err
		}
		clear(issueOf)
		for _, e := range events {
			if issueOf[e.ID] != 0 {
				t.Fatalf("event %s is stored twice", e.ID)
			}
			issueOf[e.ID] = e.IssueID
		}
		for id := range ids {
			if issueOf[id] == 0 {
				return fmt.Errorf("event %s is not stored yet (%d of %d are)", id, len(events), len(ids))
			}
		}
		return nil
	})
	checkLabels(t, rows, issueOf)
	if strings.Contains(s.Log(), "panic") {
		t.Error("the server's log tells of a panic")
	}
}

func isEvent(r row) bool { return strings.Contains(r.items, "event") }

// checkLabels wants at least 90 % of the labels to be exactly one issue, and tells of the others.
func checkLabels(t *testing.T, rows []row, issueOf map[string]int64) {
	t.Helper()
	issues := map[string][]int64{}
	labels := map[int64][]string{}
	for _, r := range rows {
		issue := issueOf[r.id]
		if !r.score || issue == 0 {
			continue
		}
		if !slices.Contains(issues[r.group], issue) {
			issues[r.group] = append(issues[r.group], issue)
		}
		if !slices.Contains(labels[issue], r.group) {
			labels[issue] = append(labels[issue], r.group)
		}
	}
	one := 0
	for group, of := range issues {
		switch {
		case len(of) > 1:
			t.Logf("label %s is %d issues", group, len(of))
		case len(labels[of[0]]) > 1:
			t.Logf("label %s shares its issue with %v", group, labels[of[0]])
		default:
			one++
		}
	}
	t.Logf("%d of %d labels are exactly one issue", one, len(issues))
	if one*10 < len(issues)*9 {
		t.Errorf("%d of %d labels are exactly one issue, want 90 %%", one, len(issues))
	}
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	dir := harness.Corpus(t, "events")
	s := harness.Start(t, harness.Options{})
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		status, answer := send(t, http.MethodPost, s.URL+"/api/1/store/?sentry_key="+s.Key, nil, body)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", filepath.Base(file), status, answer)
			continue
		}
		sent[answerID(answer)] = true
	}
	harness.Eventually(t, 60*time.Second, func() error {
		events, err := s.Events()
		if err != nil {
			return err
		}
		if len(events) != len(sent) {
			return fmt.Errorf("%d events are stored, want %d", len(events), len(sent))
		}
		return nil
	})
	t.Logf("%d sample events, %d distinct, each stored once", len(files), len(sent))
}

func readIndex(t *testing.T, dir string) []row {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, l := range lines[1:] {
		rows = append(rows, row{sdk: l[0], file: l[2], items: l[3], group: l[5], score: l[6] == "1"})
	}
	return rows
}

// captured is the part of a .http-meta.json file that the replay needs.
type captured struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Headers http.Header `json:"headers"`
}

// replay sends one captured request again and returns the event id of the answer.
func replay(t *testing.T, s *harness.Server, dir string, r row) string {
	t.Helper()
	base := filepath.Join(dir, r.sdk, r.file)
	text, err := os.ReadFile(base + ".http-meta.json")
	if err != nil {
		t.Fatal(err)
	}
	var c captured
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(base + ".body")
	if err != nil {
		t.Fatal(err)
	}
	want := http.StatusOK
	if r.String() == oversized {
		want = http.StatusRequestEntityTooLarge
	}
	status, answer := send(t, c.Method, s.URL+c.Path, c.Headers, body)
	if status != want {
		t.Errorf("%s (%s): answered %d %s, want %d", r, r.items, status, answer, want)
	}
	return answerID(answer)
}

func send(t *testing.T, method, url string, headers http.Header, body []byte) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range headers {
		if name != "Host" && name != "Content-Length" && name != "Connection" {
			req.Header[name] = values
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func answerID(answer []byte) string {
	var a struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(answer, &a)
	return a.ID
}
