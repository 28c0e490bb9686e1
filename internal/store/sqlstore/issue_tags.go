package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/mesher/mesher/internal/store"
)

// An event moves a counter of issue_tags for each of its tags, which makes them
// the most numerous rows of a batch by far (measured: six an event, a quarter of
// what PostgreSQL spent on it). Large batches therefore leave what they owe in
// one packed row of issue_tags_pending, and AddPendingTags adds up some seconds of
// them. Readers of the counts add what is pending; only a search of issues by a
// tag's value may meet a new value so much later.

// directTags is up to how many counters a batch moves in issue_tags at once.
const directTags = 1000

func (a *application) writeIssueTags(ctx context.Context) error {
	counts := a.counters.IssueTags
	if len(counts) <= directTags {
		return insertIssueTags(ctx, a.c, slices.SortedFunc(slices.Values(counts), compareIssueTags))
	}
	byProject := map[int64][]issueTagCount{}
	sizes := map[int64]int{}
	for _, n := range counts {
		sizes[a.issues[n.Scope].ProjectID]++
	}
	for project, size := range sizes {
		byProject[project] = make([]issueTagCount, 0, size)
	}
	for _, n := range counts {
		project := a.issues[n.Scope].ProjectID
		byProject[project] = append(byProject[project], n)
	}
	var rows [][]any
	for _, project := range sortedKeys(byProject) {
		rows = append(rows, []any{project, packTags(byProject[project])})
	}
	return a.c.insert(ctx, insert{into: "INSERT INTO issue_tags_pending (project_id, counts) VALUES", rows: rows})
}

// insertIssueTags takes counts in the order of the table.
func insertIssueTags(ctx context.Context, c conn, counts []issueTagCount) error {
	rows := make([][]any, 0, len(counts))
	for _, n := range counts {
		rows = append(rows, []any{n.Scope, n.Key, n.Value, n.Count, n.LastSeen})
	}
	return c.insert(ctx, insert{into: "INSERT INTO issue_tags (issue_id, tag, value, count, last_seen) VALUES", rows: rows,
		then: "ON CONFLICT (issue_id, tag, value) DO UPDATE SET count = issue_tags.count + excluded.count, last_seen = CASE WHEN excluded.last_seen > issue_tags.last_seen THEN excluded.last_seen ELSE issue_tags.last_seen END"})
}

// AddPendingTags implements store.Housekeeper.
func (s *Store) AddPendingTags(ctx context.Context) error {
	var projects []int64
	err := s.read(ctx, func(c conn) (err error) {
		projects, err = all(ctx, c, scanID, "SELECT DISTINCT project_id FROM issue_tags_pending")
		return err
	})
	for _, id := range projects {
		err = errors.Join(err, s.addPendingOf(ctx, id))
	}
	return err
}

