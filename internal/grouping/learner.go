package grouping

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

// Limits of a Learner.
const (
	// DefaultPatterns is how many patterns a Learner keeps; the least recently seen go first.
	DefaultPatterns = 10_000
	maxTokens       = 48 // of a line; the rest counts as one
	maxPositions    = 32 // words that are tried as variable
)

// wildcard stands for a part of a line that varies.
const wildcard = "<*>"

// Learner groups log lines into patterns: a million lines of one statement
// are one pattern with a count. It starts from the template of Parameterize
// and learns which of the remaining words vary: a word position becomes a
// wildcard when, among lines that are otherwise alike, it has taken several
// values. It needs no setting, its memory is bounded, and the same lines in
// the same order give the same patterns. A Learner is not safe for concurrent use.
//
// Patterns never decide which issue an event belongs to: they depend on what
// came before, and a fingerprint must not.
type Learner struct {
	limit    int
	next     uint32
	clock    uint64
	patterns map[uint32]*pattern
	shapes   map[string]uint32   // exact shape → pattern
	siblings map[uint64]*sibling // shape with one position left out → patterns that fit
	alias    map[uint32]uint32   // pattern that was merged → the wider one
	seed     maphash.Seed
	tokens   []string
	key      []byte
	line     []byte
}

// pattern is one learned template.
type pattern struct {
	id    uint32
	shape []string // what is compared
	shown []string // what is shown
	free  uint64   // bit i: words vary at position i
	count uint64
	last  uint64
}

// sibling collects the patterns that differ in one position only.
type sibling struct {
	ids    []uint32
	merged uint32 // the pattern they became, 0 as long as they are apart
}

// NewLearner returns an empty Learner that keeps DefaultPatterns patterns.
func NewLearner() *Learner { return NewLearnerSize(DefaultPatterns) }

// NewLearnerSize returns an empty Learner that keeps at most limit patterns, at least 16.
func NewLearnerSize(limit int) *Learner {
	return &Learner{
		limit: max(limit, 16), next: 1, patterns: map[uint32]*pattern{}, shapes: map[string]uint32{},
		siblings: map[uint64]*sibling{}, alias: map[uint32]uint32{}, seed: maphash.MakeSeed(),
	}
}

// Learn counts one line and returns its pattern: an id that is never reused,
// and the template as it is now. Later lines may widen the template, or merge
// the pattern into another: Resolve follows.
func (l *Learner) Learn(line string) (id uint32, template string) {
	l.clock++
	l.line = AppendParameterized(l.line[:0], line)
	l.tokens = splitTokens(l.tokens[:0], string(l.line))
	p := l.match(l.tokens)
	p.count++
	p.last = l.clock
	p.widen(l.tokens)
	return p.id, p.template()
}

// Resolve returns the id of the pattern that id has become; id itself when it is current or unknown.
func (l *Learner) Resolve(id uint32) uint32 {
	for range 64 {
		to, ok := l.alias[id]
		if !ok {
			return id
		}
		id = to
	}
	return id
}

// Template returns the template of a pattern as it is now; empty when it was forgotten.
func (l *Learner) Template(id uint32) string {
	if p := l.patterns[l.Resolve(id)]; p != nil {
		return p.template()
	}
	return ""
}

// Count returns how many lines a pattern has had, those of patterns merged into it included.
func (l *Learner) Count(id uint32) uint64 {
	if p := l.patterns[l.Resolve(id)]; p != nil {
		return p.count
	}
	return 0
}

// Len returns how many patterns there are.
func (l *Learner) Len() int { return len(l.patterns) }

func (p *pattern) template() string { return strings.Join(p.shown, " ") }

// widen makes parts that were shown as one kind of value a wildcard when another kind comes.
func (p *pattern) widen(tokens []string) {
	for i, t := range tokens {
		if i < len(p.shown) && p.shown[i] != t {
			p.shown[i] = wildcard
		}
	}
}

// match finds or makes the pattern of a line.
func (l *Learner) match(tokens []string) *pattern {
	shape := make([]string, len(tokens))
	for i, t := range tokens {
		shape[i] = shapeOf(t)
	}
	if id, ok := l.shapes[string(l.shapeKey(shape))]; ok {
		return l.patterns[l.Resolve(id)]
	}
	if p := l.wider(shape); p != nil {
		l.shapes[string(l.shapeKey(shape))] = p.id
		return p
	}
	l.evict()
	p := &pattern{id: l.next, shape: shape, shown: slices.Clone(tokens)}
	l.next++
	l.patterns[p.id] = p
	l.shapes[string(l.shapeKey(shape))] = p.id
	return l.join(p)
}

// shapeKey writes a shape as one key; the result is valid until the next call.
func (l *Learner) shapeKey(shape []string) []byte {
	l.key = l.key[:0]
	for _, t := range shape {
		l.key = append(append(l.key, t...), ' ')
	}
	return l.key
}

// without hashes a shape with position i left out, and of which sort the word there is.
func (l *Learner) without(shape []string, i int) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	for k, t := range shape {
		if k == i {
			h.WriteByte(0)
		} else {
			h.WriteString(t)
		}
		h.WriteByte(' ')
	}
	return h.Sum64()
}

