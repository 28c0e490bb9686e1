package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// writeSimilar records the weak hashes of events that brought a new
// fingerprint: others have the ones that their issue has already.
func (a *application) writeSimilar(ctx context.Context) error {
	type key struct {
		issueID int64
		hash    [16]byte
	}
	seen := map[key]bool{}
	var rows [][]any
	for _, n := range a.newHashes {
		for _, h := range n.similar {
			if k := (key{n.state.ID, h}); !seen[k] {
				seen[k] = true
				rows = append(rows, []any{n.state.ID, h[:], n.projectID})
			}
		}
	}
	return a.c.insert(ctx, insert{into: "INSERT INTO issue_similar (issue_id, hash, project_id) VALUES", rows: rows, then: "ON CONFLICT DO NOTHING"})
}

// SimilarIssues implements store.GroupingStore. Rows keep the issue they were
// written for; merges are followed by reading.
func (s *Store) SimilarIssues(ctx context.Context, id int64, limit int) (list []store.SimilarIssue, err error) {
	err = s.read(ctx, func(c conn) error {
		shared := map[int64]int64{}
		var ids []int64
		err := c.each(ctx, `SELECT t.id, COUNT(DISTINCT mine.hash) FROM issue_similar mine
			JOIN issue_similar other ON other.hash = mine.hash AND other.project_id = mine.project_id
			JOIN issues o ON o.id = other.issue_id
			JOIN issues t ON t.id = CASE WHEN o.merged_into = 0 THEN o.id ELSE o.merged_into END
			WHERE mine.issue_id IN (SELECT id FROM issues WHERE id = $1 OR merged_into = $1) AND t.id <> $1 AND t.deleted_at = 0
			GROUP BY t.id ORDER BY COUNT(DISTINCT mine.hash) DESC, t.id DESC LIMIT $2`, []any{id, limit}, func(r scanner) error {
			var other, n int64
			err := r.Scan(&other, &n)
			shared[other], ids = n, append(ids, other)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		found := map[int64]issue.Issue{}
		err = listOf(ctx, c, "SELECT "+issueColumns+" FROM issues WHERE id IN (…)", ids, func(r scanner) error {
			i, err := scanIssue(r)
			found[i.ID] = i
			return err
		})
		for _, other := range ids {
			if i, ok := found[other]; ok {
				list = append(list, store.SimilarIssue{Issue: i, Shared: shared[other]})
			}
		}
		return err
	})
	return list, err
}

// RecentEvents implements store.GroupingStore.
func (s *Store) RecentEvents(ctx context.Context, f store.EventFilter, limit int) ([]store.StoredEvent, error) {
	m, err := s.compileEvents(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := s.findEvents(ctx, m, span{from: m.from, until: m.until, limit: limit})
	if err != nil {
		return nil, err
	}
	list := make([]store.StoredEvent, len(found))
	for i := range found {
		if list[i], err = s.withPayload(ctx, found[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}
