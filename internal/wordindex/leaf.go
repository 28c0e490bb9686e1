package wordindex

import (
	"encoding/binary"
	"errors"
)

// leafBytes is how large a leaf may grow, so that it lies within a page of 16 KB
// together with three others, as SQLite requires of rows that it keeps whole.
const leafBytes = 3800

// ErrCorrupt is returned for a leaf that no run can have.
var ErrCorrupt = errors.New("wordindex: the index of words is damaged")

// A leaf is a list of entries, each
//
//	how many bytes its word shares with the one before
//	how many more it has, and these
//	how many bytes its ids take, and these
//
// where numbers are varints. The first id is counted from the first of the run,
// every other from the one before.

// maxEntryHead is what an entry takes beside its word and ids: three lengths of less than 2^14.
const maxEntryHead = 6

// leafWriter cuts words with their ids into leaves.
type leafWriter struct {
	base int64
	emit func(Leaf) error

	leaf Leaf
	last []byte // word
	ids  []byte
}

// add takes the words in order. It keeps nothing of its arguments.
func (w *leafWriter) add(word []byte, ids []int64) error {
	for len(ids) > 0 {
		room := leafBytes - len(w.leaf.Data) - len(word) - maxEntryHead
		if room < binary.MaxVarintLen64 && len(w.leaf.Data) > 0 {
			if err := w.flush(); err != nil {
				return err
			}
			continue
		}
		ids = ids[w.entry(word, ids, room):]
	}
	return nil
}

// entry adds as many ids as there is room for, but at least one, and returns how many.
func (w *leafWriter) entry(word []byte, ids []int64, room int) (n int) {
	w.ids = w.ids[:0]
	before := w.base
	for n < len(ids) && (n == 0 || len(w.ids) <= room-binary.MaxVarintLen64) {
		w.ids = appendDelta(w.ids, ids[n]-before)
		before = ids[n]
		n++
	}
	if len(w.leaf.Data) == 0 {
		w.leaf.Word, w.leaf.First = append(w.leaf.Word[:0], word...), ids[0]
	}
	shared := sharedPrefix(w.last, word)
	data := binary.AppendUvarint(w.leaf.Data, uint64(shared))
	data = binary.AppendUvarint(data, uint64(len(word)-shared))
	data = append(data, word[shared:]...)
	data = binary.AppendUvarint(data, uint64(len(w.ids)))
	w.leaf.Data = append(data, w.ids...)
	w.last = append(w.last[:shared], word[shared:]...)
	return n
}

// flush ends a leaf, whose memory is used again for the next.
func (w *leafWriter) flush() error {
	if len(w.leaf.Data) == 0 {
		return nil
	}
	err := w.emit(w.leaf)
	w.leaf.Data, w.last = w.leaf.Data[:0], w.last[:0]
	return err
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// indexBits are the lowest bits of an id, which are equal in most: rows that came
// one by one differ in the time and number of their message only (eventlog.RowID).
const indexBits = 12

// appendDelta writes a difference of ids. Its lowest bit says whether those of the index are left out.
func appendDelta(to []byte, d int64) []byte {
	if d&(1<<indexBits-1) == 0 {
		return binary.AppendUvarint(to, uint64(d)>>indexBits<<1)
	}
	return binary.AppendUvarint(to, uint64(d)<<1|1)
}

// appendIDs decodes the ids of an entry, which rise: what reads them relies on that.
func appendIDs(to []int64, data []byte, base int64) ([]int64, error) {
	for id := base; len(data) > 0; {
		before := id
		var v uint64
		switch {
		case data[0] < 0x80:
			v, data = uint64(data[0]), data[1:]
		case len(data) > 1 && data[1] < 0x80:
			v, data = uint64(data[0]&0x7f)|uint64(data[1])<<7, data[2:]
		default:
			n := 0
			if v, n = binary.Uvarint(data); n <= 0 {
				return to, ErrCorrupt
			}
			data = data[n:]
		}
		if v&1 == 0 {
			id += int64(v >> 1 << indexBits)
		} else {
			id += int64(v >> 1)
		}
		if id < before {
			return to, ErrCorrupt
		}
		to = append(to, id)
	}
	return to, nil
}

// leafReader goes through the entries of a leaf.
type leafReader struct {
	data []byte
	// word and ids are of the entry that next went to; both are valid until it goes on.
	word, ids []byte
}

// next goes to the next entry; ok is false when there is none.
func (r *leafReader) next() (ok bool, err error) {
	if len(r.data) == 0 {
		return false, nil
	}
	shared, err := r.number()
	if err != nil || shared > len(r.word) {
		return false, ErrCorrupt
	}
	suffix, err := r.bytes()
	if err != nil {
		return false, err
	}
	r.word = append(r.word[:shared], suffix...)
	r.ids, err = r.bytes()
	return err == nil, err
}

func (r *leafReader) number() (int, error) {
	if len(r.data) > 0 && r.data[0] < 0x80 {
		n := int(r.data[0])
		r.data = r.data[1:]
		return n, nil
	}
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > uint64(len(r.data)) {
		return 0, ErrCorrupt
	}
	r.data = r.data[n:]
	return int(v), nil
}

func (r *leafReader) bytes() ([]byte, error) {
	n, err := r.number()
	if err != nil || n > len(r.data) {
		return nil, ErrCorrupt
	}
	list := r.data[:n]
	r.data = r.data[n:]
	return list, nil
}

// idsOf appends the ids that a leaf has of a word.
func (l *Leaf) idsOf(to []int64, word string, base int64) ([]int64, error) {
	r := leafReader{data: l.Data}
	for {
		ok, err := r.next()
		if err != nil || !ok || string(r.word) > word {
			return to, err
		}
		if string(r.word) == word {
			return appendIDs(to, r.ids, base)
		}
	}
}
