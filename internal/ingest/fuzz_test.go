package ingest

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/skim"
	"github.com/mesher/mesher/test/allocs"
)

// FuzzDecode decompresses hostile bodies: what comes out is bounded, and the
// memory is given back whatever happens.
func FuzzDecode(f *testing.F) {
	plain := []byte(`{"message":"hello hello hello hello"}`)
	var z, br bytes.Buffer
	g := gzip.NewWriter(&z)
	_, _ = g.Write(plain)
	_ = g.Close()
	w := brotli.NewWriter(&br)
	_, _ = w.Write(plain)
	_ = w.Close()
	e, _ := zstd.NewWriter(nil)
	f.Add(z.Bytes(), uint8(0))
	f.Add([]byte("x\x9cK\xccK\xcc\x00\x00\x06\x00\x02\x49"), uint8(1))
	f.Add([]byte("K\xccK\xcc\x00\x00"), uint8(1))
	f.Add(br.Bytes(), uint8(2))
	f.Add(e.EncodeAll(plain, nil), uint8(3))
	f.Add(plain, uint8(4))
	const limit = 1 << 20
	encodings := [...]string{"gzip", "deflate", "br", "zstd", ""}
	f.Fuzz(func(t *testing.T, raw []byte, encoding uint8) {
		bodies := NewBodies(16 << 20)
		// Decoders keep windows of up to 16 MiB (brotli) beside the body that doubles.
		allocs.AtMost(t, 8*limit+2*(16<<20), func() {
			body, err := bodies.Decode(bytes.NewReader(raw), encodings[int(encoding)%len(encodings)], limit)
			if err == nil && len(body.Bytes) > limit {
				t.Errorf("%d bytes", len(body.Bytes))
			}
			body.Free()
		})
		if held := bodies.inFlight.Load(); held != 0 {
			t.Errorf("%d bytes are still held", held)
		}
	})
}

func FuzzLogContainer(f *testing.F) {
	f.Add([]byte(`{"items":[{"body":"1"},{"body":"2"}]}`))
	f.Add([]byte(` {"version":2,"items":[],"items":[7, "x" ]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		allocs.AtMost(t, 64*len(payload), func() { checkParts(t, payload) })
	})
}

// checkParts wants a container's parts to be containers again, with as many
// entries as they say, also when a limit shortens them.
func checkParts(t *testing.T, payload []byte) {
	for _, item := range LogContainer(payload) {
		if item.Drop != "" {
			continue
		}
		for _, part := range [][]byte{item.Body, item.Shorten(1)} {
			if !skim.Whole(part) {
				t.Fatalf("%q: part %q", payload, part)
			}
		}
		again := LogContainer(item.Body)
		if len(again) != 1 || again[0].Quantity != item.Quantity || !bytes.Equal(again[0].Body, item.Body) {
			t.Fatalf("%q: %d entries become %+v", payload, item.Quantity, again)
		}
	}
}

func FuzzLogLines(f *testing.F) {
	f.Add([]byte("{\"msg\":\"x\"}\nplain\r\n\n \n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		items, err := LogLines(body)
		if err != nil {
			return
		}
		for _, item := range items {
			if got := int64(bytes.Count(item.Body, []byte("\n")) + 1); got != item.Quantity {
				t.Errorf("%d lines, %d are said", got, item.Quantity)
			}
		}
	})
}
