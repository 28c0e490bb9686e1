package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest/gunzip"
)

// Bodies reads request bodies into pooled buffers, decompressing on the way.
// The memory of all requests together is bounded. It is safe for concurrent use.
type Bodies struct {
	// inFlight is the memory of the bodies being handled, room what it may reach.
	inFlight atomic.Int64
	room     int64

	buffers, sources, gzips, zlibs, flates, brotlis, zstds sync.Pool
}

// DefaultBodyMemory is the memory all bodies together may take, in bytes.
const DefaultBodyMemory = 256 << 20

// NewBodies returns a reader whose bodies take at most memory bytes together.
func NewBodies(memory int64) *Bodies { return &Bodies{room: memory} }

// Body is a decompressed request body. Free it once nothing refers to Bytes.
type Body struct {
	Bytes []byte
	owner *Bodies
	held  int64
}

// keptBuffer is the largest buffer that is kept for the next request.
const keptBuffer = 1 << 20

// firstBuffer is the size of a new buffer: most envelopes fit.
const firstBuffer = 16 << 10

// Read reads and decompresses the body of r. limit bounds both the bytes on the
// wire and the decompressed ones: above it the error is fault.TooLarge, as soon
// as it is passed. An unknown Content-Encoding is fault.Unsupported, a broken
// body fault.Invalid, and fault.Unavailable says that too many bodies are in
// memory already.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, limit int64) (*Body, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	raw := http.MaxBytesReader(w, r.Body, limit)
	return b.Decode(raw, r.Header.Get("Content-Encoding"), limit)
}

// Decode is Read for a stream with a Content-Encoding.
func (b *Bodies) Decode(raw io.Reader, encoding string, limit int64) (*Body, error) {
	plain, release, err := b.decoder(raw, encoding)
	if err != nil {
		return nil, readError(err, limit)
	}
	defer release()
	body := b.body()
	if g, ok := plain.(*gzipReader); ok {
		if whole, ok := g.atOnce(body.Bytes[:cap(body.Bytes)]); ok && int64(len(whole)) <= limit {
			body.Bytes = whole
			return body, nil
		}
	}
	if err := body.fill(plain, limit); err != nil {
		body.Free()
		return nil, readError(err, limit)
	}
	return body, nil
}

func (b *Bodies) body() *Body {
	body, ok := b.buffers.Get().(*Body)
	if !ok {
		body = &Body{Bytes: make([]byte, 0, firstBuffer), owner: b}
	}
	body.held = int64(cap(body.Bytes))
	b.inFlight.Add(body.held)
	return body
}

// fill reads all of r, growing as it comes.
func (body *Body) fill(r io.Reader, limit int64) error {
	for {
		if len(body.Bytes) == cap(body.Bytes) {
			if err := body.grow(); err != nil {
				return err
			}
		}
		n, err := r.Read(body.Bytes[len(body.Bytes):cap(body.Bytes)])
		body.Bytes = body.Bytes[:len(body.Bytes)+n]
		if int64(len(body.Bytes)) > limit {
			return tooLarge(limit)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (body *Body) grow() error {
	more := int64(cap(body.Bytes))
	if body.owner.inFlight.Add(more) > body.owner.room {
		body.owner.inFlight.Add(-more)
		return &fault.Error{Code: fault.Unavailable, Message: "the server handles too much data at once; send again shortly", RetryAfter: time.Second}
	}
	body.held += more
	bigger := make([]byte, len(body.Bytes), int64(cap(body.Bytes))+more)
	copy(bigger, body.Bytes)
	body.Bytes = bigger
	return nil
}

// Free gives the buffer back. A nil Body is fine.
func (body *Body) Free() {
	if body == nil {
		return
	}
	body.owner.inFlight.Add(-body.held)
	if cap(body.Bytes) <= keptBuffer {
		body.Bytes = body.Bytes[:0]
		body.owner.buffers.Put(body)
	}
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "the body is larger than %d bytes after decompression; send less at once", limit)
}

func readError(err error, limit int64) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return tooLarge(limit)
	}
	return fault.Wrap(err, fault.Invalid, "the body cannot be read: it ended early or does not match its Content-Encoding")
}

