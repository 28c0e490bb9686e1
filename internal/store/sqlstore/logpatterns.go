package sqlstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// patternsKept bounds the log patterns that a project keeps, and patternDays for how long.
const (
	patternsKept = 10_000
	patternDays  = 90
)

type patternKey struct {
	projectID int64
	pattern   string
}

// countPatterns counts the batch's log entries by their pattern.
func (a *application) countPatterns(ctx context.Context) error {
	counts := map[patternKey]*store.LogPattern{}
	for i := range a.b.Logs {
		l := &a.b.Logs[i]
		if l.Seq <= a.applied || l.Pattern == "" {
			continue
		}
		key := patternKey{l.ProjectID, cleanPattern(l.Pattern)}
		at := min(l.Timestamp, l.Received)
		n := counts[key]
		if n == nil {
			n = &store.LogPattern{FirstSeen: at}
			counts[key] = n
		}
		n.Count++
		n.FirstSeen = min(n.FirstSeen, at)
		if at >= n.LastSeen {
			n.LastSeen, n.Level = at, l.Level
		}
	}
	keys := make([]patternKey, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y patternKey) int {
		return cmp.Or(cmp.Compare(x.projectID, y.projectID), strings.Compare(x.pattern, y.pattern))
	})
	var rows [][]any
	for _, key := range keys {
		n, sum := counts[key], sha256.Sum256([]byte(key.pattern))
		rows = append(rows, []any{key.projectID, sum[:16], key.pattern, uint8(n.Level), n.Count, n.FirstSeen, n.LastSeen})
	}
	return a.c.insert(ctx, insert{into: "INSERT INTO log_patterns (project_id, hash, pattern, level, count, first_seen, last_seen) VALUES", rows: rows,
		then: `ON CONFLICT (project_id, hash) DO UPDATE SET count = log_patterns.count + excluded.count,
			level = CASE WHEN excluded.last_seen >= log_patterns.last_seen THEN excluded.level ELSE log_patterns.level END,
			first_seen = CASE WHEN excluded.first_seen < log_patterns.first_seen THEN excluded.first_seen ELSE log_patterns.first_seen END,
			last_seen = CASE WHEN excluded.last_seen > log_patterns.last_seen THEN excluded.last_seen ELSE log_patterns.last_seen END`})
}

// cleanPattern is a pattern that both databases take as text.
func cleanPattern(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}

// LogPatterns implements store.LogPatternReader.
func (s *Store) LogPatterns(ctx context.Context, projectID int64, limit int) (list []store.LogPattern, err error) {
	err = s.read(ctx, func(c conn) error {
		list, err = all(ctx, c, func(r scanner) (store.LogPattern, error) {
			var p store.LogPattern
			var level uint8
			err := r.Scan(&p.Pattern, &level, &p.Count, &p.FirstSeen, &p.LastSeen)
			p.Level = event.Level(level)
			return p, err
		}, "SELECT pattern, level, count, first_seen, last_seen FROM log_patterns WHERE project_id = $1 ORDER BY last_seen DESC, hash LIMIT $2", projectID, limit)
		return err
	})
	return list, err
}

// LoadLearner implements store.Learners.
func (s *Store) LoadLearner(ctx context.Context, projectID int64) (snapshot []byte, err error) {
	err = s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT snapshot FROM log_learners WHERE project_id = $1", []any{projectID}, &snapshot)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return snapshot, err
}

// SaveLearner implements store.Learners.
func (s *Store) SaveLearner(ctx context.Context, projectID int64, snapshot []byte, at int64) error {
	return s.write(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO log_learners (project_id, snapshot, saved_at) VALUES ($1, $2, $3)
			ON CONFLICT (project_id) DO UPDATE SET snapshot = excluded.snapshot, saved_at = excluded.saved_at`, projectID, snapshot, at)
		return err
	})
}

// dropPatterns keeps each project's patterns within their bounds.
func (s *Store) dropPatterns(ctx context.Context, before int64) error {
	return s.write(ctx, func(c conn) error {
		if _, err := c.exec(ctx, "DELETE FROM log_patterns WHERE last_seen < $1", before); err != nil {
			return err
		}
		full, err := all(ctx, c, scanID, "SELECT project_id FROM log_patterns GROUP BY project_id HAVING COUNT(*) > $1", patternsKept)
		if err != nil {
			return err
		}
		for _, id := range full {
			if _, err := c.exec(ctx, `DELETE FROM log_patterns WHERE project_id = $1 AND last_seen <
				(SELECT MIN(last_seen) FROM (SELECT last_seen FROM log_patterns WHERE project_id = $1 ORDER BY last_seen DESC LIMIT $2) kept)`, id, patternsKept); err != nil {
				return err
			}
		}
		return nil
	})
}
