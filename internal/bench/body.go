package bench

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"strconv"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/fault"
)

// Encoding is how request bodies are compressed.
type Encoding string

// The encodings.
const (
	Gzip     Encoding = "gzip"
	Zstd     Encoding = "zstd"
	Identity Encoding = "identity"
)

// A body gathers the bytes of one request. Its gzip form is one ordinary gzip
// member in which what differs from event to event has the simplest code and the
// rest was compressed beforehand: it costs a copy and a checksum, where
// compressing would cost more than the server spends on reading it.
type body struct {
	encoding Encoding
	zstd     *zstd.Encoder
	flate    *flate.Writer
	// out is the finished body; lit the bytes since the last template; head is scratch.
	out, lit, head []byte
	crc            uint32
	raw            int
}

func newBody(e Encoding) (*body, error) {
	b := &body{encoding: e}
	if e == Zstd {
		var err error
		if b.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "cannot set up zstd")
		}
	}
	return b, nil
}

// begin starts a new body behind the bytes of prefix.
func (b *body) begin(prefix []byte) {
	b.out = append(b.out[:0], prefix...)
	b.lit, b.crc, b.raw = b.lit[:0], 0, 0
	if b.encoding == Gzip {
		b.out = append(b.out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
	}
}

// tail appends what all events of a template share.
func (b *body) tail(t *template) {
	if b.encoding != Gzip {
		b.lit = append(b.lit, t.tail...)
		return
	}
	b.code()
	b.out = append(b.out, t.deflated...)
	b.crc = crc32.Update(b.crc, crc32.IEEETable, t.tail)
	b.raw += len(t.tail)
}

// code writes the literal bytes in a way that ends on a byte's border.
func (b *body) code() {
	if len(b.lit) == 0 {
		return
	}
	b.crc = crc32.Update(b.crc, crc32.IEEETable, b.lit)
	b.raw += len(b.lit)
	if out, ok := appendFixedHuffman(b.out, b.lit); ok {
		b.out = out
	} else {
		b.compress()
	}
	b.lit = b.lit[:0]
}

// appendFixedHuffman writes one deflate block in the fixed code (RFC 1951
// §3.2.6) without matches, and an empty stored block for the border. A reader
// spends on each byte about what it spends on bytes that any compressor finds
// no match for; stored bytes would cost it nothing and flatter the server. All
// of ASCII has codes of eight bits, 0x30 and up, so that the block is the
// reversed codes shifted by the three bits of its header. ok is false for others.
func appendFixedHuffman(dst, data []byte) (out []byte, ok bool) {
	const notLastFixed = 0b010
	carry := byte(notLastFixed)
	for _, c := range data {
		if c >= 0x80 {
			return nil, false
		}
		code := bits.Reverse8(c + 0x30)
		dst = append(dst, carry|code<<3)
		carry = code >> 5
	}
	// Seven zero bits end the block, three begin the stored one.
	return append(dst, carry, 0, 0, 0, 0xff, 0xff), true
}

// compress writes literals that are not text, such as protobuf, with a real compressor.
func (b *body) compress() {
	sink := appender{&b.out}
	if b.flate == nil {
		b.flate, _ = flate.NewWriter(sink, flate.BestSpeed) // fails for unknown levels only
	} else {
		b.flate.Reset(sink)
	}
	// Neither can fail: the sink takes everything.
	_, _ = b.flate.Write(b.lit)
	_ = b.flate.Flush()
}

// appender is a writer that appends to a slice.
type appender struct{ dst *[]byte }

func (a appender) Write(p []byte) (int, error) {
	*a.dst = append(*a.dst, p...)
	return len(p), nil
}

// end returns prefix and body, valid until the next begin, and the size of the body before compression.
func (b *body) end() (out []byte, raw int) {
	switch b.encoding {
	case Gzip:
		b.code()
		b.out = append(b.out, 1, 0, 0, 0xff, 0xff)
		b.out = binary.LittleEndian.AppendUint32(b.out, b.crc)
		b.out = binary.LittleEndian.AppendUint32(b.out, uint32(b.raw))
	case Zstd:
		b.raw = len(b.lit)
		b.out = b.zstd.EncodeAll(b.lit, b.out)
	default:
		b.raw = len(b.lit)
		b.out = append(b.out, b.lit...)
	}
	return b.out, b.raw
}

// event appends one bare event.
func (b *body) event(g *generator, seq uint64, now time.Time) {
	var t *template
	b.lit, t = g.appendHead(b.lit, seq, now)
	b.tail(t)
}

// line appends one event as a line of NDJSON.
func (b *body) line(g *generator, seq uint64, now time.Time) {
	b.event(g, seq, now)
	b.lit = append(b.lit, '\n')
}

// envelope appends an envelope that holds one event, with the headers a current SDK sends.
func (b *body) envelope(g *generator, seq uint64, now time.Time) {
	var t *template
	b.head, t = g.appendHead(b.head[:0], seq, now)
	b.lit = append(b.lit, `{"event_id":"`...)
	b.lit = g.run.appendID(b.lit, seq)
	b.lit = append(b.lit, `","sent_at":"`...)
	b.lit = now.UTC().AppendFormat(b.lit, time.RFC3339Nano)
	b.lit = append(b.lit, `","sdk":{"name":"`+clientName+`","version":"`+clientVersion+`"}}`+"\n"+
		`{"type":"event","content_type":"application/json","length":`...)
	b.lit = strconv.AppendInt(b.lit, int64(len(b.head)+len(t.tail)), 10)
	b.lit = append(b.lit, "}\n"...)
	b.lit = append(b.lit, b.head...)
	b.tail(t)
}

// What the generator calls itself.
const (
	clientName    = "mesher-bench"
	clientVersion = "1.0"
)
