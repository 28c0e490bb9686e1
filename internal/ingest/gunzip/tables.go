package gunzip

// The most symbols of each alphabet and the longest code (RFC 1951, §3.2.5 and §3.2.7).
const (
	maxLiterals  = 288
	maxDistances = 32
	maxCode      = 15
	endOfBlock   = 256
)

// The tables are looked up by so many bits; longer codes go on in a part of the
// table behind. The sizes are the most that complete codes can take (zlib's
// enough.c gives 852 and 592). Larger ones take longer to fill than a small body gains by them.
const (
	codesBits     = 9
	codesSize     = 852
	distancesBits = 6
	distancesSize = 592
	orderBits     = 7
)

// An entry holds in its lowest byte how many bits its code has, or has left in a
// part behind, then the number of extra bits, and in its upper half a literal, or the
// least length or distance. Of a part behind it holds the number of its bits and where it begins.
const (
	isSpecial = 1 << 15 // nothing of the following, or no code at all
	isTable   = 1 << 14
	isEnd     = 1 << 13
	isLiteral = 1 << 12
)

// Lengths and distances with their extra bits (RFC 1951, §3.2.5); 0 where there is none.
var (
	lengthEntries   = entries([]int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5}, 3)
	distanceEntries = entries([]int{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}, 1)
	literalEntries  = literals()
)

func entries(extra []int, least uint32) (list [maxDistances]uint32) {
	for i := range list {
		list[i] = isSpecial
	}
	for i, bits := range extra {
		list[i] = least<<16 | uint32(bits)<<8
		least += 1 << bits
	}
	return list
}

func literals() (list [maxLiterals]uint32) {
	for i := range list {
		switch {
		case i < endOfBlock:
			list[i] = uint32(i)<<16 | isLiteral
		case i == endOfBlock:
			list[i] = isSpecial | isEnd
		default:
			list[i] = lengthEntries[i-endOfBlock-1]
		}
	}
	list[285] = 258 << 16 // the longest length has a code of its own without extra bits
	return list
}

// order is that of the code lengths of the code of code lengths (RFC 1951, §3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// fixedTables are those of blocks with fixed codes (RFC 1951, §3.2.6).
var fixedTables = fixed()

func fixed() *tables {
	var lengths [maxLiterals + maxDistances]uint8
	for i := range maxLiterals {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	for i := range maxDistances {
		lengths[maxLiterals+i] = 5
	}
	t := new(tables)
	if !t.build(lengths[:maxLiterals], lengths[maxLiterals:]) {
		panic("gunzip: the fixed codes are not complete") // they are constants
	}
	return t
}

// build makes the tables of codes with these lengths; it reports false when they are no codes.
func (t *tables) build(literals, distances []uint8) bool {
	return build(t.codes[:], codesBits, literals, literalEntries[:]) && build(t.distances[:], distancesBits, distances, distanceEntries[:])
}

// dynamic reads the codes of a block and builds its tables (RFC 1951, §3.2.7).
func (d *Decoder) dynamic(r *reader) bool {
	if !r.refill() {
		return false
	}
	literals, distances, n := int(r.take(5))+257, int(r.take(5))+1, int(r.take(4))+4
	if literals > 286 || distances > 30 {
		return false
	}
	var lengths [19]uint8
	for i := range n {
		if r.n < 3 && !r.refill() {
			return false
		}
		lengths[order[i]] = uint8(r.take(3))
	}
	var values [19]uint32
	for i := range values {
		values[i] = uint32(i) << 16
	}
	var table [1 << orderBits]uint32
	if !build(table[:], orderBits, lengths[:], values[:]) || !d.readLengths(r, table[:], literals+distances) {
		return false
	}
	return d.tables.build(d.lengths[:literals], d.lengths[literals:literals+distances])
}

func (d *Decoder) readLengths(r *reader, table []uint32, n int) bool {
	if n > len(d.lengths) {
		return false
	}
	for i := 0; i < n; {
		if !r.refill() {
			return false
		}
		e := table[r.bits&(1<<orderBits-1)]
		if e&isSpecial != 0 {
			return false
		}
		r.drop(uint(e & 0xff))
		value, repeat := uint8(e>>16), 1
		switch value {
		case 16:
			if i == 0 {
				return false
			}
			value, repeat = d.lengths[i-1], 3+int(r.take(2))
		case 17:
			value, repeat = 0, 3+int(r.take(3))
		case 18:
			value, repeat = 0, 11+int(r.take(7))
		}
		if i+repeat > n {
			return false
		}
		for range repeat {
			d.lengths[i] = value
			i++
		}
	}
	return true
}

// build fills a table with the canonical code of the given lengths (RFC 1951,
// §3.2.2), whose entries are given by symbol. A code must be complete; one of a
// single symbol, or of none, need not be.
func build(table []uint32, bits int, lengths []uint8, symbols []uint32) bool {
	var count [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	left := 1
	var offset [maxCode + 2]int
	longest := 0
	for n := 1; n <= maxCode; n++ {
		if left = left<<1 - count[n]; left < 0 {
			return false
		}
		offset[n+1] = offset[n] + count[n]
		if count[n] > 0 {
			longest = n
		}
	}
	if left > 0 {
		if used > 1 || longest > 1 {
			return false
		}
		for i := range 1 << bits {
			table[i] = isSpecial
		}
	}
	var sorted [maxLiterals]uint16
	for symbol, n := range lengths {
		if n > 0 {
			sorted[offset[n]] = uint16(symbol)
			offset[n]++
		}
	}
	// code is kept with its bits reversed, as they come.
	code, free, part, partBits := 0, 1<<bits, 0, 0
	prefix := -1
	for _, symbol := range sorted[:used] {
		n := int(lengths[symbol])
		e := symbols[symbol]
		if n <= bits {
			e |= uint32(n)
			for i := code; i < 1<<bits; i += 1 << n {
				table[i] = e
			}
		} else {
			if p := code & (1<<bits - 1); p != prefix {
				// A new part, long enough for all codes with this beginning.
				prefix, part, partBits = p, free, n-bits
				for room := 1<<partBits - count[n]; room > 0 && partBits+bits < longest; {
					partBits++
					room = room<<1 - count[partBits+bits]
				}
				if free += 1 << partBits; free > len(table) {
					return false
				}
				table[p] = uint32(part)<<16 | isSpecial | isTable | uint32(partBits)<<8 | uint32(bits)
			}
			e |= uint32(n - bits)
			for i := code >> bits; i < 1<<partBits; i += 1 << (n - bits) {
				table[part+i] = e
			}
		}
		count[n]--
		// The next code: one is added at the reversed end.
		add := 1 << (n - 1)
		for code&add != 0 {
			add >>= 1
		}
		if code &= add - 1; add == 0 {
			code = 0
		} else {
			code += add
		}
	}
	return true
}