// addPendingOf goes in steps, so that batches wait little for the project.
func (s *Store) addPendingOf(ctx context.Context, id int64) error {
	for more := true; more; {
		var steps []int64
		var err error
		if steps, more, err = s.regroupPending(ctx, id); err != nil {
			return err
		}
		for _, step := range steps {
			err := s.write(ctx, func(c conn) error {
				err := lockProjects(ctx, c, []int64{id})
				if err == nil {
					err = movePending(ctx, c, id, step, 1)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	// pendingStep is how many counters one transaction adds up: some 10 ms of the writer's time.
	pendingStep = directTags
	// pendingRead and pendingCounters bound what is regrouped at a time: so many rows are read, and no
	// more after so many counters.
	pendingRead, pendingCounters = 16, 50_000
)

// regroupPending replaces pending rows of a project by rows of one step each,
// which name a counter once, and returns those. more says that it left some.
func (s *Store) regroupPending(ctx context.Context, id int64) (steps []int64, more bool, err error) {
	counts := tagSums{}
	var old []int64
	err = s.read(ctx, func(c conn) error {
		for more = true; more && len(counts) < pendingCounters; {
			read, err := eachPending(ctx, c, id, next(old), pendingRead, counts.add)
			if err != nil {
				return err
			}
			old = append(old, read...)
			more = len(read) == pendingRead
		}
		return nil
	})
	if err != nil || len(old) == 0 {
		return nil, false, err
	}
	var rows [][]any
	for step := range slices.Chunk(counts.sorted(), pendingStep) {
		rows = append(rows, []any{id, packTags(step)})
	}
	err = s.write(ctx, func(c conn) error {
		steps = steps[:0]
		if err := lockProjects(ctx, c, []int64{id}); err != nil {
			return err
		}
		left := 0
		err := listOf(ctx, c, "SELECT COUNT(*) FROM issue_tags_pending WHERE id IN (…)", old, func(r scanner) error {
			var n int
			err := r.Scan(&n)
			left += n
			return err
		})
		if err != nil || left < len(old) { // a merge, or another node, was faster
			return err
		}
		if err := listExec(ctx, c, "DELETE FROM issue_tags_pending WHERE id IN (…)", old); err != nil {
			return err
		}
		return c.insert(ctx, insert{into: "INSERT INTO issue_tags_pending (project_id, counts) VALUES", rows: rows, then: "RETURNING id",
			scan: func(r scanner) error {
				var step int64
				err := r.Scan(&step)
				steps = append(steps, step)
				return err
			}})
	})
	return steps, more && err == nil, err
}

// next is the first id after the last of a rising list.
func next(ids []int64) int64 {
	if len(ids) == 0 {
		return 0
	}
	return ids[len(ids)-1] + 1
}

// movePending moves pending rows of a project from an id on, at most limit, into
// issue_tags. The caller holds the project's lock, without which a batch could
// add more meanwhile, or a merge move the issues away.
func movePending(ctx context.Context, c conn, projectID, from int64, limit int) error {
	var counts []issueTagCount
	read, err := eachPending(ctx, c, projectID, from, limit, func(n issueTagCount) { counts = append(counts, n) })
	if err != nil || len(read) == 0 {
		return err
	}
	homes, err := issueHomes(ctx, c, counts)
	if err != nil {
		return err
	}
	moved := counts[:0]
	for _, n := range counts {
		if home, ok := homes[n.Scope]; ok {
			n.Scope = home
			moved = append(moved, n)
		}
	}
	if err := insertIssueTags(ctx, c, summed(moved)); err != nil {
		return err
	}
	return listExec(ctx, c, "DELETE FROM issue_tags_pending WHERE id IN (…)", read)
}

// issueHomes says which issue each of the counts' issues is now; deleted ones are left out.
func issueHomes(ctx context.Context, c conn, counts []issueTagCount) (map[int64]int64, error) {
	var ids []int64
	for i := range counts {
		if n := len(ids); n == 0 || ids[n-1] != counts[i].Scope {
			ids = append(ids, counts[i].Scope)
		}
	}
	homes := map[int64]int64{}
	err := listOf(ctx, c, "SELECT id, merged_into FROM issues WHERE deleted_at = 0 AND id IN (…)", unique(ids), func(r scanner) error {
		var id, into int64
		err := r.Scan(&id, &into)
		homes[id] = cmp.Or(into, id)
		return err
	})
	return homes, err
}

// eachPending calls add with every count of a project's pending rows from an id on, at most limit, and returns those.
func eachPending(ctx context.Context, c conn, projectID, from int64, limit int, add func(issueTagCount)) (ids []int64, err error) {
	err = c.each(ctx, "SELECT id, counts FROM issue_tags_pending WHERE project_id = $1 AND id >= $2 ORDER BY id LIMIT $3", []any{projectID, from, limit}, func(r scanner) error {
		var id int64
		var packed []byte
		if err := r.Scan(&id, &packed); err != nil {
			return err
		}
		ids = append(ids, id)
		return unpackTags(packed, add)
	})
	return ids, err
}

// TagDistribution implements store.IssueReader.
func (s *Store) TagDistribution(ctx context.Context, id int64, valuesPerKey int) ([]store.TagDistribution, error) {
	counts := tagSums{}
	err := s.read(ctx, func(c conn) error {
		err := counts.addRows(ctx, c, id, "SELECT tag, value, count, last_seen FROM issue_tags WHERE issue_id = $1", []any{id})
		if err != nil {
			return err
		}
		return addPending(ctx, c, id, counts)
	})
	return counts.distributions(valuesPerKey), err
}

// addPending adds what is pending of an issue.
func addPending(ctx context.Context, c conn, id int64, counts tagSums) error {
	var projectID int64
	err := c.row(ctx, "SELECT project_id FROM issues WHERE id = $1", []any{id}, &projectID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = eachPending(ctx, c, projectID, 0, math.MaxInt32, func(n issueTagCount) {
		if n.Scope == id {
			counts.add(n)
		}
	})
	return err
}
