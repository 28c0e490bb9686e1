package rollup

import "github.com/mesher/mesher/internal/event"

// OtherValue stands for the values of a tag beyond the bounded number that is counted one by one.
const OtherValue = ""

// TagCount is how often a value was seen, and when last in Unix µs.
type TagCount struct {
	Count    int64
	LastSeen int64
}

// Plus adds what another count has seen.
func (n TagCount) Plus(more TagCount) TagCount {
	return TagCount{Count: n.Count + more.Count, LastSeen: max(n.LastSeen, more.LastSeen)}
}

// ScopedTag names the counter of a tag's value in a scope: an hour of a project, or an issue.
type ScopedTag[S comparable] struct {
	Scope S
	event.Tag
}

// ScopedTagCount is such a counter.
type ScopedTagCount[S comparable] struct {
	ScopedTag[S]
	TagCount
}

// TagCounts counts tags in scopes of one kind. An event moves some thirty
// counters of each kind, so a counter is found by two small numbers: hashing
// the texts for each of them took a sixth of the time of a batch (measured).
type TagCounts[S comparable] struct {
	// List has each counter once, in the order of their first use.
	List   []ScopedTagCount[S]
	scopes numbers[S]
	tags   numbers[event.Tag]
	places map[place]int
}

// place is where a counter is looked up: the number of its scope and that of the tag.
type place struct{ scope, tag uint32 }

// numbers numbers what it is asked for, from 0 on.
type numbers[K comparable] map[K]uint32

func (n numbers[K]) of(key K) uint32 {
	number, known := n[key]
	if !known {
		number = uint32(len(n))
		n[key] = number
	}
	return number
}

// newTagCounts returns counters at zero with room for so many, which number tags together with all that share tags.
func newTagCounts[S comparable](tags numbers[event.Tag], room int) TagCounts[S] {
	return TagCounts[S]{List: make([]ScopedTagCount[S], 0, room), scopes: numbers[S]{}, tags: tags, places: make(map[place]int, room)}
}

// add counts a tag, whose number is in p, in a scope. admit is asked once for each: under which value it counts.
func (t *TagCounts[S]) add(p place, scope S, tag event.Tag, at int64, admit func(S, event.Tag) string) {
	i, known := t.places[p]
	if !known {
		i = t.admitted(p, scope, event.Tag{Key: tag.Key, Value: admit(scope, tag)})
		t.places[p] = i
	}
	t.List[i].TagCount = t.List[i].Plus(TagCount{Count: 1, LastSeen: at})
}

// admitted returns where the counter of an admitted value is, which several values may share.
func (t *TagCounts[S]) admitted(p place, scope S, tag event.Tag) int {
	p.tag = t.tags.of(tag)
	i, known := t.places[p]
	if !known {
		i = len(t.List)
		t.List = append(t.List, ScopedTagCount[S]{ScopedTag: ScopedTag[S]{scope, tag}})
		t.places[p] = i
	}
	return i
}
