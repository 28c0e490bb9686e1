package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

type issueUser struct{ issueID, user int64 }

// countUsers records which users an issue had not met before.
func (a *application) countUsers(ctx context.Context) error {
	for _, i := range a.fresh {
		if key := a.b.Events[i].UserKey; key != "" {
			if u := (issueUser{a.places[i].ID, int64(userHash(key))}); !a.s.users.has(u) {
				a.metUsers[u] = true
			}
		}
	}
	var rows [][]any
	for u := range a.metUsers {
		rows = append(rows, []any{u.issueID, u.user})
	}
	sortRows(rows)
	return a.c.insert(ctx, insert{into: "INSERT INTO issue_users (issue_id, user_hash) VALUES", rows: rows,
		then: "ON CONFLICT DO NOTHING RETURNING issue_id, user_hash", scan: func(r scanner) error {
			var u issueUser
			err := r.Scan(&u.issueID, &u.user)
			a.newUsers[u] = true
			return err
		}})
}

// takeNewUser returns 1 for the first event of a user that is new to the issue.
func (a *application) takeNewUser(state *issueState, e *store.EventRow) int64 {
	u := issueUser{state.ID, int64(userHash(e.UserKey))}
	if e.UserKey == "" || !a.newUsers[u] {
		return 0
	}
	delete(a.newUsers, u)
	return 1
}

type releaseKey struct {
	projectID int64
	name      string
}

// noteReleases remembers when each release was first seen.
func (a *application) noteReleases(ctx context.Context) error {
	first := map[releaseKey]int64{}
	for _, i := range a.fresh {
		e := &a.b.Events[i]
		key := releaseKey{e.ProjectID, e.Release}
		if e.Release == "" {
			continue
		}
		if at, ok := first[key]; !ok || e.Received < at {
			first[key] = e.Received
		}
	}
	var rows [][]any
	for key, at := range first {
		rows = append(rows, []any{key.projectID, key.name, at})
	}
	sortRows(rows)
	return a.c.insert(ctx, insert{into: "INSERT INTO releases (project_id, name, first_seen) VALUES", rows: rows, then: "ON CONFLICT DO NOTHING"})
}

// releasesSeen reads when releases appeared, for issues that are resolved in one.
func (a *application) releasesSeen(ctx context.Context) (map[releaseKey]int64, error) {
	var names []string
	for _, i := range a.fresh {
		if state := a.places[i]; state.ResolvedIn != "" {
			names = append(names, state.ResolvedIn, a.b.Events[i].Release)
		}
	}
	seen := map[releaseKey]int64{}
	err := listOf(ctx, a.c, "SELECT project_id, name, first_seen FROM releases WHERE name IN (…)", unique(names), func(r scanner) error {
		var key releaseKey
		var at int64
		err := r.Scan(&key.projectID, &key.name, &at)
		seen[key] = at
		return err
	})
	return seen, err
}

// countIssueHours counts per issue and hour and learns from the sums which issues escalate.
func (a *application) countIssueHours(ctx context.Context) error {
	counts := map[rollup.IssueKey]int64{}
	for _, i := range a.fresh {
		counts[rollup.IssueKey{IssueID: a.places[i].ID, Hour: rollup.Bucket(a.b.Events[i].Received, rollup.Hour)}]++
	}
	var rows, days [][]any
	perDay := map[rollup.IssueKey]int64{}
	for key, n := range counts {
		rows = append(rows, []any{key.IssueID, key.Hour, a.issues[key.IssueID].ProjectID, n})
		perDay[rollup.IssueKey{IssueID: key.IssueID, Hour: key.Hour / 24}] += n
	}
	for key, n := range perDay {
		days = append(days, []any{key.IssueID, key.Hour, a.issues[key.IssueID].ProjectID, n})
	}
	sortRows(rows)
	sortRows(days)
	if err := a.c.insert(ctx, insert{into: "INSERT INTO issue_days (issue_id, day, project_id, count) VALUES", rows: days,
		then: "ON CONFLICT (issue_id, day) DO UPDATE SET count = issue_days.count + excluded.count"}); err != nil {
		return err
	}
	sums := map[rollup.IssueKey]int64{}
	err := a.c.insert(ctx, insert{into: "INSERT INTO issue_hours (issue_id, hour, project_id, count) VALUES", rows: rows,
		then: "ON CONFLICT (issue_id, hour) DO UPDATE SET count = issue_hours.count + excluded.count RETURNING issue_id, hour, count",
		scan: func(r scanner) error {
			var key rollup.IssueKey
			var n int64
			err := r.Scan(&key.IssueID, &key.Hour, &n)
			sums[key] = n
			return err
		}})
	if err != nil {
		return err
	}
	return a.judgeRates(ctx, sums)
}

