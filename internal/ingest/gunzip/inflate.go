package gunzip

import "encoding/binary"

// reader takes bits from the least significant end of src, which is padded.
type reader struct {
	src  []byte
	at   int
	bits uint64
	// n is how many of bits are valid.
	n uint
}

// refill makes at least 56 bits valid. It reports false behind the padding.
func (r *reader) refill() bool {
	if r.at+8 > len(r.src) {
		return false
	}
	r.bits |= binary.LittleEndian.Uint64(r.src[r.at:]) << r.n
	r.at += int((63 - r.n) >> 3)
	r.n |= 56
	return true
}

func (r *reader) take(n uint) uint64 {
	v := r.bits & (1<<n - 1)
	r.drop(n)
	return v
}

func (r *reader) drop(n uint) {
	r.bits >>= n
	r.n -= n
}

// align drops what is left of a byte and gives whole bytes back to src.
func (r *reader) align() {
	r.drop(r.n & 7)
	r.at -= int(r.n >> 3)
	r.bits, r.n = 0, 0
}

// Types of a block (RFC 1951, §3.2.3).
const (
	blockStored = iota
	blockFixed
	blockDynamic
)

// inflate decompresses all blocks and returns how much of dst was filled and of src used.
func (d *Decoder) inflate(dst, src []byte) (filled, used int, ok bool) {
	r := reader{src: src}
	for last := false; !last; {
		if !r.refill() {
			return 0, 0, false
		}
		last = r.take(1) == 1
		switch r.take(2) {
		case blockStored:
			filled, ok = r.stored(dst, filled)
		case blockFixed:
			filled, ok = fixedTables.block(&r, dst, filled)
		case blockDynamic:
			ok = d.dynamic(&r)
			if ok {
				filled, ok = d.tables.block(&r, dst, filled)
			}
		default:
			return 0, 0, false
		}
		if !ok {
			return 0, 0, false
		}
	}
	r.align()
	return filled, r.at, true
}

// stored copies a block that is not compressed (RFC 1951, §3.2.4).
func (r *reader) stored(dst []byte, filled int) (int, bool) {
	r.align()
	if r.at+4 > len(r.src) {
		return 0, false
	}
	size, check := binary.LittleEndian.Uint16(r.src[r.at:]), binary.LittleEndian.Uint16(r.src[r.at+2:])
	r.at += 4
	if size != ^check || filled+int(size)+Padding > len(dst) || r.at+int(size) > len(r.src) {
		return 0, false
	}
	filled += copy(dst[filled:], r.src[r.at:r.at+int(size)])
	r.at += int(size)
	return filled, true
}

// What a turn of block's loop reads and writes at most: two words, and its
// literals and the longest copy, rounded up to a word.
const (
	literalsATurn = 3
	mostRead      = 16
	mostWritten   = literalsATurn + 258 + 7
)

// block decompresses one block with the tables that were built for it.
func (t *tables) block(r *reader, dst []byte, filled int) (int, bool) {
	src, at, bits, n := r.src, r.at, r.bits, r.n
	for {
		if at+mostRead > len(src) || filled+mostWritten > len(dst) {
			return 0, false
		}
		bits |= binary.LittleEndian.Uint64(src[at:]) << n
		at += int((63 - n) >> 3)
		n |= 56
		e := t.codes[bits&(1<<codesBits-1)]
		for i := 0; i < literalsATurn && e&isLiteral != 0; i++ {
			dst[filled] = byte(e >> 16)
			filled++
			bits >>= e & 0xff
			n -= uint(e & 0xff)
			e = t.codes[bits&(1<<codesBits-1)]
		}
		if e&isLiteral != 0 {
			continue
		}
		bits |= binary.LittleEndian.Uint64(src[at:]) << n
		at += int((63 - n) >> 3)
		n |= 56
		if e&isSpecial != 0 {
			if e&isTable != 0 {
				bits >>= codesBits
				n -= codesBits
				e = t.codes[e>>16+uint32(bits&(1<<(e>>8&0xf)-1))]
			}
			switch {
			case e&isLiteral != 0:
				dst[filled] = byte(e >> 16)
				filled++
				bits >>= e & 0xff
				n -= uint(e & 0xff)
				continue
			case e&isEnd != 0:
				r.at, r.bits, r.n = at, bits>>(e&0xff), n-uint(e&0xff)
				return filled, true
			case e&isSpecial != 0:
				return 0, false
			}
		}
		bits >>= e & 0xff
		n -= uint(e & 0xff)
		extra := e >> 8 & 0xf
		length := int(e>>16) + int(bits&(1<<extra-1))
		bits >>= extra
		n -= uint(extra)

		e = t.distances[bits&(1<<distancesBits-1)]
		if e&isSpecial != 0 {
			if e&isTable == 0 {
				return 0, false
			}
			bits >>= distancesBits
			n -= distancesBits
			e = t.distances[e>>16+uint32(bits&(1<<(e>>8&0xf)-1))]
			if e&isSpecial != 0 {
				return 0, false
			}
		}
		bits >>= e & 0xff
		n -= uint(e & 0xff)
		extra = e >> 8 & 0xf
		distance := int(e>>16) + int(bits&(1<<extra-1))
		bits >>= extra
		n -= uint(extra)

		if distance > filled {
			return 0, false
		}
		end := filled + length
		from := filled - distance
		if distance >= 8 {
			for filled < end {
				binary.LittleEndian.PutUint64(dst[filled:], binary.LittleEndian.Uint64(dst[from:]))
				filled += 8
				from += 8
			}
		} else {
			for ; filled < end; filled++ {
				dst[filled] = dst[from]
				from++
			}
		}
		filled = end
	}
}
