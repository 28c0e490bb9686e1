package sentry

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/ingest/ingesttest"
)

func newServer(log *ingesttest.Log, limiter ingest.Limiter) http.Handler {
	mux := http.NewServeMux()
	New(ingesttest.New(log, limiter), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler)).Routes(mux, "")
	return mux
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("X-Sentry-Auth", "Sentry sentry_key="+ingesttest.Key)
	return r
}

const oneEvent = `{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}` + "\n" + `{"type":"event"}` + "\n" + `{"message":"hello"}` + "\n"

func TestRealClientsAreAnsweredAsTheProtocolSays(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	h := newServer(log, nil)
	requests := 0
	for _, rec := range ingesttest.Corpus(t) {
		if strings.Contains(rec.Path, "/v1/logs") {
			continue
		}
		requests++
		before := len(log.Records(0))
		w := do(h, rec.Request())
		want := http.StatusOK
		if rec.Name == "sentry-node/078" {
			want = http.StatusRequestEntityTooLarge // one event of 1.5 MB
		}
		if w.Code != want {
			t.Errorf("%s: status %d %s", rec.Name, w.Code, w.Body)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Expose-Headers") == "" {
			t.Errorf("%s: no CORS headers", rec.Name)
		}
		if rec.Method == http.MethodPost && len(log.Records(0)) == before && len(rec.Body) > 3 {
			t.Errorf("%s: answered with success, but nothing was appended", rec.Name)
		}
	}
	for _, r := range log.Records(eventlog.KindEvent) {
		if _, err := event.Parse(r.Body, event.ParseOptions{Received: r.Received, EventID: hex.EncodeToString(r.EventID[:])}); err != nil {
			t.Errorf("an admitted event cannot be parsed: %v", err)
		}
	}
	for _, r := range log.Records(eventlog.KindSecurity) {
		if _, err := event.ParseSecurityReport(r.Body, event.ParseOptions{Received: r.Received}); err != nil {
			t.Errorf("an admitted report cannot be parsed: %v", err)
		}
	}
	t.Logf("%d requests, %d events, %d log containers, %d reports; ledger %v", requests, len(log.Records(eventlog.KindEvent)),
		len(log.Records(eventlog.KindLogs)), len(log.Records(eventlog.KindSecurity)), log.Ledger(t))
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", ingest.MaxEvent)
	with := func(r *http.Request, headers ...string) *http.Request {
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	bare := func(path, body string) *http.Request {
		return httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	}
	tests := []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"event", post("/api/1/envelope/", oneEvent), 200, `{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}`},
		{"no final slash", post("/api/1/envelope", oneEvent), 200, `{"id":`},
		{"empty envelope", post("/api/1/envelope/", "{}"), 200, "{}"},
		{"ignored items", post("/api/1/envelope/", "{}\n{\"type\":\"hologram\"}\n{}\n"), 200, "{}"},
		{"no key", bare("/api/1/envelope/", oneEvent), 401, "sentry_key"},
		{"key in the header line", bare("/api/1/envelope/", `{"dsn":"http://`+ingesttest.Key+`@h/1"}`+"\n{\"type\":\"event\"}\n{}"), 200, `{"id":`},
		{"another key in the header line", post("/api/1/envelope/", `{"dsn":"http://`+ingesttest.DisabledKey+`@h/1"}`+"\n{\"type\":\"event\"}\n{}"), 400, "different keys"},
		{"another project in the header line", post("/api/1/envelope/", `{"dsn":"http://`+ingesttest.Key+`@h/2"}`+"\n{\"type\":\"event\"}\n{}"), 400, "project"},
		{"query key", bare("/api/1/envelope/?sentry_version=7&sentry_key="+ingesttest.Key, oneEvent), 200, `{"id":`},
		{"key twice", post("/api/1/envelope/?sentry_key="+ingesttest.Key, oneEvent), 200, `{"id":`},
		{"two keys", post("/api/1/envelope/?sentry_key="+ingesttest.DisabledKey, oneEvent), 400, "different keys"},
		{"malformed key", bare("/api/1/envelope/?sentry_key=xyz", oneEvent), 400, "32 hex digits"},
		{"new protocol", bare("/api/1/envelope/?sentry_version=9&sentry_key="+ingesttest.Key, oneEvent), 400, "version"},
		{"basic", with(bare("/api/1/envelope/", oneEvent), "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(ingesttest.Key+":"))), 200, `{"id":`},
		{"unknown key", bare("/api/1/envelope/?sentry_key=00000000000000000000000000000000", oneEvent), 403, "DSN"},
		{"disabled key", bare("/api/1/envelope/?sentry_key="+ingesttest.DisabledKey, oneEvent), 403, "switched off"},
		{"another project", post("/api/2/envelope/", oneEvent), 403, "does not belong"},
		{"malformed", post("/api/1/envelope/", "nonsense"), 400, "first line"},
		{"good items before a bad one", post("/api/1/envelope/", oneEvent+"nonsense"), 200, `{"id":`},
		{"bad payload alone", post("/api/1/envelope/", "{}\n{\"type\":\"event\"}\n{\"a\":\n"), 400, "not valid JSON"},
		{"bad payload among others", post("/api/1/envelope/", "{}\n{\"type\":\"event\"}\n{\"a\":\n{\"type\":\"session\"}\n{}"), 200, "{}"},
		{"event too large", post("/api/1/envelope/", "{}\n{\"type\":\"event\"}\n{\"a\":\""+big+"\"}"), 413, "larger"},
		{"unknown encoding", with(post("/api/1/envelope/", oneEvent), "Content-Encoding", "compress"), 415, "gzip"},
		{"broken gzip", with(post("/api/1/envelope/", oneEvent), "Content-Encoding", "gzip"), 400, "Content-Encoding"},
		{"GET", httptest.NewRequest(http.MethodGet, "/api/1/envelope/", nil), 405, "POST"},
		{"store", post("/api/1/store/", `{"event_id":"9EC79C33-EC99-42AB-8353-589FCB2E04DC"}`), 200, `{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}`},
		{"store without project", post("/api/store/", `{"message":"x"}`), 200, `{"id":`},
		{"store, envelope type", with(post("/api/1/store/", oneEvent), "Content-Type", "application/x-sentry-envelope"), 200, `{"id":"9ec`},
		{"store, base64", post("/api/1/store/", base64.StdEncoding.EncodeToString([]byte(`{"message":"x"}`))), 200, `{"id":`},
		{"store, empty", post("/api/1/store/", ""), 400, "empty"},
		{"store, nonsense", post("/api/1/store/", "<html>"), 400, "JSON"},
		{"store, not JSON", post("/api/1/store/", `{"message"`), 400, "JSON"},
		{"store, too large", post("/api/1/store/", `{"a":"`+big+`"}`), 413, "larger"},
		{"store, no key", bare("/api/1/store/", "{}"), 401, "key"},
		{"report", with(post("/api/1/security/", `{"csp-report":{"blocked-uri":"inline"}}`), "Content-Type", "application/csp-report"), 200, ""},
		{"report of the Reporting API", with(post("/api/1/csp-report/", `[{"type":"csp-violation","body":{}}]`), "Content-Type", "application/reports+json"), 200, ""},
		{"report type", with(post("/api/1/security/", `{}`), "Content-Type", "text/html"), 415, "csp-report"},
		{"cron", post("/api/1/cron/nightly/"+ingesttest.Key+"/?status=ok", ""), 202, ""},
		{"minidump", post("/api/1/minidump/", ""), 404, "detail"},
		{"nel", post("/api/1/nel/", ""), 404, "detail"},
		{"preflight needs no key", httptest.NewRequest(http.MethodOptions, "/api/1/envelope/", nil), 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := do(newServer(&ingesttest.Log{}, nil), tt.r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Error("no CORS headers")
			}
			if asked := tt.r.Method == http.MethodOptions; asked != (w.Header().Get("Access-Control-Allow-Headers") != "") {
				t.Errorf("a preflight = %v, and what may be sent is %q", asked, w.Header().Get("Access-Control-Allow-Headers"))
			}
			if w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("the error is no JSON: %s", w.Body)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	raw := func(b *bytes.Buffer) io.WriteCloser { w, _ := flate.NewWriter(b, 6); return w }
	zst := func(b *bytes.Buffer) io.WriteCloser { w, _ := zstd.NewWriter(b); return w }
	writers := map[string]func(*bytes.Buffer) io.WriteCloser{
		"gzip":         func(b *bytes.Buffer) io.WriteCloser { return gzip.NewWriter(b) },
		"x-gzip":       func(b *bytes.Buffer) io.WriteCloser { return gzip.NewWriter(b) },
		"deflate":      func(b *bytes.Buffer) io.WriteCloser { return zlib.NewWriter(b) },
		"deflate; raw": raw,
		"br":           func(b *bytes.Buffer) io.WriteCloser { return brotli.NewWriter(b) },
		"zstd":         zst,
	}
	for name, create := range writers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoding, _, _ := strings.Cut(name, ";")
			log := &ingesttest.Log{}
			small := New(ingesttest.New(log, nil), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler))
			small.limit = 1 << 20
			h := http.NewServeMux()
			small.Routes(h, "")
			for range 3 { // decoders are used again
				if w := do(h, encoded(encoding, pack(t, create, []byte(oneEvent)))); w.Code != 200 {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			if n := len(log.Records(eventlog.KindEvent)); n != 3 {
				t.Errorf("%d events", n)
			}
			bomb := pack(t, create, bytes.Repeat([]byte(" "), 1<<20+1))
			if w := do(h, encoded(encoding, bomb)); w.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("a bomb of %d bytes: %d %s", len(bomb), w.Code, w.Body)
			}
			cut := pack(t, create, []byte(oneEvent))
			if w := do(h, encoded(encoding, cut[:len(cut)/2])); w.Code != http.StatusBadRequest {
				t.Errorf("a cut body: %d %s", w.Code, w.Body)
			}
		})
	}
}

