package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/rollup"
)

// batchTags are the tags of a batch's fresh events.
type batchTags struct {
	*rollup.Tags
	// ofEvent has the numbers of each event's tags.
	ofEvent [][]uint32
	// tokens stand for the tags in the index of words, by number.
	tokens []string
}

func (a *application) numberTags(context.Context) error {
	t := batchTags{Tags: rollup.NewTags(len(a.fresh)), ofEvent: make([][]uint32, len(a.b.Events))}
	size := 0
	for _, i := range a.fresh {
		size += len(a.b.Events[i].Tags)
	}
	numbers := make([]uint32, 0, size)
	before := map[*issueState][]uint32{} // of the last event of each issue, which has most of the next one's at the same places
	for _, i := range a.fresh {
		first, alike := len(numbers), before[a.places[i]]
		for n, tag := range a.b.Events[i].Tags {
			if n < len(alike) && t.List[alike[n]] == tag {
				numbers = append(numbers, alike[n])
			} else {
				numbers = append(numbers, t.Number(tag))
			}
		}
		t.ofEvent[i] = numbers[first:]
		before[a.places[i]] = t.ofEvent[i]
	}
	t.tokens = a.c.d.appendTagTokens(make([]string, 0, len(t.List)), t.List)
	a.tags = t
	return nil
}
