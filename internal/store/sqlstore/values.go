package sqlstore

import (
	"container/list"
	"context"
	"hash/maphash"
	"sync"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/rollup"
)

// How many values of a tag are counted one by one; the rest are counted together.
const (
	hourValues  = 100
	issueValues = 50
	maxKeys     = 64
	// trackedSets bounds the memory of valueSets: at most some 10 KB each.
	trackedSets = 4000
)

// valueSets knows which tag values have a counter of their own, per issue and
// per hour of a project. It is a cache of the keys of issue_tags and tag_hours:
// a set that is not in it is read when it is needed. It may know of values whose
// transaction failed; they are merely admitted again.
type valueSets struct {
	mu     sync.Mutex
	seed   maphash.Seed
	sets   map[any]*list.Element
	recent *list.List
}

// valueSet is the values of one scope: an issue id, or a rollup.ProjectHour.
type valueSet struct {
	scope any
	limit int
	keys  map[string]map[uint64]struct{}
}

func newValueSets() *valueSets {
	return &valueSets{seed: maphash.MakeSeed(), sets: map[any]*list.Element{}, recent: list.New()}
}

// admit loads the sets that a batch needs and returns the function that decides.
func (v *valueSets) admit(ctx context.Context, a *application) (rollup.Admit, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	batch := map[any]*valueSet{}
	var issues []int64
	for _, i := range a.fresh {
		e := &a.b.Events[i]
		hour := rollup.ProjectHour{ProjectID: e.ProjectID, Hour: rollup.Bucket(e.Received, rollup.Hour)}
		if batch[hour] == nil && !v.find(hour, batch) {
			if err := v.loadHour(ctx, a.c, hour, batch); err != nil {
				return rollup.Admit{}, err
			}
		}
		state := a.places[i]
		if batch[state.ID] == nil && !v.find(state.ID, batch) {
			batch[state.ID] = v.put(state.ID, issueValues)
			if !state.created {
				issues = append(issues, state.ID)
			}
		}
	}
	if err := v.loadIssues(ctx, a.c, issues, batch); err != nil {
		return rollup.Admit{}, err
	}
	return rollup.Admit{
		Project: func(hour rollup.ProjectHour, tag event.Tag) string { return v.decide(batch[hour], tag) },
		Issue:   func(id int64, tag event.Tag) string { return v.decide(batch[id], tag) },
	}, nil
}

func (v *valueSets) find(scope any, batch map[any]*valueSet) bool {
	e, ok := v.sets[scope]
	if ok {
		v.recent.MoveToFront(e)
		batch[scope] = e.Value.(*valueSet)
	}
	return ok
}

func (v *valueSets) put(scope any, limit int) *valueSet {
	set := &valueSet{scope: scope, limit: limit, keys: map[string]map[uint64]struct{}{}}
	v.sets[scope] = v.recent.PushFront(set)
	if v.recent.Len() > trackedSets {
		oldest := v.recent.Back()
		delete(v.sets, oldest.Value.(*valueSet).scope)
		v.recent.Remove(oldest)
	}
	return set
}

func (v *valueSets) loadHour(ctx context.Context, c conn, hour rollup.ProjectHour, batch map[any]*valueSet) error {
	set := v.put(hour, hourValues)
	batch[hour] = set
	return c.each(ctx, "SELECT tag, value FROM tag_hours WHERE project_id = $1 AND hour = $2", []any{hour.ProjectID, hour.Hour}, func(r scanner) error {
		var tag event.Tag
		err := r.Scan(&tag.Key, &tag.Value)
		v.decide(set, tag)
		return err
	})
}

func (v *valueSets) loadIssues(ctx context.Context, c conn, ids []int64, batch map[any]*valueSet) error {
	return listOf(ctx, c, "SELECT issue_id, tag, value FROM issue_tags WHERE issue_id IN (…)", ids, func(r scanner) error {
		var id int64
		var tag event.Tag
		err := r.Scan(&id, &tag.Key, &tag.Value)
		v.decide(batch[id], tag)
		return err
	})
}

// decide admits a value while its key has room.
func (v *valueSets) decide(set *valueSet, tag event.Tag) string {
	if tag.Value == rollup.OtherValue {
		return rollup.OtherValue
	}
	values := set.keys[tag.Key]
	if values == nil {
		if len(set.keys) >= maxKeys {
			return rollup.OtherValue
		}
		values = map[uint64]struct{}{}
		set.keys[tag.Key] = values
	}
	hash := maphash.String(v.seed, tag.Value)
	if _, known := values[hash]; !known {
		if len(values) >= set.limit {
			return rollup.OtherValue
		}
		values[hash] = struct{}{}
	}
	return tag.Value
}

// forget drops what is known of issues whose counters were moved or deleted.
func (v *valueSets) forget(issueIDs ...int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range issueIDs {
		if e, ok := v.sets[id]; ok {
			v.recent.Remove(e)
			delete(v.sets, id)
		}
	}
}