func pack(t *testing.T, create func(*bytes.Buffer) io.WriteCloser, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := create(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encoded(encoding string, body []byte) *http.Request {
	r := post("/api/1/envelope/", string(body))
	r.Header.Set("Content-Encoding", encoding)
	return r
}

func TestLimitsAreTold(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	limiter := ingesttest.Limiter{ingest.CategoryError: ingesttest.Refuse()}
	admission := ingesttest.New(log, limiter)
	mux := http.NewServeMux()
	New(admission, ingest.NewBodies(1<<20), slog.New(slog.DiscardHandler)).Routes(mux, "/behind")
	w := do(mux, post("/behind/api/1/envelope/", oneEvent))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" ||
		w.Header().Get("X-Sentry-Rate-Limits") != "60:error;default:project:project_rate" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if n := log.Calls(); n != 0 {
		t.Errorf("a refusal cost %d writes", n)
	}
	if err := admission.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.Ledger(t)["error rate_limited project_rate"]; got != 1 {
		t.Errorf("ledger counts %d refusals", got)
	}
	body := oneEvent + `{"type":"log","item_count":1}` + "\n" + `{"items":[{"body":"x"}]}` + "\n"
	if w := do(mux, post("/behind/api/1/envelope/", body)); w.Code != http.StatusTooManyRequests || len(log.Records(eventlog.KindLogs)) != 1 {
		t.Errorf("%d, %d log containers: what is not limited must be kept", w.Code, len(log.Records(eventlog.KindLogs)))
	}
}

func TestSamplingIsInvisibleAndCounted(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	h := newServer(log, ingesttest.Limiter{ingest.CategoryError: {Outcome: "sampled", Reason: "sample_rate"}})
	w := do(h, post("/api/1/envelope/", oneEvent))
	if w.Code != 200 || len(log.Records(eventlog.KindEvent)) != 0 || log.Ledger(t)["error sampled sample_rate"] != 1 {
		t.Errorf("%d %s, ledger %v", w.Code, w.Body, log.Ledger(t))
	}
}

func TestAFullLogIsNotSuccess(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	log.Fail(&fault.Error{Code: fault.Unavailable, Message: "full", RetryAfter: 2 * time.Second})
	for _, body := range []string{oneEvent, "{}\n{\"type\":\"session\"}\n{}"} {
		w := do(newServer(log, nil), post("/api/1/envelope/", body))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
}

func TestItemsAreSortedIntoRecordsAndLedger(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	body := `{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","sent_at":"2026-11-23T14:00:00Z","trace":{"release":"r1"}}
{"type":"event","length":15}
{"message":"a"}
{"type":"event"}
{"event_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","message":"b"}
{"type":"user_report"}
{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","comments":"c"}
{"type":"attachment","length":3,"filename":"f","content_type":"text/plain"}
xyz
{"type":"attachment","length":2,"attachment_type":"event.minidump"}
md
{"type":"client_report"}
{"discarded_events":[{"reason":"sample_rate","category":"error","quantity":7},{"reason":"free text","category":"odd","quantity":2}]}
{"type":"log","item_count":2}
{"items":[{"body":"1"},{"body":"2"}]}
{"type":"transaction"}
{}
`
	if w := do(newServer(log, nil), post("/api/1/envelope/", body)); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	events := log.Records(eventlog.KindEvent)
	if len(events) != 2 || hex.EncodeToString(events[0].EventID[:]) != "9ec79c33ec9942ab8353589fcb2e04dc" ||
		hex.EncodeToString(events[1].EventID[:]) != strings.Repeat("a", 32) {
		t.Errorf("events %v", events)
	}
	if m := events[0].Meta; m.SentAt != 1795442400000000 || m.Release != "r1" || m.Protocol != "sentry" || m.RemoteIP != "192.0.2.1" {
		t.Errorf("meta %+v", m)
	}
	files := log.Records(eventlog.KindAttachment)
	if len(files) != 1 || files[0].EventID != events[0].EventID || files[0].Meta.Filename != "f" || files[0].Meta.ContentType != "text/plain" || string(files[0].Body) != "xyz" {
		t.Errorf("attachments %+v", files)
	}
	if len(log.Records(eventlog.KindFeedback)) != 1 || len(log.Records(eventlog.KindLogs)) != 1 {
		t.Error("feedback or logs are missing")
	}
	want := map[string]int64{
		"attachment discarded unsupported": 1, "transaction discarded unsupported": 1,
		"error client_lost sample_rate": 7, "unknown client_lost other": 2,
	}
	got := log.Ledger(t)
	for line, n := range want {
		if got[line] != n {
			t.Errorf("ledger %q is %d, want %d", line, got[line], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("ledger %v", got)
	}
}

func TestPixel(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	r := httptest.NewRequest(http.MethodGet, "/api/1/store/?sentry_key="+ingesttest.Key+"&sentry_data="+url.QueryEscape(`{"message":"x"}`), nil)
	w := do(newServer(log, nil), r)
	if w.Code != 200 || w.Header().Get("Content-Type") != "image/gif" || len(log.Records(eventlog.KindEvent)) != 1 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestMemoryOfBodiesIsBounded(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	New(ingesttest.New(&ingesttest.Log{}, nil), ingest.NewBodies(64<<10), slog.New(slog.DiscardHandler)).Routes(mux, "")
	w := do(mux, post("/api/1/envelope/", "{}\n{\"type\":\"x\"}\n"+strings.Repeat("x", 128<<10)))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := do(mux, post("/api/1/envelope/", oneEvent)); w.Code != 200 {
		t.Errorf("the memory was not given back: %d %s", w.Code, w.Body)
	}
}

func BenchmarkHandler(b *testing.B) {
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	_, _ = io.WriteString(z, `{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}`+"\n{\"type\":\"event\"}\n"+
		`{"message":"`+strings.Repeat("hello world ", 500)+"\"}\n")
	_ = z.Close()
	mux := http.NewServeMux()
	New(ingesttest.New(&ingesttest.Log{}, nil), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler)).Routes(mux, "")
	r := encoded("gzip", nil)
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(bytes.NewReader(body.Bytes()))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// unread fails a test that reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestOverloadIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	busy := &fault.Error{Code: fault.RateLimited, Message: "busy", RetryAfter: time.Second}
	down := &fault.Error{Code: fault.Unavailable, Message: "down", RetryAfter: time.Second}
	tests := []struct {
		gate   ingesttest.Gate
		status int
		limits string
	}{
		{ingesttest.Gate{EnterErr: busy}, http.StatusTooManyRequests, "1::project"},
		{ingesttest.Gate{ReadyErr: down}, http.StatusServiceUnavailable, ""},
	}
	for _, tt := range tests {
		log := &ingesttest.Log{}
		admission := ingest.New(ingest.Config{Keys: &ingesttest.Keys{}, Limiter: ingesttest.Limiter{}, Log: log, Gate: tt.gate})
		mux := http.NewServeMux()
		New(admission, ingest.NewBodies(1<<20), slog.New(slog.DiscardHandler)).Routes(mux, "")
		for _, path := range []string{"/api/1/envelope/", "/api/1/store/"} {
			r := post(path, "")
			r.Body = io.NopCloser(unread{t})
			w := do(mux, r)
			if w.Code != tt.status || w.Header().Get("X-Sentry-Rate-Limits") != tt.limits || w.Header().Get("Retry-After") != "1" {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
		}
	}
}

// The figures are the hot path's: raise them only on purpose.
func TestAllocationsOfTheHotPath(t *testing.T) {
	if underRace {
		t.Skip("pools drop what they hold at random under the race detector")
	}
	envelope := []byte(oneEvent)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := ParseEnvelope(envelope); err != nil {
			t.Fatal(err)
		}
	}); n > 6 {
		t.Errorf("an envelope takes %v allocations", n)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = io.WriteString(w, oneEvent)
	_ = w.Close()
	mux := http.NewServeMux()
	admission := ingest.New(ingest.Config{Keys: &ingesttest.Keys{}, Limiter: ingesttest.Limiter{}, Log: discard{}})
	New(admission, ingest.NewBodies(1<<20), slog.New(slog.DiscardHandler)).Routes(mux, "")
	r := encoded("gzip", nil)
	var answer *httptest.ResponseRecorder
	if n := testing.AllocsPerRun(100, func() {
		r.Body = io.NopCloser(bytes.NewReader(z.Bytes()))
		answer = httptest.NewRecorder()
		mux.ServeHTTP(answer, r)
	}); n > 32 || answer.Code != 200 {
		t.Errorf("a request takes %v allocations and is answered %d", n, answer.Code)
	}
}

type discard struct{}

func (discard) Append(context.Context, []eventlog.Record) error { return nil }
