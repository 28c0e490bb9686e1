package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

type (
	// issueTag is a tag's value in an issue.
	issueTag      = rollup.ScopedTag[int64]
	issueTagCount = rollup.ScopedTagCount[int64]
)

// projectTags is the scope of a project's counters in tagSums; any other is an issue's id.
const projectTags = 0

// tagSums adds up the counters of tags, of issues or of a project.
type tagSums map[issueTag]rollup.TagCount

func (t tagSums) add(n issueTagCount) { t[n.ScopedTag] = t[n.ScopedTag].Plus(n.TagCount) }

// addRows adds rows of tag, value, count and last_seen to the counters of a scope.
func (t tagSums) addRows(ctx context.Context, c conn, scope int64, query string, args []any) error {
	return c.each(ctx, query, args, func(r scanner) error {
		n := issueTagCount{ScopedTag: issueTag{Scope: scope}}
		err := r.Scan(&n.Key, &n.Value, &n.Count, &n.LastSeen)
		t.add(n)
		return err
	})
}

func (t tagSums) list() []issueTagCount {
	list := make([]issueTagCount, 0, len(t))
	for tag, n := range t {
		list = append(list, issueTagCount{ScopedTag: tag, TagCount: n})
	}
	return list
}

// sorted is in the order of table issue_tags, whose neighbours share its pages.
func (t tagSums) sorted() []issueTagCount {
	list := t.list()
	slices.SortFunc(list, compareIssueTags)
	return list
}

// summed adds counts up, in the order of the table. Those of a step that regroupPending wrote are so already.
func summed(list []issueTagCount) []issueTagCount {
	if !slices.IsSortedFunc(list, compareIssueTags) {
		slices.SortFunc(list, compareIssueTags)
	}
	sums := list[:0]
	for _, n := range list {
		if last := len(sums) - 1; last >= 0 && sums[last].ScopedTag == n.ScopedTag {
			sums[last].TagCount = sums[last].Plus(n.TagCount)
		} else {
			sums = append(sums, n)
		}
	}
	return sums
}

func compareIssueTags(x, y issueTagCount) int {
	return cmp.Or(cmp.Compare(x.Scope, y.Scope), cmp.Compare(x.Key, y.Key), cmp.Compare(x.Value, y.Value))
}

// distributions are the keys of one scope in order, each with its most frequent values.
func (t tagSums) distributions(valuesPerKey int) (keys []store.TagDistribution) {
	list := t.list()
	slices.SortFunc(list, func(x, y issueTagCount) int {
		return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Value, y.Value))
	})
	for _, n := range list {
		if last := len(keys) - 1; last < 0 || keys[last].Key != n.Key {
			keys = append(keys, store.TagDistribution{Key: n.Key})
		}
		key := &keys[len(keys)-1]
		key.Total += n.Count
		if n.Value != rollup.OtherValue && len(key.Values) < valuesPerKey {
			key.Values = append(key.Values, store.TagCount{Value: n.Value, Count: n.Count, LastSeen: n.LastSeen})
		}
	}
	return keys
}
