package otlp

import (
	"bytes"
	"compress/gzip"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/ingest/ingesttest"
	"github.com/mesher/mesher/internal/logentry"
)

func newServer(log *ingesttest.Log, limiter ingest.Limiter) http.Handler {
	mux := http.NewServeMux()
	New(ingesttest.New(log, limiter), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler)).Routes(mux, "")
	return mux
}

func post(path, contentType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("X-Mesher-Auth", ingesttest.Key)
	r.Header.Set("Content-Type", contentType)
	return r
}

// records makes a request of n log records.
func records(n int) []byte {
	list := make([]*logs.LogRecord, n)
	for i := range list {
		list[i] = &logs.LogRecord{Body: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: "x"}}}
	}
	raw, err := proto.Marshal(&collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{ScopeLogs: []*logs.ScopeLogs{{LogRecords: list}}}}})
	if err != nil {
		panic(err)
	}
	return raw
}

func TestRealExportersAreAnswered(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	h := newServer(log, nil)
	requests := 0
	for _, rec := range ingesttest.Corpus(t) {
		if !strings.HasPrefix(rec.Path, "/v1/logs") {
			continue
		}
		requests++
		w := httptest.NewRecorder()
		h.ServeHTTP(w, rec.Request())
		form, _ := formatOf(rec.Headers.Get("Content-Type"))
		want := ""
		if form == asJSON {
			want = "{}"
		}
		if w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Type") != string(form) {
			t.Errorf("%s: %d %q %s", rec.Name, w.Code, w.Body, w.Header().Get("Content-Type"))
		}
	}
	entries, errors := 0, 0
	for _, r := range log.Records(eventlog.KindOTLPLogs) {
		list, err := logentry.ParseOTLP(r.Body, logentry.Options{Received: r.Received})
		if err != nil || len(list) == 0 {
			t.Errorf("an admitted record cannot be read: %d entries, %v", len(list), err)
		}
		entries += len(list)
		for i := range list {
			if !list[i].IsError() {
				continue
			}
			errors++
			e, err := list[i].Event(event.ParseOptions{Received: r.Received})
			if err != nil || e.Exceptions[0].Type == "" {
				t.Errorf("no event: %v", err)
			}
			if e.Platform == "node" && e.Exceptions[0].Stacktrace == nil {
				t.Errorf("no frames in %s", list[i].Exception.Stacktrace)
			}
		}
	}
	t.Logf("%d requests, %d entries, %d errors", requests, entries, errors)
	if requests > 0 && errors == 0 {
		t.Error("the corpus has exceptions")
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	const asProto = "application/x-protobuf"
	raw := string(records(1))
	bare := httptest.NewRequest(http.MethodPost, "/v1/logs", strings.NewReader(raw))
	bare.Header.Set("Content-Type", asProto)
	tests := []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"protobuf", post("/v1/logs", asProto, raw), 200, ""},
		{"final slash", post("/v1/logs/", asProto, raw), 200, ""},
		{"project path", post("/api/1/otlp/v1/logs", asProto, raw), 200, ""},
		{"Sentry's path", post("/api/1/integration/otlp/v1/logs/", asProto, raw), 200, ""},
		{"another project", post("/api/2/otlp/v1/logs", asProto, raw), 403, "does not belong"},
		{"empty", post("/v1/logs", asProto, ""), 200, ""},
		{"JSON with a charset", post("/v1/logs", "application/json; charset=utf-8", `{"resourceLogs":[]}`), 200, "{}"},
		{"JSON, unknown fields", post("/v1/logs", "application/json", `{"resourceLogs":[{"x":1,"scopeLogs":[{"logRecords":[{"body":{},"y":[]}]}]}]}`), 200, "{}"},
		{"no protobuf", post("/v1/logs", asProto, "nonsense"), 400, "protobuf"},
		{"no JSON", post("/v1/logs", "application/json", "nonsense"), 400, `"code":3`},
		{"JSON list", post("/v1/logs", "application/json", "[]"), 400, "object"},
		{"type", post("/v1/logs", "text/plain", raw), 415, "Content-Type"},
		{"no key", bare, 401, "OTEL_EXPORTER_OTLP_HEADERS"},
		{"traces", post("/v1/traces", asProto, raw), 404, "logs"},
		{"metrics", post("/api/1/integration/otlp/v1/metrics", asProto, raw), 404, "logs"},
		{"GET", httptest.NewRequest(http.MethodGet, "/v1/logs", nil), 405, "POST"},
		{"preflight", httptest.NewRequest(http.MethodOptions, "/v1/logs", nil), 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			newServer(&ingesttest.Log{}, nil).ServeHTTP(w, tt.r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

func TestABombIsTooLarge(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, 1<<20+1))
	_ = z.Close()
	h := New(ingesttest.New(&ingesttest.Log{}, nil), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler))
	h.limit = 1 << 20
	mux := http.NewServeMux()
	h.Routes(mux, "")
	r := post("/v1/logs", "application/x-protobuf", b.String())
	r.Header.Set("Content-Encoding", "gzip")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestManyEmptyPartsAreTooLarge(t *testing.T) {
	t.Parallel()
	for form, body := range map[format]string{
		asJSON:   `{"resourceLogs":[` + strings.Repeat("{},", maxParts) + `{}]}`,
		protobuf: strings.Repeat("\x0a\x00", maxParts+1),
	} {
		w := httptest.NewRecorder()
		newServer(&ingesttest.Log{}, nil).ServeHTTP(w, post("/v1/logs", string(form), body))
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", form, w.Code, w.Body)
		}
	}
}