// wider finds a pattern with a wildcard where shape has a word.
func (l *Learner) wider(shape []string) *pattern {
	for n, i := 0, 0; i < len(shape) && n < maxPositions; i++ {
		if shape[i] == wildcard {
			continue
		}
		n++
		if hasPlaceholder(shape[i]) && oddWord(shape[i]) {
			word := shape[i]
			shape[i] = wildcard
			id, ok := l.shapes[string(l.shapeKey(shape))]
			shape[i] = word
			if ok {
				return l.patterns[l.Resolve(id)]
			}
		}
		s := l.siblings[l.without(shape, i)]
		if s == nil || s.merged == 0 {
			continue
		}
		if p := l.patterns[l.Resolve(s.merged)]; p != nil {
			return p
		}
	}
	return nil
}

// enough says how many values a position must have taken to count as variable.
// Words that no sentence is made of vary sooner; in short lines a word says more,
// and the first word of a line names the statement.
func enough(shape []string, i int) int {
	odd := oddWord(shape[i])
	switch {
	case len(shape) == 1 || i == 0 && !odd:
		return never
	case odd && i > 0 && !hasPlaceholder(shape[i]):
		return 3
	case odd:
		return 4
	case len(shape) == 2:
		return 6
	}
	return 5
}

// never is more values than any position takes: the position is part of the statement.
const never = 1 << 30

// oddWord tells tokens that are names rather than words: with marks inside, or with a value in them.
func oddWord(t string) bool {
	if hasPlaceholder(t) {
		return strings.IndexByte(t, '=') < 0
	}
	return strings.ContainsAny(strings.Trim(t, "()[]{},.;:'\""), `_./\[]#@`)
}

// join adds p to its siblings and merges them once there are enough.
func (l *Learner) join(p *pattern) *pattern {
	for n, i := 0, 0; i < len(p.shape) && n < maxPositions; i++ {
		if p.shape[i] == wildcard {
			continue
		}
		n++
		key := l.without(p.shape, i)
		s := l.siblings[key]
		if s == nil {
			s = &sibling{}
			l.siblings[key] = s
		}
		s.ids = slices.DeleteFunc(s.ids, func(id uint32) bool { return l.patterns[id] == nil })
		s.ids = append(s.ids, p.id)
		if len(s.ids) >= enough(p.shape, i) {
			return l.merge(s, p, i)
		}
	}
	return p
}

// merge makes one pattern of all siblings, with a wildcard at position i.
func (l *Learner) merge(s *sibling, p *pattern, i int) *pattern {
	shape := slices.Clone(p.shape)
	shape[i] = wildcard
	key := string(l.shapeKey(shape))
	var wide *pattern
	if id, ok := l.shapes[key]; ok {
		wide = l.patterns[l.Resolve(id)]
	}
	fresh := wide == nil
	if fresh {
		wide = &pattern{id: l.next, shape: shape, shown: slices.Clone(p.shown)}
		wide.shown[i] = wildcard
		l.next++
		l.patterns[wide.id] = wide
		l.shapes[key] = wide.id
	}
	for _, id := range s.ids {
		if m := l.patterns[id]; m != nil && id != wide.id {
			wide.count += m.count
			wide.last = max(wide.last, m.last)
			wide.widen(m.shown)
			wide.free |= m.free
			delete(l.patterns, id)
			l.alias[id] = wide.id
		}
	}
	wide.free |= p.free | 1<<i
	s.ids, s.merged = nil, wide.id
	if fresh {
		return l.join(wide)
	}
	return wide
}

// evict forgets the patterns that were not seen for the longest time when there are too many.
func (l *Learner) evict() {
	if len(l.patterns) < l.limit && len(l.shapes) < 4*l.limit {
		return
	}
	all := make([]*pattern, 0, len(l.patterns))
	for _, p := range l.patterns {
		all = append(all, p)
	}
	slices.SortFunc(all, recentFirst)
	keep := all[:min(len(all), l.limit*3/4)]
	l.rebuild(keep)
}

// recentFirst orders patterns by when they were last seen.
func recentFirst(a, b *pattern) int {
	return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.id, a.id))
}

// rebuild makes the indexes anew from the patterns that stay.
func (l *Learner) rebuild(keep []*pattern) {
	slices.SortFunc(keep, func(a, b *pattern) int { return cmp.Compare(a.id, b.id) })
	l.patterns, l.shapes, l.siblings = map[uint32]*pattern{}, map[string]uint32{}, map[uint64]*sibling{}
	for _, p := range keep {
		l.patterns[p.id] = p
		l.shapes[string(l.shapeKey(p.shape))] = p.id
	}
	for from := range l.alias {
		if l.patterns[l.Resolve(from)] == nil {
			delete(l.alias, from)
		}
	}
	for _, p := range keep {
		l.index(p)
	}
}

// index puts a kept pattern beside its siblings, and finds the shapes it stands for.
func (l *Learner) index(p *pattern) {
	for i, n := 0, 0; i < len(p.shape) && n < maxPositions; i++ {
		varies := p.free&(1<<i) != 0
		if p.shape[i] == wildcard && !varies {
			continue
		}
		n++
		key := l.without(p.shape, i)
		s := l.siblings[key]
		if s == nil {
			s = &sibling{}
			l.siblings[key] = s
		}
		if varies {
			s.merged = p.id
		} else {
			s.ids = append(s.ids, p.id)
		}
	}
}
