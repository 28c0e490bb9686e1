package native

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/mesher/mesher/internal/skim"
	"github.com/mesher/mesher/test/allocs"
)

// FuzzEventItem covers a body of POST /events and a frame of the WebSocket.
func FuzzEventItem(f *testing.F) {
	f.Add([]byte(`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","message":"x"}`))
	f.Add([]byte(` {"exception":{"values":[]},"logentry":null,"event_id":""} `))
	f.Fuzz(func(t *testing.T, raw []byte) {
		allocs.AtMost(t, 4*len(raw), func() {
			item, err := eventItem(raw)
			if err == nil && (item.EventID == [16]byte{} || !skim.Whole(item.Body)) {
				t.Errorf("event %x with the body %q", item.EventID, item.Body)
			}
		})
	})
}

// FuzzBulk wants an answer for every event of a body, and an item for every answer.
func FuzzBulk(f *testing.F) {
	f.Add([]byte(`[{"message":"x"},7,{"message":"y"}]`))
	f.Add([]byte("{\"message\":\"x\"}\n\nno object\n{}\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		allocs.AtMost(t, 256*len(raw), func() {
			events, err := split(bytes.TrimSpace(raw))
			if err != nil {
				return
			}
			var b batch
			for _, e := range events {
				b.add(eventItem(e))
			}
			if len(b.items) != len(events) || len(b.results) != len(events) || len(events) > maxBulk {
				t.Errorf("%d events, %d items, %d results", len(events), len(b.items), len(b.results))
			}
		})
	})
}

// FuzzLogBody wants the lines of a JSON list to be its items.
func FuzzLogBody(f *testing.F) {
	f.Add([]byte("[{\"body\":\n\"a\"},{\"body\":\"b\"}]"))
	f.Add([]byte("{\"body\":\"a\"}\nplain"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = bytes.TrimSpace(raw)
		lines, err := asLines(raw)
		var items []json.RawMessage
		if err != nil || raw[0] != '[' || json.Unmarshal(raw, &items) != nil || len(items) == 0 {
			return
		}
		parts := bytes.Split(lines, []byte("\n"))
		if len(parts) != len(items) {
			t.Fatalf("%d lines of %d items", len(parts), len(items))
		}
		for i, part := range parts {
			if !json.Valid(part) {
				t.Errorf("item %d became %q", i, part)
			}
		}
	})
}
