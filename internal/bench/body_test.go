package bench

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func decoded(t *testing.T, e Encoding, data []byte) string {
	t.Helper()
	var r io.Reader = bytes.NewReader(data)
	var err error
	switch e {
	case Gzip:
		// A spliced body must be one member: not every server reads several.
		var z *gzip.Reader
		if z, err = gzip.NewReader(r); err == nil {
			z.Multistream(false)
			r = z
		}
	case Zstd:
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestBodiesDecodeToTheEvent(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 20)
	for _, e := range []Encoding{Gzip, Zstd, Identity} {
		b, err := newBody(e)
		if err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(50) {
			b.begin([]byte("prefix"))
			b.event(g, seq, someday)
			out, raw := b.end()
			body, ok := bytes.CutPrefix(out, []byte("prefix"))
			if !ok {
				t.Fatalf("%s: the prefix is gone", e)
			}
			want := string(g.Event(seq, someday))
			if diff := cmp.Diff(want, decoded(t, e, body)); diff != "" {
				t.Fatalf("%s: event %d: %s", e, seq, diff)
			}
			if raw != len(want) {
				t.Errorf("%s: event %d weighs %d, not %d", e, seq, raw, len(want))
			}
		}
	}
}

func TestGzipIsReadByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 20)
	b, err := newBody(Gzip)
	if err != nil {
		t.Fatal(err)
	}
	b.begin(nil)
	for seq := range uint64(100) {
		b.line(g, seq, someday)
	}
	out, raw := b.end()
	z, err := stdgzip.NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); len(lines) != 100 || len(text) != raw {
		t.Errorf("got %d lines of %d bytes, want 100 of %d", len(lines), len(text), raw)
	}
	if len(out)*2 > raw {
		t.Errorf("%d bytes became %d: hardly compressed", raw, len(out))
	}
}

func TestAnyBytesAreCoded(t *testing.T) {
	t.Parallel()
	b, err := newBody(Gzip)
	if err != nil {
		t.Fatal(err)
	}
	ascii := make([]byte, 128)
	for i := range ascii {
		ascii[i] = byte(i)
	}
	for name, want := range map[string]string{
		"empty": "", "one": "x", "ascii": string(ascii), "long": strings.Repeat("0123456789", 20_000),
		"binary": "\x00\x80\xff", "long binary": strings.Repeat("\xc3\xbc", 100_000),
	} {
		b.begin(nil)
		b.lit = append(b.lit, want...)
		out, raw := b.end()
		if decoded(t, Gzip, out) != want || raw != len(want) {
			t.Errorf("%s: literals of %d bytes are broken", name, len(want))
		}
	}
}

func TestEnvelopeFraming(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 20)
	b, err := newBody(Gzip)
	if err != nil {
		t.Fatal(err)
	}
	b.begin(nil)
	b.envelope(g, 7, someday)
	out, _ := b.end()
	lines := strings.SplitN(decoded(t, Gzip, out), "\n", 3)
	var header struct {
		EventID string `json:"event_id"`
		SentAt  string `json:"sent_at"`
	}
	var item struct {
		Type   string
		Length int
	}
	if err := json.Unmarshal([]byte(lines[0]), &header); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &item); err != nil {
		t.Fatal(err)
	}
	if header.EventID != string(g.run.appendID(nil, 7)) || header.SentAt != "2026-11-23T19:24:00.123456Z" {
		t.Errorf("the header is %s", lines[0])
	}
	if item.Type != "event" || item.Length != len(lines[2]) || lines[2] != string(g.Event(7, someday)) {
		t.Errorf("the item says %s before %d bytes", lines[1], len(lines[2]))
	}
}

func BenchmarkGzipEnvelope(b *testing.B) {
	g := newTestGenerator(b, 500)
	body, err := newBody(Gzip)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	seq := uint64(0)
	for b.Loop() {
		body.begin(nil)
		body.envelope(g, seq, someday)
		body.end()
		seq++
	}
}
