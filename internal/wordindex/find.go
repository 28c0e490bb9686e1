package wordindex

import (
	"cmp"
	"slices"
)

// Query asks for rows that have one word of each group of All and no word of None.
type Query struct {
	// All has at least one group.
	All  [][]Word
	None []Word
	// From ≤ id < Until.
	From, Until int64
	// Ascending asks for the lowest ids first, else the highest come first.
	Ascending bool
}

// Leaves reads leaves where they are kept.
type Leaves interface {
	// At returns the last leaf of a run that begins with a word and id up to these,
	// and After the first one that begins behind them; false when there is none.
	At(run int64, word string, id int64) (Leaf, bool, error)
	After(run int64, word string, id int64) (Leaf, bool, error)
}

// Find calls yield for the rows that match, until it returns false. It reads
// little of a common word's list where a rare one tells what to look for.
func Find(leaves Leaves, runs []Run, q Query, yield func(id int64) bool) error {
	for _, together := range q.parts(runs) {
		m := q.match(leaves, together)
		first, last := q.key(q.From), q.key(q.Until-1)
		if !q.Ascending {
			first, last = last, first
		}
		for {
			key, ok, err := m.next(first)
			if err != nil {
				return err
			}
			if !ok || key > last {
				break
			}
			if !yield(q.id(key)) {
				return nil
			}
			first = key + 1
		}
	}
	return nil
}

// Cursor tells which rows have a word.
type Cursor struct {
	query Query
	rows  cursor
}

// NewCursor returns one for ids that come in order, up or down.
func NewCursor(leaves Leaves, runs []Run, word string, ascending bool) *Cursor {
	c := &Cursor{query: Query{Ascending: ascending}}
	c.rows = c.query.any(leaves, runs, []Word{{Text: word}})
	return c
}

// Has reports whether a row has the word.
func (c *Cursor) Has(id int64) (bool, error) {
	key := c.query.key(id)
	found, ok, err := c.rows.seek(key)
	return ok && found == key, err
}

// A key is what ids are compared by, so that the one that is wanted first is the least.

func (q *Query) key(id int64) int64 {
	if q.Ascending {
		return id
	}
	return ^id
}

func (q *Query) id(key int64) int64 { return q.key(key) }

// parts puts runs together that overlap, in the order in which their rows are wanted.
func (q *Query) parts(runs []Run) (parts [][]Run) {
	runs = slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return !r.overlaps(q.From, q.Until) })
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Compare(a.First, b.First) })
	var last int64 // of the part before
	for _, r := range runs {
		if n := len(parts); n > 0 && r.First <= last {
			parts[n-1] = append(parts[n-1], r)
		} else {
			parts = append(parts, []Run{r})
		}
		last = max(last, r.Last)
	}
	if !q.Ascending {
		slices.Reverse(parts)
	}
	return parts
}

// match are the cursors of a query in runs.
type match struct {
	all  []cursor
	none cursor
}

func (q *Query) match(leaves Leaves, runs []Run) *match {
	m := &match{none: q.any(leaves, runs, q.None)}
	// To look for the beginning of a word takes longest, so it comes after what may tell that nothing matches.
	groups := slices.Clone(q.All)
	slices.SortStableFunc(groups, func(a, b []Word) int { return cmp.Compare(prefixes(a), prefixes(b)) })
	for _, group := range groups {
		m.all = append(m.all, q.any(leaves, runs, group))
	}
	return m
}

func prefixes(words []Word) (n int) {
	for _, w := range words {
		if w.Prefix {
			n++
		}
	}
	return n
}

// any is a cursor of the rows that have one of the words.
func (q *Query) any(leaves Leaves, runs []Run, words []Word) cursor {
	var u union
	for i := range runs {
		for _, w := range words {
			in := runReader{leaves: leaves, run: &runs[i], query: q}
			if w.Prefix {
				u = append(u, head{of: &begun{runReader: in, prefix: w.Text}, key: unread})
			} else {
				u = append(u, head{of: &list{runReader: in, word: w.Text}, key: unread})
			}
		}
	}
	if len(u) == 1 {
		return u[0].of
	}
	return u
}

// next returns the first key from the given one on that matches.
func (m *match) next(key int64) (int64, bool, error) {
	for at, agreed := 0, 0; agreed < len(m.all); at = (at + 1) % len(m.all) {
		found, ok, err := m.all[at].seek(key)
		if err != nil || !ok {
			return 0, false, err
		}
		if found > key {
			key, agreed = found, 0
		}
		if agreed++; agreed < len(m.all) {
			continue
		}
		refused, ok, err := m.none.seek(key)
		if err != nil {
			return 0, false, err
		}
		if ok && refused == key {
			key, agreed = key+1, 0
		}
	}
	return key, true, nil
}

// cursor goes through keys in order.
type cursor interface {
	// seek returns the first key from the given one on, which never goes back; ok is false behind the last.
	seek(key int64) (found int64, ok bool, err error)
}

// union is a cursor of what one of several has.
type union []head

type head struct {
	of   cursor
	key  int64
	done bool
}