func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	decision := ingesttest.Refuse()
	decision.Allowed = 3
	log := &ingesttest.Log{}
	w := httptest.NewRecorder()
	newServer(log, ingesttest.Limiter{ingest.CategoryLog: decision}).ServeHTTP(w, post("/v1/logs", "application/x-protobuf", string(records(5))))
	var response collector.ExportLogsServiceResponse
	if err := proto.Unmarshal(w.Body.Bytes(), &response); err != nil || w.Code != 200 || response.GetPartialSuccess().GetRejectedLogRecords() != 2 {
		t.Errorf("%d %v %v", w.Code, &response, err)
	}
	entries, err := logentry.ParseOTLP(log.Records(eventlog.KindOTLPLogs)[0].Body, logentry.Options{})
	if err != nil || len(entries) != 3 || log.Ledger(t)["log rate_limited project_rate"] != 2 {
		t.Errorf("%d entries kept, ledger %v, %v", len(entries), log.Ledger(t), err)
	}
	w = httptest.NewRecorder()
	newServer(log, ingesttest.Limiter{ingest.CategoryLog: ingesttest.Refuse()}).ServeHTTP(w, post("/v1/logs", "application/json", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}`))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), `"code":8`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestManyRecordsAreParted(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	w := httptest.NewRecorder()
	newServer(log, nil).ServeHTTP(w, post("/v1/logs", "application/x-protobuf", string(records(2*ingest.MaxLogRecords+1))))
	total := 0
	for _, r := range log.Records(eventlog.KindOTLPLogs) {
		entries, _ := logentry.ParseOTLP(r.Body, logentry.Options{})
		total += len(entries)
	}
	if n := len(log.Records(eventlog.KindOTLPLogs)); w.Code != 200 || n != 3 || total != 2*ingest.MaxLogRecords+1 {
		t.Errorf("%d, %d records of %d entries", w.Code, n, total)
	}
}

func TestJSONValues(t *testing.T) {
	t.Parallel()
	items, err := readItems(asJSON, []byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeLogs":[{"logRecords":[
{"timeUnixNano":"1795442399000000000","severityNumber":17,"traceId":"9837494F6BA84B21B4C8F34CCC8EFE72","spanId":"zz","body":{"intValue":"7"},
"attributes":[{"key":"n","value":{"intValue":5}},{"key":"e","value":{}},{"key":"b","value":{"bytesValue":"AQI="}},{"key":"l","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":1.5}]}}},
{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}}]}]}]}]}`))
	if err != nil || len(items) != 1 {
		t.Fatal(err)
	}
	entries, err := logentry.ParseOTLP(items[0].Body, logentry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := entries[0]
	if e.Body != "7" || e.Logger != "s" || e.TraceID != "9837494f6ba84b21b4c8f34ccc8efe72" || e.SpanID != "" || e.Timestamp != 1795442399_000000 ||
		string(e.Attributes) != `{"n":5,"b":"AQI=","l":[true,1.5],"m":{"k":"v"}}` {
		t.Errorf("%+v %s", e, e.Attributes)
	}
}
