package sqlstore

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys returns a map's keys in order, so that statements lock rows in one order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// unique sorts and drops repetitions.
func unique[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}
