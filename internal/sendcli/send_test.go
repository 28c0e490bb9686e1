package sendcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/fault"
)

// sent is one request as the server saw it.
type sent struct {
	path, auth           string
	header, item, detail map[string]any
}

func listen(t *testing.T) (dsn string, requests chan sent) {
	t.Helper()
	requests = make(chan sent, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got := sent{path: r.URL.Path, auth: r.Header.Get("X-Sentry-Auth")}
		body, _ := io.ReadAll(r.Body)
		lines := bytes.SplitN(body, []byte("\n"), 3)
		for i, into := range []*map[string]any{&got.header, &got.item, &got.detail} {
			if err := json.Unmarshal(lines[i], into); err != nil {
				t.Errorf("line %d: %v", i, err)
			}
		}
		if want := len(bytes.TrimSuffix(lines[2], []byte("\n"))); got.item["length"] != float64(want) {
			t.Errorf("the item says %v bytes, there are %d", got.item["length"], want)
		}
		requests <- got
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http://", "http://abc@", 1) + "/7", requests
}

func TestSendEvent(t *testing.T) {
	t.Parallel()
	dsn, requests := listen(t)
	id, err := Send(t.Context(), Message{DSN: dsn, Text: "it broke", Level: "fatal", Tags: map[string]string{"a": "b"},
		Exception: "IOError: disk: full", Release: "1.2", Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.path != "/api/7/envelope/" || !strings.Contains(got.auth, "sentry_key=abc") || len(id) != 32 || got.header["event_id"] != id {
		t.Errorf("got %+v for event %s", got, id)
	}
	delete(got.detail, "timestamp")
	want := map[string]any{
		"event_id": id, "platform": "other", "level": "fatal", "message": "it broke", "release": "1.2", "environment": "test",
		"tags":      map[string]any{"a": "b"},
		"exception": map[string]any{"values": []any{map[string]any{"type": "IOError", "value": "disk: full"}}},
	}
	if diff := cmp.Diff(want, got.detail); diff != "" {
		t.Error(diff)
	}
}

func TestSendLog(t *testing.T) {
	t.Parallel()
	dsn, requests := listen(t)
	id, err := Send(t.Context(), Message{DSN: dsn, Text: "started", Level: "info", Tags: map[string]string{"a": "b"}, Release: "1", Log: true})
	if err != nil || id != "" {
		t.Fatalf("got %q, %v", id, err)
	}
	got := <-requests
	entry := got.detail["items"].([]any)[0].(map[string]any)
	if got.item["type"] != "log" || got.item["item_count"] != 1.0 || entry["body"] != "started" || entry["level"] != "info" || len(entry["trace_id"].(string)) != 32 {
		t.Errorf("got %+v", got)
	}
	want := map[string]any{"a": map[string]any{"value": "b", "type": "string"}, "sentry.release": map[string]any{"value": "1", "type": "string"}}
	if diff := cmp.Diff(want, entry["attributes"]); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]fault.Code{400: fault.Invalid, 401: fault.Unauthenticated, 403: fault.Forbidden, 413: fault.TooLarge, 429: fault.RateLimited, 503: fault.Unavailable} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"detail":"because","causes":["of this"]}`)
		}))
		_, err := Send(t.Context(), Message{DSN: strings.Replace(s.URL, "//", "//k@", 1) + "/1", Text: "x"})
		s.Close()
		if fault.CodeOf(err) != want || !strings.Contains(fault.MessageOf(err), "because: of this (try again after 9 s)") {
			t.Errorf("%d: got %v", status, err)
		}
	}
	for name, m := range map[string]Message{"dsn": {Text: "x"}, "message": {DSN: "http://k@127.0.0.1/1"}, "exception": {DSN: "http://k@127.0.0.1/1", Exception: ": x"}} {
		if _, err := Send(t.Context(), m); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