// decoder returns the decompressed stream and what gives the decoder back.
func (b *Bodies) decoder(raw io.Reader, encoding string) (plain io.Reader, release func(), err error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return raw, func() {}, nil
	case "gzip", "x-gzip":
		return pooled(&b.gzips, raw, newGzip)
	case "deflate":
		return b.deflate(raw)
	case "br":
		return pooled(&b.brotlis, raw, newBrotli)
	case "zstd":
		return pooled(&b.zstds, raw, newZstd)
	}
	return nil, nil, fault.New(fault.Unsupported, "Content-Encoding %s is not supported; use gzip, deflate, br, zstd or none", clip(encoding))
}

// resetReader is a decoder that can be used again.
type resetReader interface {
	io.Reader
	reset(raw io.Reader) error
}

func pooled(pool *sync.Pool, raw io.Reader, create func() resetReader) (io.Reader, func(), error) {
	d, ok := pool.Get().(resetReader)
	if !ok {
		d = create()
	}
	if err := d.reset(raw); err != nil {
		pool.Put(d)
		return nil, nil, fmt.Errorf("start decompression: %w", err)
	}
	return d, func() { pool.Put(d) }, nil
}

// gzipReader begins with what fits into head. Most bodies do, and are then
// decompressed in one go; what cannot be is read as a stream.
type gzipReader struct {
	gzip.Reader
	small gunzip.Decoder
	// head has room for gunzip.Padding behind; rest is what did not fit, nil for nothing.
	head    []byte
	memory  bytes.Reader
	rest    io.Reader
	started bool
}

func newGzip() resetReader { return &gzipReader{head: make([]byte, 0, firstBuffer)} }

func (g *gzipReader) reset(raw io.Reader) error {
	n, err := io.ReadFull(raw, g.head[:firstBuffer-gunzip.Padding])
	g.head, g.rest, g.started = g.head[:n], nil, false
	switch {
	case err == nil:
		g.rest = raw
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return nil
}

// atOnce decompresses the whole body into dst, and reports false when it must be read as a stream.
func (g *gzipReader) atOnce(dst []byte) ([]byte, bool) {
	if g.rest != nil {
		return nil, false
	}
	return g.small.Decode(dst, g.head)
}

// Read implements io.Reader.
func (g *gzipReader) Read(p []byte) (int, error) {
	if !g.started {
		g.started = true
		g.memory.Reset(g.head)
		var source io.Reader = &g.memory
		if g.rest != nil {
			source = io.MultiReader(&g.memory, g.rest)
		}
		if err := g.Reset(source); err != nil {
			if errors.Is(err, io.EOF) { // the end of nothing is not the end of a body
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
	}
	return g.Reader.Read(p)
}

type brotliReader struct{ *brotli.Reader }

func newBrotli() resetReader                     { return brotliReader{brotli.NewReader(nil)} }
func (r brotliReader) reset(raw io.Reader) error { return r.Reset(raw) }

type zstdReader struct{ *zstd.Decoder }

// maxZstdWindow is the window RFC 8878 recommends decoders to support.
const maxZstdWindow = 8 << 20

func newZstd() resetReader {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		panic(err) // impossible: the options are valid constants
	}
	return zstdReader{d}
}

func (r zstdReader) reset(raw io.Reader) error { return r.Reset(raw) }

type zlibReader struct{ io.ReadCloser }

func newZlib() resetReader { return &zlibReader{} }

func (z *zlibReader) reset(raw io.Reader) (err error) {
	if z.ReadCloser == nil {
		z.ReadCloser, err = zlib.NewReader(raw)
		return err
	}
	return z.ReadCloser.(zlib.Resetter).Reset(raw, nil)
}

type flateReader struct{ io.ReadCloser }

func newFlate() resetReader { return &flateReader{flate.NewReader(nil)} }

func (f *flateReader) reset(raw io.Reader) error {
	return f.ReadCloser.(flate.Resetter).Reset(raw, nil)
}

// deflate means the zlib form; many clients send raw deflate instead.
func (b *Bodies) deflate(raw io.Reader) (io.Reader, func(), error) {
	source, ok := b.sources.Get().(*bufio.Reader)
	if !ok {
		source = bufio.NewReaderSize(nil, 4<<10)
	}
	source.Reset(raw)
	pool, create := &b.flates, newFlate
	if head, _ := source.Peek(2); isZlib(head) {
		pool, create = &b.zlibs, newZlib
	}
	plain, release, err := pooled(pool, source, create)
	if err != nil {
		b.sources.Put(source)
		return nil, nil, err
	}
	return plain, func() { release(); b.sources.Put(source) }, nil
}

// isZlib checks a zlib header (RFC 1950, §2.2).
func isZlib(head []byte) bool {
	return len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0
}
