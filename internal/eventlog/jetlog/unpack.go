package jetlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/mesher/mesher/internal/eventlog"
)

var errCorrupt = errors.New("corrupt micro-batch")

// unpacker turns messages back into records. It is safe for concurrent use.
type unpacker struct {
	zstd *zstd.Decoder
}

func newUnpacker() (*unpacker, error) {
	dec, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxRaw),
	)
	if err != nil {
		return nil, fmt.Errorf("create zstd decoder: %w", err)
	}
	return &unpacker{zstd: dec}, nil
}

// unpack reads a message. The records' bodies share one buffer, which is what
// take returns for as many bytes.
func (u *unpacker) unpack(data []byte, take func(n int) []byte) ([]eventlog.Record, error) {
	raw, err := u.decompress(data, take)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return readRecords(raw)
}

func (u *unpacker) decompress(data []byte, take func(n int) []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, errors.New("empty")
	}
	switch version, block := data[0], data[1:]; version {
	case 1:
		return u.decompressZstd(block)
	case packVersion:
		size, err := s2.DecodedLen(block)
		if err != nil {
			return nil, err
		}
		if size > maxRaw {
			return nil, errTooLarge
		}
		return s2.Decode(take(size), block)
	default:
		return nil, fmt.Errorf("version %d is not known, only those up to %d", version, packVersion)
	}
}

// decompressZstd reads what version 1 had behind its number: the length of raw and a zstd frame.
func (u *unpacker) decompressZstd(data []byte) ([]byte, error) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > maxRaw {
		return nil, errors.New("length")
	}
	raw, err := u.zstd.DecodeAll(data[n:], nil)
	if err == nil && uint64(len(raw)) != size {
		err = fmt.Errorf("%d bytes where %d were packed", len(raw), size)
	}
	return raw, err
}

func readRecords(raw []byte) ([]eventlog.Record, error) {
	r := reader{rest: raw}
	count, base := r.uvarint(), r.varint()
	// A record takes at least minRecord bytes, so a forged count cannot ask for more memory than was sent.
	const minRecord = 22
	if r.failed || count > eventlog.MaxRecords || count > uint64(len(raw)/minRecord) {
		return nil, fmt.Errorf("%w: count", errCorrupt)
	}
	records := make([]eventlog.Record, count)
	for i := range records {
		r.record(&records[i], base)
	}
	if r.failed || len(r.rest) != 0 {
		return nil, fmt.Errorf("%w: records", errCorrupt)
	}
	return records, nil
}

// reader takes values off a buffer; after the first that does not fit it has failed and returns zeroes.
type reader struct {
	rest   []byte
	failed bool
	// last are the metadata of the record before: most records share a client, a release and so on.
	last eventlog.Meta
}

func (r *reader) record(rec *eventlog.Record, base int64) {
	rec.Kind = eventlog.Kind(r.byte())
	rec.ProjectID = int64(r.uvarint())
	rec.KeyID = int64(r.uvarint())
	rec.Received = base + r.varint()
	copy(rec.EventID[:], r.take(16))
	r.meta(&rec.Meta)
	rec.Body = r.bytes()
}

func (r *reader) meta(m *eventlog.Meta) {
	mask := r.uvarint()
	if mask&1 != 0 {
		m.SentAt = r.varint()
	}
	fields, last := metaStrings(m), metaStrings(&r.last)
	if mask>>(len(fields)+1) != 0 {
		r.failed = true
		return
	}
	for i, s := range fields {
		if mask&(2<<i) != 0 {
			if text := r.bytes(); string(text) != *last[i] {
				*last[i] = string(text)
			}
			*s = *last[i]
		}
	}
}

func (r *reader) byte() byte {
	b := r.take(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (r *reader) bytes() []byte { return r.take(r.uvarint()) }

func (r *reader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	return advance(r, v, n)
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	return advance(r, v, n)
}

func advance[T int64 | uint64](r *reader, v T, n int) T {
	if r.failed || n <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
