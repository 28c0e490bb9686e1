package sqlstore

import (
	"context"
	"sync"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
)

// judgeRates compares busy issues with their week before.
func (a *application) judgeRates(ctx context.Context, sums map[rollup.IssueKey]int64) error {
	now := rollup.Bucket(a.b.Now, rollup.Hour)
	busy := map[int64]issue.Rate{}
	for key, n := range sums {
		state := a.issues[key.IssueID]
		if key.Hour != now || state.created {
			continue
		}
		// A quiet week is the least that an hour is compared with, so whoever passes is looked up.
		if r := (issue.Rate{Now: a.b.Now, ThisHour: n, Events: state.EventCount + n}); state.Escalates(r) {
			busy[key.IssueID] = r
		}
	}
	if len(busy) == 0 {
		return nil
	}
	arriving := map[int64]int64{}
	for _, i := range a.fresh {
		arriving[a.places[i].ID]++
	}
	before, err := a.s.weeks.of(ctx, a.c, sortedKeys(busy), now)
	for id, r := range busy {
		state := a.issues[id]
		r.Events, r.Week, r.Peak = state.EventCount+arriving[id], before[id].events, before[id].peak
		state.escalates = state.Escalates(r)
	}
	return err
}

// week is how many events an issue had in the 168 hours before one, and in the busiest of them.
type week struct{ events, peak int64 }

// weeks caches the last week of issues for the length of an hour.
type weeks struct {
	mu     sync.Mutex
	hour   int64
	before map[int64]week
}

func newWeeks() *weeks { return &weeks{before: map[int64]week{}} }

// of returns the weeks before the given hour.
func (w *weeks) of(ctx context.Context, c conn, ids []int64, hour int64) (map[int64]week, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hour != hour {
		w.hour, w.before = hour, map[int64]week{}
	}
	var missing []int64
	for _, id := range ids {
		if _, ok := w.before[id]; !ok {
			missing = append(missing, id)
		}
	}
	read := map[int64]week{}
	err := listOf(ctx, c, `SELECT issue_id, CAST(SUM(count) AS BIGINT), MAX(count) FROM issue_hours WHERE hour >= $1 AND hour < $2 AND issue_id IN (…) GROUP BY issue_id`, missing,
		func(r scanner) error {
			var id int64
			var v week
			err := r.Scan(&id, &v.events, &v.peak)
			read[id] = v
			return err
		}, hour-7*24, hour)
	if err != nil {
		return nil, err
	}
	found := map[int64]week{}
	for _, id := range missing {
		w.before[id] = read[id]
	}
	for _, id := range ids {
		found[id] = w.before[id]
	}
	return found, nil
}
