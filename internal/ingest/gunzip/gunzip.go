// Package gunzip decompresses a small gzip body that is in memory as a whole.
// Most requests are one, and a reader of streams pays at each for state that
// only a stream needs: this takes about half of its time.
//
// The formats are those of RFC 1952 (gzip) and RFC 1951 (DEFLATE).
package gunzip

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	headerSize  = 10
	trailerSize = 8
)

// Flags of a gzip header that do not matter, and the only part of one that
// clients send (RFC 1952, §2.3.1).
const (
	flagText = 1 << 0
	flagName = 1 << 3
)

// Padding is how many bytes of room the source must have behind its end, and
// the destination behind what is decompressed: the decoder reads and writes words.
const Padding = 288

// Decoder keeps the tables of one decompression after the other. It is not safe
// for concurrent use.
type Decoder struct {
	lengths [maxLiterals + maxDistances]uint8
	tables  tables
}

// tables are those of one block: codes tell literals, lengths and its end, distances how far back a copy begins.
type tables struct {
	codes     [codesSize]uint32
	distances [distancesSize]uint32
}

// Decode decompresses src into dst and returns the part of dst that was filled.
// It reports false when it could not: the body is damaged, does not fit into
// dst with Padding to spare, has several members, or ends with less than Padding
// bytes to the capacity of src. Whoever calls it then asks a reader of streams,
// which knows what is wrong. What is behind the end of src is overwritten.
func (d *Decoder) Decode(dst, src []byte) ([]byte, bool) {
	body, size, ok := member(src)
	if !ok || uint64(size)+Padding > uint64(len(dst)) || cap(src)-len(src) < Padding {
		return nil, false
	}
	padded := body[:len(body)+trailerSize+Padding]
	clear(padded[len(body)+trailerSize:])
	filled, used, ok := d.inflate(dst, padded)
	if !ok || used != len(body) || filled != int(size) {
		return nil, false
	}
	if crc32.ChecksumIEEE(dst[:filled]) != binary.LittleEndian.Uint32(padded[used:]) {
		return nil, false
	}
	return dst[:filled], true
}

// member returns the compressed part of a gzip member and the size that its trailer gives.
func member(src []byte) (body []byte, size uint32, ok bool) {
	if len(src) < headerSize+trailerSize || src[0] != 0x1f || src[1] != 0x8b || src[2] != 8 {
		return nil, 0, false
	}
	flags, at := src[3], headerSize
	if flags&^(flagText|flagName) != 0 {
		return nil, 0, false
	}
	if flags&flagName != 0 {
		for ; at < len(src) && src[at] != 0; at++ {
		}
		at++
	}
	end := len(src) - trailerSize
	if at > end {
		return nil, 0, false
	}
	return src[at:end], binary.LittleEndian.Uint32(src[end+4:]), true
}
