package sentry

import (
	"strings"
	"testing"
)

func TestParseEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		in    string
		items string // type:payload, joined by |
		err   string // of the envelope, or of its Err
	}{
		{"empty header", "{}", "", ""},
		{"no items, newline", "{}\n", "", ""},
		{"without length", "{}\n{\"type\":\"event\"}\n{\"a\":1}\n", `event:{"a":1}`, ""},
		{"no final newline", "{}\n{\"type\":\"event\"}\n{\"a\":1}", `event:{"a":1}`, ""},
		{"length with newlines inside", "{}\n{\"type\":\"attachment\",\"length\":5}\na\nb\nc\n{\"type\":\"event\"}\n{}", "attachment:a\nb\nc|event:{}", ""},
		{"length zero at the end", "{}\n{\"type\":\"attachment\",\"length\":0}", "attachment:", ""},
		{"length zero, newlines", "{}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"event\"}\n{}", "attachment:|event:{}", ""},
		{"blank lines between", "{}\n\n{\"type\":\"event\"}\n{}\n\n\n{\"type\":\"session\"}\n{}\n", "event:{}|session:{}", ""},
		{"carriage return is payload", "{}\r\n{\"type\":\"attachment\"}\r\nx\r\n", "attachment:x\r", ""},
		{"blanks in headers", "{ \"event_id\" : \"a\" }\n{ \"type\" : \"event\" }\n{}", "event:{}", ""},
		{"too short", "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\",\"length\":99}\n{}", "event:{}", "only 2 follow"},
		{"too long", "{}\n{\"type\":\"event\",\"length\":1}\n{}", "", "longer than"},
		{"no type", "{}\n{\"length\":1}\n{}", "", "no type"},
		{"item header no JSON", "{}\nhello\n", "", "JSON object"},
		{"no JSON", "hello", "", "first line"},
		{"nothing", "", "", "first line"},
		{"list", "[]\n", "", "first line"},
		{"trace of a wrong type", "{\"trace\":5,\"sdk\":[]}\n{\"type\":\"event\"}\n{}", "event:{}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := ParseEnvelope([]byte(tt.in))
			if err == nil {
				err = e.Err
			}
			var items []string
			for _, i := range e.Items {
				items = append(items, i.Type+":"+string(i.Payload))
			}
			if got := strings.Join(items, "|"); got != tt.items {
				t.Errorf("items %q, want %q", got, tt.items)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestEnvelopeHeader(t *testing.T) {
	t.Parallel()
	e, err := ParseEnvelope([]byte(`{"event_id":"9EC79C33-EC99-42AB-8353-589FCB2E04DC","dsn":"http://k@h/1","sent_at":"2026-11-23T14:00:00.5Z",
"sdk":{"name":"sentry.go","version":"0.50"},"trace":{"trace_id":"x","release":"r1","environment":"prod"}}`))
	want := Header{
		EventID: "9ec79c33ec9942ab8353589fcb2e04dc", DSN: "http://k@h/1", SentAt: 1795442400500000,
		SDK: "sentry.go/0.50", Release: "r1", Environment: "prod",
	}
	if err != nil || e.Header != want {
		t.Errorf("%+v, %v", e.Header, err)
	}
}

func BenchmarkParseEnvelope(b *testing.B) {
	body := []byte(`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","sent_at":"2026-11-23T14:00:00.5Z","sdk":{"name":"sentry.go","version":"0.50"}}` +
		"\n{\"type\":\"event\",\"length\":7000}\n{" + strings.Repeat(" ", 6998) + "}\n")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if e, err := ParseEnvelope(body); err != nil || len(e.Items) != 1 {
			b.Fatal(err)
		}
	}
}
