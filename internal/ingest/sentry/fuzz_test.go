package sentry

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/skim"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/test/allocs"
)

func FuzzParseEnvelope(f *testing.F) {
	f.Add([]byte("{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\",\"length\":2}\n{}\n{\"type\":\"attachment\"}\nabc"))
	f.Add([]byte("{}\n\n{\"type\":\"x\",\"length\":-1}\n"))
	f.Add([]byte("{\"dsn\":\"http://k@h/1\",\"sent_at\":\"2026-11-23T14:00:00Z\",\"trace\":{\"release\":\"r\"},\"sdk\":{\"name\":\"n\",\"version\":\"1\"}}\n" +
		"{\"type\":\"log\",\"item_count\":1}\n{\"items\":[{\"body\":\"x\"}]}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[]}\n{\"type\":\"user_report\"}\n{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		// An item takes 88 bytes of a slice that doubles, at least 13 bytes of the body, and its texts.
		allocs.AtMost(t, 32*len(body), func() { checkEnvelope(t, body) })
	})
}

// checkEnvelope wants payloads to be parts of the body, and every item to be
// kept or counted once.
func checkEnvelope(t *testing.T, body []byte) {
	e, err := ParseEnvelope(body)
	if err != nil && len(e.Items) > 0 {
		t.Error("items despite an error")
	}
	total := 0
	for _, i := range e.Items {
		total += len(i.Payload)
	}
	if total > len(body) || len(e.Items) > maxItems {
		t.Errorf("%d items with %d bytes of payload in %d", len(e.Items), total, len(body))
	}
	var c contents
	c.read(&e)
	for i := range c.items {
		item := &c.items[i]
		switch {
		case item.Category == "" || (item.Drop != "") != (item.Reason != ""):
			t.Errorf("item without a place in the ledger: %+v", item)
		case item.Drop == "" && item.Kind != eventlog.KindAttachment && !skim.Whole(item.Body):
			t.Errorf("an item that is no object is kept: %q", item.Body)
		}
	}
}

func FuzzStoreBody(f *testing.F) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(`{"message":"x"}`))
	_ = w.Close()
	f.Add([]byte(` {"message":"x"}`))
	f.Add([]byte(base64.StdEncoding.EncodeToString(z.Bytes())))
	f.Add([]byte(base64.RawStdEncoding.EncodeToString([]byte(`{"message":"x"}`))))
	f.Add([]byte(base64.URLEncoding.EncodeToString([]byte("x\x9c?>"))))
	bodies := ingest.NewBodies(64 << 20)
	f.Fuzz(func(t *testing.T, body []byte) {
		allocs.AtMost(t, 4*len(body)+4*ingest.MaxEvent, func() {
			event, owner, err := decodeStore(bodies, body)
			if err == nil && len(event) > ingest.MaxEvent {
				t.Errorf("an event of %d bytes", len(event))
			}
			owner.Free()
		})
	})
}

func FuzzClientReport(f *testing.F) {
	f.Add([]byte(`{"discarded_events":[{"reason":"sample_rate","category":"error","quantity":7},{"reason":"free text","category":"odd","quantity":-2e9}]}`))
	f.Add([]byte(`{"timestamp":"2026-11-23T14:00:00Z","discarded_events":[{"reason":"ratelimit_backoff","category":"log_byte","quantity":1e300}],"rate_limited_events":[]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		items := clientReport(payload)
		if len(items) > maxReportEntries {
			t.Errorf("%d items", len(items))
		}
		for _, i := range items {
			if i.Drop != store.ClientLost || i.Quantity < 1 || i.Quantity > maxReportCount {
				t.Errorf("%+v", i)
			}
		}
	})
}

func FuzzSecurityItems(f *testing.F) {
	f.Add([]byte(`{"csp-report":{"effective-directive":"script-src"}}`))
	f.Add([]byte(`[{"type":"csp-violation","body":{}},7,{"type":"other"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		allocs.AtMost(t, 64*len(body), func() {
			for _, i := range securityItems(body) {
				if i.Drop == "" {
					_, _ = event.ParseSecurityReport(i.Body, event.ParseOptions{})
				}
			}
		})
	})
}
