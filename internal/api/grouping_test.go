package api

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/store"
)

// splittable stores an issue with two fingerprints and returns one of them.
func (w *world) splittable() (issueID int64, hash string) {
	w.t.Helper()
	w.gen.NextMessage()
	e := w.gen.EventOf(w.project, w.unique("issue"))
	second := md5.Sum([]byte(w.unique("second")))
	e.Hashes = append(e.Hashes, second)
	r, err := w.store.Apply(w.t.Context(), &store.Batch{Partition: "p", Through: e.Seq, Now: w.gen.Clock.UnixMicro(), Events: []store.EventRow{e}})
	w.ok(err)
	return r.Events[0].IssueID, fmt.Sprintf("%x", second)
}

// send stores an event as the pipeline would, with the hashes of the built-in algorithm.
func (w *world) send(kind, message string) (issueID int64, eventID string) {
	w.t.Helper()
	w.gen.NextMessage()
	e := w.gen.EventOf(w.project, kind+message)
	e.Payload = []byte(fmt.Sprintf(`{"event_id":"%x","exception":[{"type":%q,"value":%q}]}`, e.EventID, kind, message))
	r, err := w.store.Apply(w.t.Context(), &store.Batch{Partition: "p", Through: e.Seq, Now: w.gen.Clock.UnixMicro(), Events: []store.EventRow{e}})
	w.ok(err)
	return r.Events[0].IssueID, fmt.Sprintf("%x", e.EventID)
}

func TestRulesAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	owner := w.session("owner")
	bad := fields{"grouping_rules": "# fine\nlogger:x -> y\nnonsense"}
	path := "/api/v1/projects/" + id(w.project) + "/settings"
	rec := w.do(call{method: "PATCH", path: path, who: owner, body: bad})
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), "line 3") || !strings.Contains(rec.Body.String(), "grouping_rules") {
		t.Errorf("bad rules answer %d %s, want 400 that names line 3 of grouping_rules", rec.Code, rec.Body)
	}
	rec = w.do(call{method: "POST", path: "/api/v1/projects/" + id(w.project) + "/grouping/preview", who: owner, body: fields{"rules": "nonsense"}})
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), "line 1") {
		t.Errorf("a preview of bad rules answers %d %s, want 400 that names line 1", rec.Code, rec.Body)
	}
	w.do(call{method: "PATCH", path: path, who: owner, body: fields{"grouping_rules": "logger:x -> y"}})
	if got := read[fields](w, 200, call{method: "GET", path: path, who: owner}); got["grouping_rules"] != "logger:x -> y" {
		t.Errorf("saved rules read %v", got["grouping_rules"])
	}
}

func TestPreviewTellsSplitsAndMerges(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	a, _ := w.send("DiskError", "disk is full")
	b, _ := w.send("NetError", "host is gone")
	preview := func(rules string) GroupingPreview {
		return read[GroupingPreview](w, 200, call{method: "POST", path: "/api/v1/projects/" + id(w.project) + "/grouping/preview", who: w.session("viewer"), body: fields{"rules": rules}})
	}
	if p := preview(""); len(p.Splits)+len(p.Merges) != 0 {
		t.Errorf("the present rules change the grouping: %+v", p)
	}
	p := preview("type:*Error -> infrastructure")
	if len(p.Merges) != 1 || len(p.Merges[0].IssueIDs) != 2 || len(p.Issues) != 2 {
		t.Fatalf("merges = %+v, want the issues %d and %d to become one", p.Merges, a, b)
	}
	if g := p.Groups[p.Merges[0].Group]; g.EventCount != 2 || g.Basis != "custom" || !strings.Contains(g.Rule, "infrastructure") {
		t.Errorf("group = %+v", g)
	}
}

func TestEventsExplainThemselves(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, a := w.send("DiskError", "disk is full")
	_, b := w.send("NetError", "host is gone")
	viewer := w.session("viewer")
	e := read[Event](w, 200, call{method: "GET", path: "/api/v1/events/" + a, who: viewer})
	if e.Explanation == nil || e.Explanation.Basis != "exception" || e.Explanation.Why == "" || len(e.Explanation.Root.Children) == 0 {
		t.Errorf("explanation = %+v", e.Explanation)
	}
	g := read[EventGrouping](w, 200, call{method: "GET", path: "/api/v1/events/" + a + "/grouping?compare=" + b, who: viewer})
	if g.Compared == nil || g.Compared.Same || len(g.Compared.Differences) == 0 || g.Compared.Differences[0].A != "DiskError" || g.Compared.Differences[0].B != "NetError" {
		t.Errorf("compared = %+v", g.Compared)
	}
	same := read[EventGrouping](w, 200, call{method: "GET", path: "/api/v1/events/" + a + "/grouping?compare=" + a, who: viewer})
	if !same.Compared.Same || len(same.Compared.Differences) != 0 {
		t.Errorf("an event differs from itself: %+v", same.Compared)
	}
}

func TestSplitAndSimilar(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	member := w.session("member")
	issueID, hash := w.splittable()
	path := "/api/v1/issues/" + id(issueID)
	before := read[fields](w, 200, call{method: "GET", path: path, who: member})
	got := read[SplitResult](w, 200, call{method: "POST", path: path + "/split", who: member, body: fields{"hashes": []string{hash}}})
	if got.Issue.ID == issueID || got.Issue.EventCount != 0 || got.Issue.Fingerprint != hash || !strings.Contains(got.Statement, "stay in") {
		t.Errorf("split = %+v", got)
	}
	if after := read[fields](w, 200, call{method: "GET", path: path, who: member}); after["event_count"] != before["event_count"] {
		t.Errorf("the old issue has %v events, had %v", after["event_count"], before["event_count"])
	}
	for name, hashes := range map[string][]string{"the last": {before["fingerprint"].(string)}, "a foreign": {hash}, "no": {"zz"}} {
		if rec := w.do(call{method: "POST", path: path + "/split", who: member, body: fields{"hashes": hashes}}); rec.Code != 400 {
			t.Errorf("splitting off %s fingerprint answers %d %s", name, rec.Code, rec.Body)
		}
	}
	read[json.RawMessage](w, 200, call{method: "GET", path: path + "/similar", who: member})
}
