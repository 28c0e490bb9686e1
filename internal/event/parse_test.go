package event

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// received is the time of admission in tests: 2026-11-23T14:00:00Z.
const received = 1795442400_000000

func TestStoredFormIsAFixpointOverTheCorpus(t *testing.T) {
	t.Parallel()
	events := corpusEvents(t)
	for name, raw := range events {
		e, err := Parse(raw, ParseOptions{Received: received, RemoteIP: "192.0.2.7"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkFixpoint(t, name, e)
	}
	t.Logf("%d events", len(events))
}

// checkFixpoint fails unless e reads back from its canonical JSON unchanged.
func checkFixpoint(t testing.TB, name string, e *Event) {
	t.Helper()
	first := AppendJSON(nil, e)
	if !json.Valid(first) {
		t.Fatalf("%s: canonical form is not valid JSON: %s", name, first)
	}
	again, err := ParseStored(first)
	if err != nil {
		t.Fatalf("%s: canonical form cannot be read: %v", name, err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Fatalf("%s: event changed (-parsed +stored):\n%s", name, diff)
	}
	if second := AppendJSON(nil, again); !bytes.Equal(first, second) {
		t.Fatalf("%s: canonical form changed:\n%s\n%s", name, first, second)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"message":"x\u0000\ud83d","tags":[["a",1],["b",true]]}`,
		`{"exception":{"values":[{"type":"E","value":{"a":NaN},"stacktrace":{"frames":[{"abs_path":"/a.go","vars":[1,"x"]}]}}]}}`,
		`{"logentry":{"message":"%s and %(x)s {0}","params":["a"]},"timestamp":"2026-11-23T14:00:44"}`,
		`{"request":{"url":"http://u:p@h/x?token=1#f","headers":{"cookie":"a=b"},"data":"{\"password\":\"x\"}"},"user":{"ip_address":"{{auto}}","plan":"x"}}`,
		`{"breadcrumbs":[{"timestamp":1795442400.5,"data":{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}}],"extra":{"card":"4111 1111 1111 1111"}}`,
	} {
		f.Add([]byte(seed), "sdk/1")
	}
	f.Fuzz(func(t *testing.T, raw []byte, header string) {
		e, err := Parse(raw, ParseOptions{Received: received, SentAt: received - 1, RemoteIP: "192.0.2.7", EventID: "0123456789abcdef0123456789abcdef",
			Client: header, UserAgent: header, Release: header, Environment: header})
		if err != nil {
			return
		}
		checkFixpoint(t, "fuzz", e)
		checkSize(t, raw, e)
		checkKnown(t, "fuzz", raw, ParseOptions{Received: received, Client: header})
		e.IndexedTags()
		e.SearchText()
	})
}

func BenchmarkParseAppend(b *testing.B) {
	raw, err := os.ReadFile(filepath.Join("testdata", "node.json"))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 64<<10)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		e, err := Parse(raw, ParseOptions{Received: received})
		if err != nil {
			b.Fatal(err)
		}
		buf = AppendJSON(buf[:0], e)
	}
}

// allocationsOf is how many an event of node.json takes on its way through Parse and AppendJSON.
func allocationsOf(t *testing.T, options func(raw []byte) ParseOptions) float64 {
	t.Helper()
	if underRace {
		t.Skip("pools drop what they hold at random under the race detector")
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "node.json"))
	if err != nil {
		t.Fatal(err)
	}
	buf, o := make([]byte, 0, 64<<10), options(raw)
	return testing.AllocsPerRun(100, func() {
		e, err := Parse(raw, o)
		if err != nil {
			t.Fatal(err)
		}
		buf = AppendJSON(buf[:0], e)
	})
}

// The figure is the hot path's: raise it only on purpose.
func TestAllocationsOfParseAndAppend(t *testing.T) {
	if n := allocationsOf(t, func([]byte) ParseOptions { return ParseOptions{Received: received} }); n > 55 {
		t.Errorf("an event takes %v allocations", n)
	}
}
