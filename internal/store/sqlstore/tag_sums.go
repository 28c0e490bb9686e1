package sqlstore

import (
	"cmp"
	"slices"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

type (
	// issueTag is a tag's value in an issue.
	issueTag      = rollup.ScopedTag[int64]
	issueTagCount = rollup.ScopedTagCount[int64]
)

// tagSums adds up the counters of tags, of issues or, in scope 0, of a project.
type tagSums map[issueTag]rollup.TagCount

func (t tagSums) add(n issueTagCount) { t[n.ScopedTag] = t[n.ScopedTag].Plus(n.TagCount) }

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
