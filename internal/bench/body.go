package bench

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"time"

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

// maxStored is what one stored deflate block can hold.
const maxStored = 65535

// A body gathers the bytes of one request. Its gzip form is one ordinary gzip
// member in which what differs from event to event is stored and the rest was
// compressed beforehand: it costs a copy and a checksum, where compressing
// would cost more than the server spends on reading it.
type body struct {
	encoding Encoding
	zstd     *zstd.Encoder
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
	b.store()
	b.out = append(b.out, t.deflated...)
	b.crc = crc32.Update(b.crc, crc32.IEEETable, t.tail)
	b.raw += len(t.tail)
}

// store writes the literal bytes as stored blocks, which need the stream to stand on a byte's border.
func (b *body) store() {
	b.crc = crc32.Update(b.crc, crc32.IEEETable, b.lit)
	b.raw += len(b.lit)
	for rest := b.lit; len(rest) > 0; {
		n := min(len(rest), maxStored)
		b.out = append(b.out, 0, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
		b.out = append(b.out, rest[:n]...)
		rest = rest[n:]
	}
	b.lit = b.lit[:0]
}

// end returns prefix and body, valid until the next begin, and the size of the body before compression.
func (b *body) end() (out []byte, raw int) {
	switch b.encoding {
	case Gzip:
		b.store()
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
