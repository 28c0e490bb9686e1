package wordindex

import (
	"bytes"
	"slices"
)

// Source is a run to be merged.
type Source struct {
	Run Run
	// Next gives its leaves in order, and false behind the last. What it gave is
	// valid until it is called again.
	Next func() (Leaf, bool, error)
}

// Merge gives the leaves of a run that has what several have, each valid until emit
// returns, and returns what is known of it; its number is 0. A row that several have is there once. It takes
// least time when the runs come in the order of their ids. keep, which may be
// nil, takes the ids out of a sorted list that are to be left out.
func Merge(sources []Source, keep func(ids []int64) []int64, emit func(Leaf) error) (Run, error) {
	run := sources[0].Run
	run.Number, run.Rows = 0, 0
	for i := range sources {
		r := &sources[i].Run
		run.First, run.Last, run.Rows = min(run.First, r.First), max(run.Last, r.Last), run.Rows+r.Rows
	}
	entries := make([]entryReader, len(sources))
	for i := range sources {
		entries[i].source = &sources[i]
		if err := entries[i].next(); err != nil {
			return run, err
		}
	}
	w := leafWriter{base: run.First, emit: emit}
	var word []byte
	var ids []int64
	for {
		first := leastWord(entries)
		if first == nil {
			return run, w.flush()
		}
		start := first.start
		word, ids = append(word[:0], first.leaf.word...), ids[:0]
		for i := range entries {
			if entries[i].start != start {
				continue
			}
			var err error
			if ids, err = entries[i].take(ids, word); err != nil {
				return run, err
			}
		}
		ids = inOrder(ids)
		if keep != nil {
			ids = keep(ids)
		}
		if err := w.add(word, ids); err != nil {
			return run, err
		}
	}
}

// leastWord is the reader that is at the first of the words, nil at the end of all.
func leastWord(entries []entryReader) (least *entryReader) {
	for i := range entries {
		if e := &entries[i]; !e.done && (least == nil || e.start < least.start || e.start == least.start && bytes.Compare(e.leaf.word, least.leaf.word) < 0) {
			least = e
		}
	}
	return least
}

// inOrder sorts ids and drops the second of two that are equal. Most often they are
// in order already: runs seldom overlap, and few words begin alike.
func inOrder(ids []int64) []int64 {
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			slices.Sort(ids)
			return slices.Compact(ids)
		}
	}
	return ids
}

// entryReader goes through the entries of a run, leaf by leaf.
type entryReader struct {
	source *Source
	leaf   leafReader
	start  uint64 // of the word, see startOf
	done   bool
}

func (e *entryReader) next() error {
	for {
		ok, err := e.leaf.next()
		if err != nil || ok {
			e.start = startOf(e.leaf.word)
			return err
		}
		leaf, more, err := e.source.Next()
		if e.done = !more; err != nil || !more {
			return err
		}
		e.leaf = leafReader{data: leaf.Data, word: e.leaf.word[:0]}
	}
}

// take appends the ids of a word, which may go on from leaf to leaf, and goes to the next word.
func (e *entryReader) take(ids []int64, word []byte) ([]int64, error) {
	for !e.done && bytes.Equal(e.leaf.word, word) {
		var err error
		if ids, err = appendIDs(ids, e.leaf.ids, e.source.Run.First); err != nil {
			return ids, err
		}
		if err := e.next(); err != nil {
			return ids, err
		}
	}
	return ids, nil
}
