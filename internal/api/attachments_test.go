package api

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/store"
)

// newAttachment stores an event with one file.
func (w *world) newAttachment(name string, content []byte) (eventID, attachmentID string) {
	w.t.Helper()
	w.gen.NextMessage()
	e := w.gen.EventOf(w.project, w.unique("issue"))
	b := &store.Batch{Partition: "p", Through: e.Seq, Now: w.gen.Clock.UnixMicro(), Events: []store.EventRow{e}, Attachments: []store.AttachmentRow{{
		ID: e.ID + 1, Seq: e.Seq, ProjectID: w.project, EventID: e.EventID, Received: e.Received, Name: name, ContentType: "text/html", Content: content,
	}}}
	_, err := w.store.Apply(w.t.Context(), b)
	w.ok(err)
	eventID = hex.EncodeToString(e.EventID[:])
	stored, err := w.store.GetEvent(w.t.Context(), []int64{w.project}, eventID)
	w.ok(err)
	files, err := w.store.Attachments(w.t.Context(), stored)
	w.ok(err)
	return eventID, files[0].ID
}

// TestAttachmentsAreNeverPages wants a file that claims to be a page to be
// saved, whatever its name and type.
func TestAttachmentsAreNeverPages(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	who := w.session("viewer")
	page := "<script>alert(1)</script>"
	eventID, id := w.newAttachment("ä \"x\";\r\nSet-Cookie: a=b.html", []byte(page))
	e := read[Event](w, 200, call{method: "GET", path: "/api/v1/events/" + eventID, who: who})
	if len(e.Attachments) != 1 || e.Attachments[0].ID != id || e.Attachments[0].Size != int64(len(page)) {
		t.Fatalf("attachments %+v", e.Attachments)
	}
	path := "/api/v1/events/" + eventID + "/attachments/" + id
	got := w.do(call{method: "GET", path: path, who: who})
	h := got.Header()
	if got.Code != 200 || got.Body.String() != page || h.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("Set-Cookie") != "" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v %s", got.Code, h, got.Body)
	}
	if other := w.do(call{method: "GET", path: "/api/v1/events/" + w.event + "/attachments/" + id, who: who}); other.Code != 404 {
		t.Errorf("through another event: %d", other.Code)
	}
	if none := read[Event](w, 200, call{method: "GET", path: "/api/v1/events/" + w.event, who: who}); none.Attachments == nil || len(none.Attachments) != 0 {
		t.Errorf("attachments %+v", none.Attachments)
	}
}
