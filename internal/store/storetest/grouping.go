package storetest

import (
	"crypto/md5"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// issuesSplit wants events after a split to go to the new issue, and counters to stay exact.
func issuesSplit(t *testing.T, s Store) {
	g := NewGenerator(1, 5, 1)
	send := func(hashes ...[16]byte) store.Applied {
		t.Helper()
		g.NextMessage()
		e := g.EventOf(1, "a")
		e.Hashes = hashes
		return need[*store.Result](t)(s.Apply(t.Context(), batch(g, e))).Events[0]
	}
	a, b := [16]byte{1}, [16]byte{2}
	old := send(a, b).IssueID
	split := store.Split{IssueID: old, Hashes: [][16]byte{b}, As: issue.Issue{Title: "b", Level: event.LevelError}, By: 7, At: g.Clock.UnixMicro()}
	for name, hashes := range map[string][][16]byte{"no": nil, "all": {a, b}, "a foreign": {{9}}} {
		wrong := split
		wrong.Hashes = hashes
		if _, err := s.SplitIssue(t.Context(), wrong); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("splitting %s fingerprints off: %v, want it refused", name, err)
		}
	}
	made := need[issue.Issue](t)(s.SplitIssue(t.Context(), split))
	same(t, "events of the new issue", made.EventCount, 0)
	same(t, "number of the new issue", made.Number, 2)
	same(t, "issue of the split fingerprint", send(b).IssueID, made.ID)
	same(t, "issue of the other fingerprint", send(a).IssueID, old)
	same(t, "events of the old issue", need[issue.Issue](t)(s.GetIssue(t.Context(), old)).EventCount, 2)
	same(t, "events of the new issue", need[issue.Issue](t)(s.GetIssue(t.Context(), made.ID)).EventCount, 1)
	same(t, "fingerprints of the new issue", len(need[[]store.IssueHash](t)(s.IssueHashes(t.Context(), made.ID))), 1)

	// Merging takes it back.
	if err := s.MergeIssues(t.Context(), old, []int64{made.ID}, store.Activity{Kind: "merged", At: 1}); err != nil {
		t.Fatal(err)
	}
	same(t, "issue of the fingerprint after merging", send(b).IssueID, old)
	same(t, "events after merging", need[issue.Issue](t)(s.GetIssue(t.Context(), old)).EventCount, 4)
}

// issuesAreSimilar wants issues that share weak hashes to find each other, merged ones under their target.
func issuesAreSimilar(t *testing.T, s Store) {
	g := NewGenerator(1, 5, 1)
	send := func(project int64, name string, similar ...string) int64 {
		t.Helper()
		g.NextMessage()
		e := g.EventOf(project, name)
		for _, text := range similar {
			e.Similar = append(e.Similar, md5.Sum([]byte(text)))
		}
		return need[*store.Result](t)(s.Apply(t.Context(), batch(g, e))).Events[0].IssueID
	}
	a, b, c, d := send(1, "a", "x", "y"), send(1, "b", "x"), send(1, "c", "x", "y"), send(1, "d", "z")
	send(2, "e", "x", "y")
	found := need[[]store.SimilarIssue](t)(s.SimilarIssues(t.Context(), a, 10))
	if len(found) != 2 || found[0].Issue.ID != c || found[0].Shared != 2 || found[1].Issue.ID != b {
		t.Errorf("similar to %d: %+v, want %d before %d", a, found, c, b)
	}
	if err := s.MergeIssues(t.Context(), d, []int64{c}, store.Activity{Kind: "merged", At: 1}); err != nil {
		t.Fatal(err)
	}
	found = need[[]store.SimilarIssue](t)(s.SimilarIssues(t.Context(), a, 1))
	if len(found) != 1 || found[0].Issue.ID != d || found[0].Shared != 2 {
		t.Errorf("similar to %d after merging: %+v, want %d", a, found, d)
	}
	recent := need[[]store.StoredEvent](t)(s.RecentEvents(t.Context(), store.EventFilter{ProjectID: 1}, 3))
	if len(recent) != 3 || recent[0].IssueID != d || string(recent[0].Payload) != "{}" {
		t.Errorf("recent events = %+v, want 3 with their payloads, newest first", recent)
	}
}

// logPatternsCount wants entries to be counted once by their pattern, and what
// goes beyond the bounds of time to be dropped.
func logPatternsCount(t *testing.T, s Store) {
	g := NewGenerator(1, 5, 1)
	g.NextMessage()
	at := g.Clock.UnixMicro()
	row := func(n int64, pattern string, level event.Level) store.LogRow {
		e := g.EventOf(1, "log")
		return store.LogRow{ID: e.ID, Seq: e.Seq, ProjectID: 1, Received: at + n, Timestamp: at + n, Level: level, Body: "text", Pattern: pattern}
	}
	b := batch(g)
	b.Logs = []store.LogRow{row(1, "a <n>", event.LevelInfo), row(3, "a <n>", event.LevelError), row(2, "b\x00\xff", event.LevelInfo), row(4, "", event.LevelInfo)}
	for range 2 { // the second time as after a crash before the acknowledgement
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	list := need[[]store.LogPattern](t)(s.LogPatterns(t.Context(), 1, 10))
	want := store.LogPattern{Pattern: "a <n>", Level: event.LevelError, Count: 2, FirstSeen: at + 1, LastSeen: at + 3}
	if len(list) != 2 || list[0] != want || list[1].Count != 1 {
		t.Errorf("patterns = %+v, want %+v first", list, want)
	}
	if snapshot := need[[]byte](t)(s.LoadLearner(t.Context(), 1)); snapshot != nil {
		t.Errorf("a learner nobody saved is %q", snapshot)
	}
	for _, text := range []string{"one", "two"} {
		if err := s.SaveLearner(t.Context(), 1, []byte(text), at); err != nil {
			t.Fatal(err)
		}
		same(t, "saved learner", string(need[[]byte](t)(s.LoadLearner(t.Context(), 1))), text)
	}
	const year = 365 * 24 * 3600 * 1_000_000
	if err := s.Tidy(t.Context(), at+year); err != nil {
		t.Fatal(err)
	}
	same(t, "patterns after a year", len(need[[]store.LogPattern](t)(s.LogPatterns(t.Context(), 1, 10))), 0)
}