// unread is less than any key, and so what nobody has found.
const unread = -1 << 63

func (u union) seek(key int64) (found int64, ok bool, err error) {
	for i := range u {
		h := &u[i]
		if !h.done && h.key < key {
			h.key, ok, err = h.of.seek(key)
			if err != nil {
				return 0, false, err
			}
			h.done = !ok
		}
	}
	ok = false
	for i := range u {
		if h := &u[i]; !h.done && (!ok || h.key < found) {
			found, ok = h.key, true
		}
	}
	return found, ok, nil
}

// runReader decodes ids of a run.
type runReader struct {
	leaves Leaves
	run    *Run
	query  *Query
}

// toKeys turns ids into keys in their order.
func (r *runReader) toKeys(ids []int64) []int64 {
	if r.query.Ascending {
		return ids
	}
	slices.Reverse(ids)
	for i := range ids {
		ids[i] = r.query.key(ids[i])
	}
	return ids
}

// list is a cursor of the rows of a run that have a word. It holds what one leaf has of it.
type list struct {
	runReader
	word string
	read []int64
	left []int64 // of what was read
	done bool
}

func (l *list) seek(key int64) (int64, bool, error) {
	if found, ok := l.skip(key); ok {
		return found, true, nil
	}
	if l.done {
		return 0, false, nil
	}
	if err := l.load(key); err != nil {
		return 0, false, err
	}
	found, ok := l.skip(key)
	l.done = !ok
	return found, ok, nil
}

// skip drops the keys before the given one.
func (l *list) skip(key int64) (int64, bool) {
	if len(l.left) > 0 && l.left[0] < key {
		n, _ := slices.BinarySearch(l.left, key)
		l.left = l.left[n:]
	}
	if len(l.left) == 0 {
		return 0, false
	}
	return l.left[0], true
}

// load reads the leaf that has the first key from the given one on, if any has.
func (l *list) load(key int64) error {
	id := l.query.id(key)
	leaf, ok, err := l.leaves.At(l.run.Number, l.word, id)
	if err != nil {
		return err
	}
	if ok {
		if err := l.decode(&leaf); err != nil || !l.query.Ascending || len(l.left) > 0 && l.left[len(l.left)-1] >= key {
			return err
		}
	}
	if !l.query.Ascending {
		return nil
	}
	if leaf, ok, err = l.leaves.After(l.run.Number, l.word, id); err != nil || !ok || string(leaf.Word) != l.word {
		return err
	}
	return l.decode(&leaf)
}

func (l *list) decode(leaf *Leaf) (err error) {
	l.read, err = leaf.idsOf(l.read[:0], l.word, l.run.First)
	l.left = l.toKeys(l.read)
	return err
}

// begun is a cursor of the rows of a run that have a word that begins so. It
// gathers them all when it is first asked.
type begun struct {
	runReader
	prefix string
	found  []int64
	read   bool
}

func (b *begun) seek(key int64) (int64, bool, error) {
	if !b.read {
		if err := b.gather(); err != nil {
			return 0, false, err
		}
		b.read = true
	}
	n, _ := slices.BinarySearch(b.found, key)
	if b.found = b.found[n:]; len(b.found) == 0 {
		return 0, false, nil
	}
	return b.found[0], true, nil
}

func (b *begun) gather() error {
	leaf, ok, err := b.leaves.At(b.run.Number, b.prefix, -1)
	if err == nil && !ok {
		leaf, ok, err = b.leaves.After(b.run.Number, b.prefix, -1)
	}
	var ids []int64
	for sorted := 0; err == nil && ok; {
		var through bool
		if ids, through, err = b.appendBegun(ids, &leaf); err != nil || through {
			break
		}
		// Rows are not many, but may have many such words.
		if len(ids) > 2*sorted+1<<16 {
			ids = inOrder(ids)
			sorted = len(ids)
		}
		leaf, ok, err = b.leaves.After(b.run.Number, string(leaf.Word), leaf.First)
	}
	b.found = b.toKeys(inOrder(ids))
	return err
}

// appendBegun appends the ids of a leaf's words that begin so, in the query's
// span; through is set behind the last of them.
func (b *begun) appendBegun(ids []int64, leaf *Leaf) (_ []int64, through bool, err error) {
	r := leafReader{data: leaf.Data}
	for {
		ok, err := r.next()
		if err != nil || !ok {
			return ids, false, err
		}
		start := string(r.word[:min(len(r.word), len(b.prefix))])
		if start > b.prefix {
			return ids, true, nil
		}
		if start < b.prefix {
			continue
		}
		before := len(ids)
		if ids, err = appendIDs(ids, r.ids, b.run.First); err != nil {
			return ids, false, err
		}
		ids = append(ids[:before], within(ids[before:], b.query.From, b.query.Until)...)
	}
}

// within are the ids of a sorted list with from ≤ id < until.
func within(ids []int64, from, until int64) []int64 {
	first, _ := slices.BinarySearch(ids, from)
	end, _ := slices.BinarySearch(ids, until)
	return ids[first:max(first, end)]
}
