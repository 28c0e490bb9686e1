package sqlstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// blockSlots is how many rows share a block. Measured on events of 7 KB: 64
// take 1064 bytes each, alone 2531; reading one costs 0.25 ms.
const blockSlots = 64

// maxBlock bounds what a block may unpack to: 64 payloads of 1 MB each.
const maxBlock = 96 << 20

// codec packs rows into blocks. It is safe for concurrent use.
type codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	// scratch keeps *packing.
	scratch sync.Pool
}

// packing is what packing a block takes: for one of events half a megabyte, and what that is packed into.
type packing struct{ plain, packed []byte }

var errBlock = errors.New("sqlstore: block is damaged")

func newCodec() (*codec, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<19), zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(packers()))
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBlock), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return &codec{encoder: e, decoder: d}, nil
}

// packers is how many blocks are packed in parallel: a processor is left to requests.
func packers() int { return max(1, runtime.GOMAXPROCS(0)-1) }

func (c *codec) close() {
	c.decoder.Close()
	_ = c.encoder.Close() // only flushes a stream, and there is none
}

// pack joins slots, each after its length, and compresses them. A slot may use
// the memory of the one before.
func (c *codec) pack(slots iter.Seq[[]byte]) []byte {
	p, ok := c.scratch.Get().(*packing)
	if !ok {
		p = new(packing)
	}
	defer c.scratch.Put(p)
	p.plain = p.plain[:0]
	for s := range slots {
		p.plain = append(binary.AppendUvarint(p.plain, uint64(len(s))), s...)
	}
	p.packed = c.encoder.EncodeAll(p.plain, p.packed[:0])
	return bytes.Clone(p.packed)
}

// unpack returns every slot of a block; they share memory.
func (c *codec) unpack(block []byte) ([][]byte, error) {
	plain, err := c.decoder.DecodeAll(block, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	slots := make([][]byte, 0, blockSlots)
	for len(plain) > 0 {
		size, n := binary.Uvarint(plain)
		if n <= 0 || size > uint64(len(plain)-n) {
			return nil, errBlock
		}
		slots = append(slots, plain[n:n+int(size)])
		plain = plain[n+int(size):]
	}
	return slots, nil
}

// loadBlocks reads and unpacks each of the blocks once. query selects id and
// content of the blocks whose ids stand for "(…)", see listOf; $1 and $2 are
// the smallest and the largest, so that PostgreSQL leaves out other days.
func (s *Store) loadBlocks(ctx context.Context, c conn, query string, ids []int64) (map[int64][][]byte, error) {
	blocks := map[int64][][]byte{}
	if len(ids) == 0 {
		return blocks, nil
	}
	ids = unique(ids)
	err := listOf(ctx, c, query, ids, func(r scanner) error {
		var id int64
		var block []byte
		if err := r.Scan(&id, &block); err != nil {
			return err
		}
		slots, err := s.codec.unpack(block)
		blocks[id] = slots
		return err
	}, ids[0], ids[len(ids)-1])
	return blocks, err
}
