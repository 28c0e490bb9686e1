package gunzip

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// standard decompresses with the standard library, a single member only.
func standard(src []byte) ([]byte, bool) {
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(r)
	return out, err == nil
}

func pack(t testing.TB, level int, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil { // ends a block
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// roomy copies src into memory with room behind it that is not zero.
func roomy(src []byte) []byte {
	return append(append(make([]byte, 0, len(src)+Padding), src...), bytes.Repeat([]byte{0xa5}, Padding)...)[:len(src)]
}

// contents are texts of different compressibility.
func contents(t testing.TB) map[string][]byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	skewed := make([]byte, 9000) // codes of very different lengths
	for i := range skewed {
		skewed[i] = byte(min(random.ExpFloat64()*9, 255))
	}
	list := map[string][]byte{
		"empty": {}, "one": {'x'}, "run": bytes.Repeat([]byte{'a'}, 4000), "pair": bytes.Repeat([]byte("ab"), 3000),
		"seven": bytes.Repeat([]byte("1234567"), 900), "noise": noise, "skewed": skewed,
		"text": []byte(strings.Repeat(`{"type":"ValueError","value":"order 12345 not found","in_app":true},`, 90)),
	}
	events, err := filepath.Glob("../../event/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range events {
		if list[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func TestDecodeWhatOthersEncode(t *testing.T) {
	t.Parallel()
	var d Decoder
	for name, content := range contents(t) {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			for cut, parts := range map[string][][]byte{"whole": {content}, "halves": {content[:len(content)/2], content[len(content)/2:]}} {
				src := roomy(pack(t, level, parts...))
				got, ok := d.Decode(make([]byte, len(content)+Padding), src)
				if !ok || !bytes.Equal(got, content) {
					t.Errorf("%s in %s at level %d: decoded %d bytes, %v, want %d", name, cut, level, len(got), ok, len(content))
				}
			}
		}
	}
}

func TestDecodeHandsOver(t *testing.T) {
	t.Parallel()
	content := contents(t)["text"]
	packed := pack(t, gzip.DefaultCompression, content)
	named := bytes.Clone(packed)
	named[3] |= flagName
	named = append(append(named[:10:10], "request.json\x00"...), packed[10:]...)
	commented := bytes.Clone(named)
	commented[3] = 1 << 4
	size := bytes.Clone(packed)
	size[len(size)-4]++
	sum := bytes.Clone(packed)
	sum[len(sum)-8]++
	room := len(content) + Padding
	for name, c := range map[string]struct {
		src  []byte
		room int
		want bool
	}{
		"plain": {roomy(packed), room, true}, "with a name": {roomy(named), room, true}, "with a comment": {roomy(commented), room, false},
		"no room": {roomy(packed), room - 1, false}, "no padding": {packed[:len(packed):len(packed)], room, false},
		"wrong size": {roomy(size), room + 1, false}, "wrong sum": {roomy(sum), room, false},
		"cut off": {roomy(packed[:len(packed)-9]), room, false}, "more behind": {roomy(append(bytes.Clone(packed), 0)), room, false},
		"two members": {roomy(append(bytes.Clone(packed), packed...)), room, false}, "no header": {roomy(packed[:9]), room, false},
		"not gzip": {roomy(content), room, false}, "endless name": {roomy(append(named[:10:10], bytes.Repeat([]byte{'x'}, 40)...)), room, false},
	} {
		var d Decoder
		if _, ok := d.Decode(make([]byte, c.room), c.src); ok != c.want {
			t.Errorf("%s: decoded %v, want %v", name, ok, c.want)
		}
	}
}

// TestDamageIsNotBelieved flips every bit of a body: what is decoded is what the standard library decodes.
func TestDamageIsNotBelieved(t *testing.T) {
	t.Parallel()
	var d Decoder
	packed := pack(t, gzip.DefaultCompression, contents(t)["text"][:700], contents(t)["skewed"][:300])
	for bit := range len(packed) * 8 {
		damaged := bytes.Clone(packed)
		damaged[bit/8] ^= 1 << (bit % 8)
		agree(t, &d, damaged)
	}
}

// agree checks that Decode gives what the standard library gives, or hands over.
func agree(t *testing.T, d *Decoder, src []byte) {
	t.Helper()
	got, ok := d.Decode(make([]byte, 64<<10), roomy(src))
	if !ok {
		return
	}
	want, valid := standard(src)
	if !valid || !bytes.Equal(got, want) {
		t.Errorf("decoded %d bytes of %x where the standard library decodes %d (%v)", len(got), src[:min(len(src), 100)], len(want), valid)
	}
}

func FuzzDecode(f *testing.F) {
	for _, content := range contents(f) {
		for _, level := range []int{gzip.HuffmanOnly, gzip.NoCompression, gzip.BestSpeed, gzip.BestCompression} {
			f.Add(pack(f, level, content))
		}
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, src []byte) {
		agree(t, &d, src)
		// With a sum that is right, damage within is seen.
		if len(src) < 40<<10 {
			packed := pack(t, gzip.DefaultCompression, src)
			if got, ok := d.Decode(make([]byte, len(src)+Padding), roomy(packed)); !ok || !bytes.Equal(got, src) {
				t.Errorf("%d bytes are not what was encoded (%v)", len(got), ok)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	var d Decoder
	for name, content := range contents(b) {
		src := roomy(pack(b, gzip.DefaultCompression, content))
		dst := make([]byte, len(content)+Padding)
		b.Run(fmt.Sprintf("%s-%d", name, len(content)), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := d.Decode(dst, src); !ok {
					b.Fatal("not decoded")
				}
			}
		})
	}
}
