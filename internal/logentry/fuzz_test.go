package logentry

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/test/allocs"
)

func FuzzParseContainer(f *testing.F) {
	f.Add([]byte(`{"items":[{"body":"x","attributes":{"a":{"value":1}}}]}`))
	f.Add([]byte(`{"version":2,"items":[{"timestamp":1795442399.5,"level":"warn","body":"a 3","trace_id":"9837494F6BA84B21B4C8F34CCC8EFE72","attributes":{
"sentry.message.template":{"value":"a %s","type":"string"},"sentry.release":{"value":"r1"},"n":{"value":4611686018427387904,"type":"integer"},"password":{"value":"x"}}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkEntries(t, raw, func(o Options) []Entry { entries, _ := ParseContainer(raw, o); return entries })
	})
}

func FuzzParseOTLP(f *testing.F) {
	f.Add([]byte("\n\x04\x12\x02\x12\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkEntries(t, raw, func(o Options) []Entry { entries, _ := ParseOTLP(raw, o); return entries })
	})
}

func FuzzParseLines(f *testing.F) {
	f.Add([]byte("{\"msg\":\"x\"}\nplain token=abc123 text"))
	f.Add([]byte(`{"level":30,"time":1795442399000,"hostname":"h","msg":"pino","extra":{"k":"v"},"trace_id":"9837494f6ba84b21b4c8f34ccc8efe72"}`))
	f.Add([]byte(`{"level":"error","message":"m","exception":"E: x\n\tat a.B.c(B.java:1)","@timestamp":"2026-11-23T13:59:59Z"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkEntries(t, raw, func(o Options) []Entry { return ParseLines(raw, o) })
	})
}

// checkEntries wants texts that a database takes, objects that are JSON, times
// within the bounds of a client's clock, and an event from every error.
func checkEntries(t *testing.T, raw []byte, parse func(Options) []Entry) {
	allocs.AtMost(t, 1024*len(raw), func() {
		for _, e := range parse(Options{Received: received}) {
			checkEntry(t, &e)
		}
	})
}

func checkEntry(t *testing.T, e *Entry) {
	for _, object := range [][]byte{e.Attributes, e.Resource, e.Scope} {
		if object != nil && (!json.Valid(object) || len(object) > 2*maxAttributes) {
			t.Fatalf("invalid JSON, or %d bytes: %.200q", len(object), object)
		}
	}
	for _, text := range []string{e.Body, e.Template, e.Logger, e.Release, e.Environment, e.ServerName, e.TraceID, e.SpanID} {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxBody+len("...") {
			t.Fatalf("text of %d bytes: %.200q", len(text), text)
		}
	}
	if !event.Plausible(e.Timestamp, received) {
		t.Fatalf("timestamp %d", e.Timestamp)
	}
	if e.IsError() {
		if _, err := e.Event(event.ParseOptions{Received: received}); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParseStack(f *testing.F) {
	f.Add("    at f (x:1:2)", "nodejs")
	f.Add("goroutine 1\nmain.f()\n\t/a.go:1 +0x1", "go")
	f.Add("Traceback (most recent call last):\n  File \"a.py\", line 3, in main\n    run()\nE: x", "python")
	f.Add("E: x\n\tat a.B.c(B.java:1)\nCaused by: y", "java")
	f.Fuzz(func(t *testing.T, text, language string) {
		allocs.AtMost(t, 256*len(text), func() {
			for _, language := range []string{language, ""} {
				if n := len(ParseStack(text, language)); n > len(text) {
					t.Errorf("%d frames of %d bytes", n, len(text))
				}
			}
		})
	})
}
