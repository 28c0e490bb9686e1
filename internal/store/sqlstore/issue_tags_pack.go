package sqlstore

import (
	"encoding/binary"

	"github.com/klauspost/compress/s2"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/rollup"
)

// A packed row of counts is an S2 block of
//
//	(uvarint issue | text tag | text value | uvarint count | varint last seen)…
//	text = uvarint length, bytes

// maxPackedTags bounds what a row may unpack to. A batch of 2,500 events with 30 tags each takes some 5 MB.
const maxPackedTags = 64 << 20

// packedNumbers is what the numbers of a count usually take at most.
const packedNumbers = 18

func packTags(counts []issueTagCount) []byte {
	size := 0
	for _, n := range counts {
		size += len(n.Key) + len(n.Value) + packedNumbers
	}
	plain := make([]byte, 0, size)
	for _, n := range counts {
		plain = binary.AppendUvarint(plain, uint64(n.Scope))
		plain = appendText(plain, n.Key)
		plain = appendText(plain, n.Value)
		plain = binary.AppendUvarint(plain, uint64(n.Count))
		plain = binary.AppendVarint(plain, n.LastSeen)
	}
	return s2.Encode(nil, plain)
}

// unpackTags calls add with each count of a row.
func unpackTags(packed []byte, add func(issueTagCount)) error {
	if size, err := s2.DecodedLen(packed); err != nil || size > maxPackedTags {
		return errBlock
	}
	plain, err := s2.Decode(nil, packed)
	if err != nil {
		return errBlock
	}
	r := newTextReader(plain)
	for len(r.rest) > 0 {
		n := issueTagCount{
			ScopedTag: issueTag{Scope: int64(r.uvarint()), Tag: event.Tag{Key: r.text(), Value: r.text()}},
			TagCount:  rollup.TagCount{Count: int64(r.uvarint()), LastSeen: r.varint()},
		}
		if r.bad {
			return errBlock
		}
		add(n)
	}
	return nil
}