// writeCounters adds up what the batch moved, one row each, in key order.
func (a *application) writeCounters(ctx context.Context) error {
	admit, err := a.s.values.admit(ctx, a)
	if err != nil {
		return err
	}
	arrivals := make([]rollup.Arrival, 0, len(a.fresh))
	for _, i := range a.fresh {
		e := &a.b.Events[i]
		arrivals = append(arrivals, rollup.Arrival{ProjectID: e.ProjectID, IssueID: a.places[i].ID, Received: e.Received, Level: e.Level, Tags: a.tags.ofEvent[i]})
	}
	a.counters.Add(arrivals, a.tags.Tags, admit)
	for _, l := range a.b.Ledger {
		if l.Seq > a.applied || l.Seq == 0 && a.b.Through > a.applied {
			a.counters.AddLedger(rollup.LedgerKey{ProjectID: l.ProjectID, Minute: l.Minute, Category: l.Category, Outcome: l.Outcome, Reason: l.Reason}, l.Quantity, l.Bytes)
		}
	}
	for _, in := range counterRows(a.counters) {
		sortRows(in.rows)
		if err := a.c.insert(ctx, in); err != nil {
			return err
		}
	}
	if err := a.writeIssueTags(ctx); err != nil {
		return err
	}
	return a.writeSketches(ctx)
}

func counterRows(c *rollup.Counters) []insert {
	minutes := insert{into: "INSERT INTO project_minutes (project_id, bucket, level, count) VALUES", then: "ON CONFLICT (project_id, bucket, level) DO UPDATE SET count = project_minutes.count + excluded.count"}
	for k, n := range c.Minutes {
		minutes.rows = append(minutes.rows, []any{k.ProjectID, k.Bucket, int64(k.Level), n})
	}
	hours := insert{into: "INSERT INTO project_hours (project_id, bucket, level, count) VALUES", then: "ON CONFLICT (project_id, bucket, level) DO UPDATE SET count = project_hours.count + excluded.count"}
	for k, n := range c.Hours {
		hours.rows = append(hours.rows, []any{k.ProjectID, k.Bucket, int64(k.Level), n})
	}
	tags := insert{into: "INSERT INTO tag_hours (project_id, tag, hour, value, count, last_seen) VALUES",
		then: "ON CONFLICT (project_id, tag, hour, value) DO UPDATE SET count = tag_hours.count + excluded.count, last_seen = CASE WHEN excluded.last_seen > tag_hours.last_seen THEN excluded.last_seen ELSE tag_hours.last_seen END"}
	tagDays := insert{into: "INSERT INTO tag_days (project_id, tag, day, value, count, last_seen) VALUES", then: addToTagDay}
	perDay := map[rollup.ScopedTag[rollup.ProjectHour]]rollup.TagCount{}
	for _, n := range c.Tags {
		tags.rows = append(tags.rows, []any{n.Scope.ProjectID, n.Key, n.Scope.Hour, n.Value, n.Count, n.LastSeen})
		n.Scope.Hour /= 24
		perDay[n.ScopedTag] = perDay[n.ScopedTag].Plus(n.TagCount)
	}
	for tag, n := range perDay {
		tagDays.rows = append(tagDays.rows, []any{tag.Scope.ProjectID, tag.Key, tag.Scope.Hour, tag.Value, n.Count, n.LastSeen})
	}
	ledger := insert{into: "INSERT INTO ledger (project_id, minute, category, outcome, reason, quantity, bytes) VALUES",
		then: "ON CONFLICT (project_id, minute, category, outcome, reason) DO UPDATE SET quantity = ledger.quantity + excluded.quantity, bytes = ledger.bytes + excluded.bytes"}
	for k, n := range c.Ledger {
		ledger.rows = append(ledger.rows, []any{k.ProjectID, k.Minute, k.Category, k.Outcome, k.Reason, n.Quantity, n.Bytes})
	}
	return []insert{minutes, hours, tags, tagDays, ledger, ledgerHours(c), totalsRows(c.Ledger)}
}

// writeSketches adds the batch's users to those of each project's hour.
func (a *application) writeSketches(ctx context.Context) error {
	sketches := map[rollup.ProjectHour]*rollup.Sketch{}
	for _, i := range a.fresh {
		e := &a.b.Events[i]
		if e.UserKey == "" {
			continue
		}
		key := rollup.ProjectHour{ProjectID: e.ProjectID, Hour: rollup.Bucket(e.Received, rollup.Hour)}
		if sketches[key] == nil {
			sketches[key] = &rollup.Sketch{}
		}
		sketches[key].Add(userHash(e.UserKey))
	}
	var rows [][]any
	for key, sketch := range sketches {
		var stored []byte
		err := a.c.row(ctx, "SELECT sketch FROM project_users WHERE project_id = $1 AND hour = $2", []any{key.ProjectID, key.Hour}, &stored)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		before, err := rollup.ParseSketch(stored)
		if err != nil {
			return err
		}
		sketch.Merge(before)
		rows = append(rows, []any{key.ProjectID, key.Hour, sketch.Bytes()})
	}
	sortRows(rows)
	return a.c.insert(ctx, insert{into: "INSERT INTO project_users (project_id, hour, sketch) VALUES", rows: rows,
		then: "ON CONFLICT (project_id, hour) DO UPDATE SET sketch = excluded.sketch"})
}

// sortRows orders rows by their leading columns, which are the key.
func sortRows(rows [][]any) {
	slices.SortFunc(rows, func(x, y []any) int {
		for i := range x {
			if c := compareValues(x[i], y[i]); c != 0 {
				return c
			}
		}
		return 0
	})
}

func compareValues(x, y any) int {
	switch x := x.(type) {
	case int64:
		return cmp.Compare(x, y.(int64))
	case string:
		return cmp.Compare(x, y.(string))
	}
	return 0
}
