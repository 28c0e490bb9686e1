package logentry

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/event"
)

const received = 1795442400_000000 // 2026-11-23T14:00:00Z

func TestParseContainer(t *testing.T) {
	t.Parallel()
	entries, err := ParseContainer([]byte(`{"version":2,"items":[
{"timestamp":1795442399.5,"level":"warn","body":"user ada opened 3","trace_id":"9837494F6BA84B21B4C8F34CCC8EFE72","attributes":{
 "sentry.message.template":{"value":"user %s opened %s","type":"string"},"sentry.release":{"value":"r1","type":"string"},
 "server.address":{"value":"api-1","type":"string"},"n":{"value":4611686018427387904,"type":"integer"},"ids":{"value":["a","b"],"type":"array"},
 "password":{"value":"hunter2","type":"string"},"sentry.timestamp.sequence":{"value":2,"type":"integer"}}},
{"timestamp":"2026-11-23T13:59:58.123456789Z","severity_number":21,"body":{"a":1},"span_id":"xyz"},
7, {}]}`), Options{Received: received, Environment: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Timestamp: 1795442399_500002, Level: event.LevelWarning, Body: "user ada opened 3", Template: "user %s opened %s", Release: "r1", Environment: "prod",
			ServerName: "api-1", TraceID: "9837494f6ba84b21b4c8f34ccc8efe72", Attributes: []byte(`{"n":4611686018427387904,"ids":["a","b"],"password":"[Filtered]"}`)},
		{Timestamp: 1795442398_123456, Level: event.LevelFatal, Body: `{"a":1}`, Environment: "prod"},
		{Timestamp: received, Level: event.LevelInfo, Environment: "prod"},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"items":[`} {
		if _, err := ParseContainer([]byte(bad), Options{}); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func text(s string) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
}

func TestParseOTLP(t *testing.T) {
	t.Parallel()
	attributes := func(pairs ...string) (list []*common.KeyValue) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, &common.KeyValue{Key: pairs[i], Value: text(pairs[i+1])})
		}
		return list
	}
	raw, err := proto.Marshal(&collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: attributes("service.name", "shop", "service.version", "1.2", "deployment.environment", "staging",
			"host.name", "h1", "telemetry.sdk.language", "java")},
		ScopeLogs: []*logs.ScopeLogs{{Scope: &common.InstrumentationScope{Name: "cart"}, LogRecords: []*logs.LogRecord{
			{TimeUnixNano: 1795442399e9, SeverityNumber: 17, Body: text("checkout failed"), TraceId: make([]byte, 16), SpanId: []byte{1, 2, 3, 4, 5, 6, 7, 8},
				Attributes: attributes("exception.type", "IllegalStateException", "exception.message", "no owner",
					"exception.stacktrace", "java.lang.IllegalStateException: no owner\n\tat shop.Cart.total(Cart.java:12)\n\tat shop.Main.main(Main.java:3)\nCaused by: x\n\tat y.Z.z(Z.java:1)")},
			{ObservedTimeUnixNano: 1795442398e9, SeverityText: "notice", EventName: "started", Body: &common.AnyValue{Value: &common.AnyValue_KvlistValue{
				KvlistValue: &common.KeyValueList{}}}},
		}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := ParseOTLP(raw, Options{Received: received})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	first, second := entries[0], entries[1]
	if first.Level != event.LevelError || first.Logger != "cart" || first.Release != "1.2" || first.Environment != "staging" || first.ServerName != "h1" ||
		first.TraceID != "" || first.SpanID != "0102030405060708" || !first.IsError() {
		t.Errorf("%+v", first)
	}
	if second.Timestamp != 1795442398_000000 || second.Level != event.LevelInfo || second.Body != "{}" || second.IsError() {
		t.Errorf("%+v", second)
	}
	e, err := first.Event(event.ParseOptions{Received: received, EventID: "0123456789abcdef0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	x := e.Exceptions[0]
	if x.Type != "IllegalStateException" || x.Value != "no owner" || e.Platform != "java" || e.Message.Formatted != "checkout failed" || e.Timestamp != 1795442399_000000 {
		t.Errorf("%+v", e)
	}
	functions := []string{}
	for _, f := range x.Stacktrace.Frames {
		functions = append(functions, f.Module+"."+f.Function)
	}
	if !slices.Equal(functions, []string{"shop.Main.main", "shop.Cart.total"}) {
		t.Errorf("frames %q", functions)
	}
}

func TestParseLines(t *testing.T) {
	t.Parallel()
	entries := ParseLines([]byte(`{"level":"error","msg":"boom","time":"2026-11-23T13:59:59Z","logger":"db","n":1,"trace_id":"9837494f6ba84b21b4c8f34ccc8efe72"}

{"level":30,"time":1795442399000,"pid":1,"hostname":"h","msg":"pino"}
{"levelname":"WARNING","message":"python","extra":{"k":"v"}}
plain token=abc123 text
{"broken":
`), Options{Received: received, Release: "r"})
	want := []Entry{
		{Timestamp: 1795442399_000000, Level: event.LevelError, Body: "boom", Logger: "db", Release: "r", TraceID: "9837494f6ba84b21b4c8f34ccc8efe72", Attributes: []byte(`{"n":1}`)},
		{Timestamp: 1795442399_000000, Level: event.LevelInfo, Body: "pino", ServerName: "h", Release: "r", Attributes: []byte(`{"pid":1}`)},
		{Timestamp: received, Level: event.LevelWarning, Body: "python", Release: "r", Attributes: []byte(`{"k":"v"}`)},
		{Timestamp: received, Level: event.LevelInfo, Body: "plain token=[Filtered] text", Release: "r"},
		{Timestamp: received, Level: event.LevelInfo, Body: `{"broken":`, Release: "r"},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Error(diff)
	}
}

func TestParseStack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		language, text string
		want           []StackFrame
	}{
		{"nodejs", "TypeError: x\n    at Object.f (file:///srv/main.mjs:17:27)\n    at async g (node:internal/m:1:2)\n    at file:///srv/main.mjs:2:3", []StackFrame{
			{File: "file:///srv/main.mjs", Line: 2, Column: 3}, {Function: "async g", File: "node:internal/m", Line: 1, Column: 2},
			{Function: "Object.f", File: "file:///srv/main.mjs", Line: 17, Column: 27}}},
		{"python", "Traceback (most recent call last):\n  File \"a.py\", line 3, in main\n    run()\n  File \"b.py\", line 4, in run\n    raise E()\n    ^^^^^\nE: x", []StackFrame{
			{File: "a.py", Line: 3, Function: "main", Source: "run()"}, {File: "b.py", Line: 4, Function: "run", Source: "raise E()"}}},
		{"go", "goroutine 1 [running]:\nmain.(*T).f(0x1, {0x2})\n\t/srv/main.go:12 +0x1d\ngithub.com/a/b.g.func1(...)\n\t/srv/b.go:3\n\ngoroutine 2:\n", []StackFrame{
			{Module: "github.com/a/b", Function: "g.func1", File: "/srv/b.go", Line: 3}, {Module: "main", Function: "(*T).f", File: "/srv/main.go", Line: 12}}},
		{"dotnet", "System.E: x\n   at N.C.M(String s) in C:\\a.cs:line 7\n   at N.C.Main()", []StackFrame{
			{Module: "N.C", Function: "Main"}, {Module: "N.C", Function: "M", File: `C:\a.cs`, Line: 7}}},
		{"ruby", "app.rb:3:in `foo'\napp.rb:9:in `<main>'", []StackFrame{{File: "app.rb", Line: 9, Function: "<main>"}, {File: "app.rb", Line: 3, Function: "foo"}}},
		{"", "E: x\n\tat a.B.c(B.java:1)", []StackFrame{{Module: "a.B", Function: "c", File: "B.java", Line: 1}}},
		{"", "nothing known", nil},
		{"erlang", "", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, ParseStack(tt.text, tt.language)); diff != "" {
			t.Errorf("%s: %s", tt.language, diff)
		}
	}
}

func TestEventIDsDifferByIndexOnly(t *testing.T) {
	t.Parallel()
	base, again := [16]byte{1}, [16]byte{1}
	if EventID(base, 1) != EventID(again, 1) || EventID(base, 1) == EventID(base, 2) || EventID([16]byte{2}, 1) == EventID(base, 1) {
		t.Error("ids must depend on the record and the index alone")
	}
}
