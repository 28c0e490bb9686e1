// Package grouping changes from outside where events go: by rules, merging and
// splitting, through the real server.
package grouping

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

const limit = 20 * time.Second

// shop is a server with one project that receives errors.
type shop struct {
	*harness.Server
	t    *testing.T
	sent int
}

func start(t *testing.T) *shop {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real server: not with -short")
	}
	return &shop{Server: harness.Start(t, harness.Options{}), t: t}
}

// send sends an error and returns the issue it was put into.
func (s *shop) send(kind, logger string) int64 {
	s.t.Helper()
	s.sent++
	body := fmt.Sprintf(`{"platform":"python","logger":%q,"exception":{"values":[{"type":%q,"value":"request %d failed"}]}}`, logger, kind, s.sent)
	status, answer, err := s.PostEvent([]byte(body))
	if err != nil || status != http.StatusAccepted {
		s.t.Fatalf("an event is answered %d %s %v", status, answer, err)
	}
	var accepted struct{ ID string }
	if err := json.Unmarshal(answer, &accepted); err != nil {
		s.t.Fatal(err)
	}
	var e struct {
		IssueID   int64 `json:"issue_id"`
		Timestamp time.Time
	}
	var i struct {
		LastSeen time.Time `json:"last_seen"`
	}
	// An event is found a moment before its issue has counted it.
	harness.Eventually(s.t, limit, func() error {
		if err := s.TryGet("/api/v1/events/"+accepted.ID, &e); err != nil {
			return err
		}
		if err := s.TryGet(fmt.Sprintf("/api/v1/issues/%d", e.IssueID), &i); err != nil {
			return err
		}
		if i.LastSeen.Before(e.Timestamp) {
			return fmt.Errorf("issue %d has not counted event %s", e.IssueID, accepted.ID)
		}
		return nil
	})
	return e.IssueID
}

// call sends a request that must succeed.
func (s *shop) call(method, path string, in, out any) {
	s.t.Helper()
	if err := s.Call(method, path, in, out); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) issue(id int64) (i harness.Issue) {
	s.t.Helper()
	s.Get(fmt.Sprintf("/api/v1/issues/%d", id), &i)
	return i
}

// counts waits until the issue counts n events.
func (s *shop) counts(id, n int64) {
	s.t.Helper()
	harness.Eventually(s.t, limit, func() error {
		if i := s.issue(id); i.EventCount != n {
			return fmt.Errorf("issue %d counts %d events, want %d", id, i.EventCount, n)
		}
		return nil
	})
}

func (s *shop) hashes(id int64) (list []string) {
	s.t.Helper()
	var page struct {
		Items []struct {
			Hash            string `json:"hash"`
			GroupingVersion string `json:"grouping_version"`
		}
	}
	s.Get(fmt.Sprintf("/api/v1/issues/%d/hashes", id), &page)
	for _, h := range page.Items {
		if h.GroupingVersion == "" {
			s.t.Errorf("fingerprint %s is stored without its version", h.Hash)
		}
		list = append(list, h.Hash)
	}
	return list
}

type object = map[string]any

func TestSavedRulesPlaceTheNextEvent(t *testing.T) {
	t.Parallel()
	s := start(t)
	disk, net := s.send("DiskError", "app"), s.send("NetError", "app")
	if disk == net {
		t.Fatal("unlike errors are one issue without any rule")
	}
	const settings = "/api/v1/projects/1/settings"
	err := s.Call(http.MethodPatch, settings, object{"grouping_rules": "logger:app -> app\n\nbroken rule"}, nil)
	if err == nil || !strings.Contains(err.Error(), "400") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a broken rule is answered %v, want 400 that names line 3", err)
	}
	if got := s.send("DiskError", "app"); got != disk {
		t.Errorf("rules that were refused act: the event went to issue %d, want %d", got, disk)
	}
	s.call(http.MethodPatch, settings, object{"grouping_rules": "type:*Error -> infrastructure"}, nil)
	first, second := s.send("DiskError", "app"), s.send("NetError", "app")
	if first != second || first == disk || first == net {
		t.Errorf("by the rule the events went to %d and %d, want one new issue", first, second)
	}
	s.counts(first, 2)
	if i := s.issue(first); i.Basis != "custom" {
		t.Errorf("the rule's issue = %+v, want it to be custom", i)
	}
	s.call(http.MethodPatch, settings, object{"grouping_rules": ""}, nil)
	if got := s.send("NetError", "app"); got != net {
		t.Errorf("without the rule the event went to issue %d, want %d as before", got, net)
	}
}

func TestPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	disk, net := s.send("DiskError", "app"), s.send("NetError", "app")
	var preview struct {
		EventCount int `json:"event_count"`
		Merges     []struct {
			IssueIDs []int64 `json:"issue_ids"`
		}
		Splits []object
	}
	s.call(http.MethodPost, "/api/v1/projects/1/grouping/preview", object{"rules": "type:*Error -> infrastructure"}, &preview)
	if preview.EventCount != 2 || len(preview.Merges) != 1 || len(preview.Merges[0].IssueIDs) != 2 || len(preview.Splits) != 0 {
		t.Errorf("preview = %+v, want the two issues to merge", preview)
	}
	if got := s.send("DiskError", "app"); got != disk || got == net {
		t.Errorf("after a preview the event went to issue %d, want %d", got, disk)
	}
}

func TestMergedFingerprintsLeadToTheTarget(t *testing.T) {
	t.Parallel()
	s := start(t)
	disk, net := s.send("DiskError", "app"), s.send("NetError", "app")
	s.call(http.MethodPost, fmt.Sprintf("/api/v1/issues/%d/merge", disk), object{"ids": []int64{net}}, nil)
	if got := s.send("NetError", "app"); got != disk {
		t.Errorf("an event of the merged issue went to %d, want %d", got, disk)
	}
	s.counts(disk, 3)

	// Taken apart again, events go their own ways and every one is counted once.
	diskHash := s.hashes(disk)
	var split struct {
		Issue     harness.Issue
		Statement string
	}
	var explained struct {
		Explanation struct{ Hashes []string }
	}
	var events struct{ Items []harness.EventSummary }
	s.Get(fmt.Sprintf("/api/v1/issues/%d/events?start=-1d", disk), &events)
	s.Get("/api/v1/events/"+events.Items[0].ID+"/grouping", &explained)
	netHash := explained.Explanation.Hashes[0]
	if len(diskHash) != 2 || len(events.Items) != 3 {
		t.Fatalf("the merged issue has fingerprints %v and %d events, want 2 and 3", diskHash, len(events.Items))
	}
	s.call(http.MethodPost, fmt.Sprintf("/api/v1/issues/%d/split", disk), object{"hashes": []string{netHash}}, &split)
	if split.Issue.EventCount != 0 || !strings.Contains(split.Issue.Title, "NetError") || split.Statement == "" {
		t.Errorf("split = %+v, want an issue of NetError without events", split)
	}
	if got := s.send("NetError", "app"); got != split.Issue.ID {
		t.Errorf("an event of the split fingerprint went to %d, want %d", got, split.Issue.ID)
	}
	if got := s.send("DiskError", "app"); got != disk {
		t.Errorf("an event of the other fingerprint went to %d, want %d", got, disk)
	}
	s.counts(disk, 4)
	s.counts(split.Issue.ID, 1)
}

func TestLogPatternsSurviveARestart(t *testing.T) {
	t.Parallel()
	s := start(t)
	lines := func(from, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `{"level":"info","message":"order %d was paid by customer node_%c"}`+"\n", from+i, 'a'+(from+i)%26)
		}
		req, err := http.NewRequest(http.MethodPost, s.URL+"/api/v1/logs", strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Mesher-Auth", s.Key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			t.Fatalf("log lines are answered %d", resp.StatusCode)
		}
	}
	want := func(n int64) {
		harness.Eventually(t, limit, func() error {
			var page struct {
				Items []struct {
					Pattern string
					Count   int64
				}
			}
			if err := s.TryGet("/api/v1/projects/1/log-patterns", &page); err != nil {
				return err
			}
			if len(page.Items) != 1 || page.Items[0].Count != n {
				return fmt.Errorf("patterns = %+v, want one with %d", page.Items, n)
			}
			return nil
		})
	}
	lines(0, 50)
	want(50)
	s.Stop()
	s.Restart()
	lines(50, 1)
	want(51)
	s.Kill()
	s.Restart()
	lines(51, 9)
	want(60)
}
