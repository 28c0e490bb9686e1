package wordindex

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Builder makes a run of the rows of a batch.
type Builder struct {
	numbers map[string]uint32 // of those that are not shared
	words   []builtWord
	ids     []int64 // of the rows
	// postings say which row has which word, row by row.
	postings []posting
}

type builtWord struct {
	text string
	rows uint32 // how many have it
	last uint32 // of them, counted from 1
}

type posting struct{ word, row uint32 }

// NewBuilder returns one for rows of which many have words of a list, which they
// name by their places: that saves looking for them. The words are kept until
// Write is through, as those of the rows are.
func NewBuilder(shared []string) *Builder {
	b := &Builder{numbers: map[string]uint32{}, words: make([]builtWord, len(shared), 2*len(shared))}
	for number, text := range shared {
		b.words[number].text = text
	}
	return b
}

// Add takes the rows in the order of their ids, each once, with words and the
// places of shared ones. A word may be there several times.
func (b *Builder) Add(id int64, words []string, shared []uint32) {
	b.ids = append(b.ids, id)
	for _, number := range shared {
		b.has(number)
	}
	for _, text := range words {
		number, ok := b.numbers[text]
		if !ok {
			number = uint32(len(b.words))
			b.numbers[text] = number
			b.words = append(b.words, builtWord{text: text})
		}
		b.has(number)
	}
}

// has notes a word of the last row.
func (b *Builder) has(number uint32) {
	rows := uint32(len(b.ids))
	if w := &b.words[number]; w.last != rows {
		w.last = rows
		w.rows++
		b.postings = append(b.postings, posting{number, rows - 1})
	}
}

// Write gives the leaves of the run in order, each valid until emit returns, and
// returns what is known of it; its number is 0.
func (b *Builder) Write(emit func(Leaf) error) (Run, error) {
	if len(b.ids) == 0 {
		return Run{}, nil
	}
	run := Run{First: b.ids[0], Last: b.ids[len(b.ids)-1], Rows: int64(len(b.ids))}
	w := leafWriter{base: run.First, emit: emit}
	lists, order := b.lists(), b.sorted()
	var text []byte
	for i := 0; i < len(order); {
		text = append(text[:0], b.words[order[i]].text...)
		ids := lists[order[i]]
		for i++; i < len(order) && b.words[order[i]].text == string(text); i++ { // shared, and another
			ids = inOrder(slices.Concat(ids, lists[order[i]]))
		}
		if err := w.add(text, ids); err != nil {
			return run, err
		}
	}
	return run, w.flush()
}

// lists are the ids by word.
func (b *Builder) lists() [][]int64 {
	room := make([]int64, len(b.postings))
	lists := make([][]int64, len(b.words))
	for number := range b.words {
		n := b.words[number].rows
		lists[number], room = room[:0:n], room[n:]
	}
	for _, p := range b.postings {
		lists[p.word] = append(lists[p.word], b.ids[p.row])
	}
	return lists
}

// startOf are the first eight bytes of a word as a number that is compared like
// them. Most words differ in it.
func startOf[T string | []byte](word T) uint64 {
	if len(word) >= 8 {
		return binary.BigEndian.Uint64([]byte(word[:8]))
	}
	var start [8]byte
	copy(start[:], word)
	return binary.BigEndian.Uint64(start[:])
}

// sorted are the numbers of the words that rows have, in the order of their texts.
func (b *Builder) sorted() []uint32 {
	type key struct {
		start  uint64
		number uint32
	}
	keys := make([]key, 0, len(b.words))
	for number := range b.words {
		if w := &b.words[number]; w.rows > 0 {
			keys = append(keys, key{startOf(w.text), uint32(number)})
		}
	}
	slices.SortFunc(keys, func(x, y key) int {
		if x.start != y.start {
			return cmp.Compare(x.start, y.start)
		}
		return cmp.Compare(b.words[x.number].text, b.words[y.number].text)
	})
	order := make([]uint32, len(keys))
	for i, k := range keys {
		order[i] = k.number
	}
	return order
}
