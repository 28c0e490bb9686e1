package event

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Events that are read into the same memory are the same as those with their
// own, and what is made of one outlives the next.
func TestMemoryChangesNothing(t *testing.T) {
	t.Parallel()
	corpus := corpusEvents(t)
	type made struct {
		payload, text string
		tags          []Tag
	}
	makeOf := func(e *Event) made { return made{string(AppendJSON(nil, e)), e.SearchText(), e.IndexedTags()} }
	shared := new(Memory)
	stacks := NewStacks(1 << 20)
	names := slices.Sorted(maps.Keys(corpus))
	want, got := map[string]made{}, map[string]made{}
	for range 2 {
		for _, name := range names {
			o := ParseOptions{Received: received, RemoteIP: "192.0.2.7"}
			alone, err := Parse(corpus[name], o)
			o.Memory, o.Stacks = shared, stacks
			together, errTogether := Parse(corpus[name], o)
			if (err == nil) != (errTogether == nil) {
				t.Fatalf("%s: %v in memory of its own, %v in another's", name, err, errTogether)
			}
			if err == nil {
				want[name], got[name] = makeOf(alone), makeOf(together)
			}
		}
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(made{})); d != "" {
		t.Errorf("another event in memory that is used again (-alone +together):\n%s", d)
	}
}
