package ingest

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/mesher/mesher/internal/fault"
)

// TestGzipBodies reads bodies that are decompressed in one go and those that are
// read as streams: small and large, of one member and of two, whole and damaged.
func TestGzipBodies(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3*firstBuffer)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	pack := func(content []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(content)
		_ = w.Close()
		return b.Bytes()
	}
	text := bytes.Repeat([]byte(`{"message":"hello"},`), 300)
	large := bytes.Repeat(text, 10)
	bodies := NewBodies(1 << 20)
	for name, c := range map[string]struct {
		packed, want []byte
		code         fault.Code
	}{
		"small":               {packed: pack(text), want: text},
		"empty":               {packed: pack(nil), want: []byte{}},
		"large":               {packed: pack(large), want: large},
		"large on the wire":   {packed: pack(noise), want: noise},
		"two members":         {packed: append(pack(text), pack(large)...), want: append(bytes.Clone(text), large...)},
		"too large":           {packed: pack(bytes.Repeat(large, 4)), code: fault.TooLarge},
		"nothing":             {code: fault.Invalid},
		"cut off":             {packed: pack(text)[:40], code: fault.Invalid},
		"no gzip":             {packed: text, code: fault.Invalid},
		"damaged":             {packed: append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7}, text...), code: fault.Invalid},
		"more behind the end": {packed: append(pack(text), text...), code: fault.Invalid},
	} {
		for range 2 { // the second time with what the first gave back
			body, err := bodies.Decode(iotest.OneByteReader(bytes.NewReader(c.packed)), "gzip", 200<<10)
			if c.code != fault.CodeOf(err) && (err != nil || c.want == nil) {
				t.Errorf("%s: %v, want %v", name, err, c.code)
			}
			if err == nil && !bytes.Equal(body.Bytes, c.want) {
				t.Errorf("%s: %d bytes, want %d", name, len(body.Bytes), len(c.want))
			}
			body.Free()
		}
	}
	if held := bodies.inFlight.Load(); held != 0 {
		t.Errorf("%d bytes are still held", held)
	}
}
