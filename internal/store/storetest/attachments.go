package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// file makes an attachment of an event, as the record after it in the log.
func file(g *Generator, of store.EventRow, name string, content []byte) store.AttachmentRow {
	return store.AttachmentRow{
		ID: g.EventOf(of.ProjectID, "x").ID, Seq: g.seq, ProjectID: of.ProjectID, EventID: of.EventID, Received: g.Clock.UnixMicro(),
		Name: name, ContentType: "text/plain", Content: content,
	}
}

func withFiles(b *store.Batch, files ...store.AttachmentRow) *store.Batch {
	b.Attachments = files
	return b
}

func storedEvent(t *testing.T, s Store, e store.EventRow) store.StoredEvent {
	t.Helper()
	return need[store.StoredEvent](t)(s.GetEvent(t.Context(), []int64{e.ProjectID}, hexID(e.EventID)))
}

// contentsOf lists the attachments of an event with their contents.
func contentsOf(t *testing.T, s Store, e store.StoredEvent) (list []string) {
	t.Helper()
	for _, f := range need[[]store.Attachment](t)(s.Attachments(t.Context(), e)) {
		again, content, err := s.ReadAttachment(t.Context(), e, f.ID)
		if err != nil || again != f || f.Size != int64(len(content)) {
			t.Errorf("%+v reads as %+v, %v", f, again, err)
		}
		list = append(list, f.Name+"="+string(content))
	}
	return list
}

func attachmentsFollowTheirEvents(t *testing.T, s Store) {
	g := NewGenerator(60, 5, 1, 2)
	g.NextMessage()
	e, other := g.EventOf(1, "a"), g.EventOf(1, "b")
	unknown := g.EventOf(1, "never stored")
	b := withFiles(batch(g, e, other), file(g, e, "b.txt", []byte("two")), file(g, e, "a.txt", nil), file(g, unknown, "lost", []byte("x")))
	r := need[*store.Result](t)(s.Apply(t.Context(), b))
	need[*store.Result](t)(s.Apply(t.Context(), b)) // delivered again
	// The client sends one more later, and one again.
	g.Clock = g.Clock.Add(20 * time.Minute)
	g.NextMessage()
	elsewhere := e
	elsewhere.ProjectID = 2
	need[*store.Result](t)(s.Apply(t.Context(), withFiles(batch(g), file(g, e, "late.txt", []byte("three")), file(g, e, "b.txt", []byte("two")), file(g, elsewhere, "foreign", nil))))
	if d := cmp.Diff([]string{"a.txt=", "b.txt=two", "late.txt=three"}, contentsOf(t, s, storedEvent(t, s, e))); d != "" {
		t.Error(d)
	}
	if got := contentsOf(t, s, storedEvent(t, s, other)); len(got) != 0 {
		t.Errorf("the other event has %v", got)
	}
	want := map[string]int64{"error/stored/": 2, "attachment/stored/": 3, "attachment/discarded/no_event": 1, "attachment/filtered/duplicate": 1}
	if d := cmp.Diff(want, ledgerSums(t, s, 1, around(g))); d != "" {
		t.Error(d)
	}
	if _, _, err := s.ReadAttachment(t.Context(), storedEvent(t, s, other), need[[]store.Attachment](t)(s.Attachments(t.Context(), storedEvent(t, s, e)))[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read through another event: %v", err)
	}
	gone := storedEvent(t, s, e)
	if err := s.DeleteIssue(t.Context(), r.Events[0].IssueID, store.Deletion{At: b.Now}); err != nil {
		t.Fatal(err)
	}
	finishDeletions(t, s)
	if got := need[[]store.Attachment](t)(s.Attachments(t.Context(), gone)); len(got) != 0 {
		t.Errorf("after the issue was deleted %v are left", got)
	}
}

func attachmentsAreBounded(t *testing.T, s Store) {
	g := NewGenerator(61, 5, 1)
	g.NextMessage()
	e := g.EventOf(1, "a")
	var files []store.AttachmentRow
	for n := range store.MaxEventAttachments + 3 {
		files = append(files, file(g, e, fmt.Sprint(n), []byte("x")))
	}
	need[*store.Result](t)(s.Apply(t.Context(), withFiles(batch(g, e), files...)))
	large := make([]byte, store.MaxEventAttachmentBytes/2)
	for n := range 4 {
		g.NextMessage()
		e := g.EventOf(1, "large")
		large[0] = byte(n)
		need[*store.Result](t)(s.Apply(t.Context(), withFiles(batch(g, e), file(g, e, "1", large), file(g, e, "2", large), file(g, e, "3", large))))
	}
	want := map[string]int64{
		"error/stored/": 5, "attachment/stored/": store.MaxEventAttachments + 8, "attachment/rate_limited/attachments_per_event": 3 + 4,
	}
	if d := cmp.Diff(want, ledgerSums(t, s, 1, around(g))); d != "" {
		t.Error(d)
	}
}

// attachmentsOfADay lets the settings of a project say how much a day may keep, at once.
func attachmentsOfADay(t *testing.T, s Store) {
	c := newCrew(t, s)
	p, g := need[org.Project](t)(s.GetProject(t.Context(), c.projectID)), c.g
	send := func() {
		g.NextMessage()
		e := g.EventOf(p.ID, "a")
		need[*store.Result](t)(s.Apply(t.Context(), withFiles(batch(g, e), file(g, e, "1", make([]byte, 600)), file(g, e, "2", make([]byte, 600)))))
	}
	version := p.Version
	for _, quota := range []int64{1000, 2000, 0} {
		settings := p.Settings
		settings.AttachmentQuota = quota
		version = need[int64](t)(s.UpdateSettings(t.Context(), p.ID, version, settings))
		send()
	}
	want := map[string]int64{"error/stored/": 3, "attachment/stored/": 1 + 2 + 2, "attachment/rate_limited/attachments_per_day": 1}
	if d := cmp.Diff(want, ledgerSums(t, s, p.ID, around(g))); d != "" {
		t.Error(d)
	}
}
