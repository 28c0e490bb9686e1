package sqlstore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// SplitIssue implements store.GroupingStore. It holds the project's lock, so
// that no batch places an event by the fingerprints meanwhile.
func (s *Store) SplitIssue(ctx context.Context, split store.Split) (made issue.Issue, err error) {
	err = s.write(ctx, func(c conn) error {
		found, err := lockIssues(ctx, c, []int64{split.IssueID})
		if err != nil {
			return err
		}
		firstSeen, err := checkSplit(ctx, c, split)
		if err != nil {
			return err
		}
		if made, err = insertSplit(ctx, c, split, found[split.IssueID], firstSeen); err != nil {
			return err
		}
		hashes := make([][]byte, len(split.Hashes))
		for i := range split.Hashes {
			hashes[i] = split.Hashes[i][:]
		}
		if err := listExec(ctx, c, "UPDATE issue_hashes SET issue_id = $1 WHERE issue_id = $2 AND hash IN (…)", hashes, made.ID, split.IssueID); err != nil {
			return err
		}
		return noteSplit(ctx, c, split, made.ID)
	})
	return made, err
}

// checkSplit refuses fingerprints of other issues and taking all of them, and
// returns when the first of them was seen.
func checkSplit(ctx context.Context, c conn, split store.Split) (firstSeen int64, err error) {
	attached := map[[16]byte]int64{}
	err = c.each(ctx, "SELECT hash, first_seen FROM issue_hashes WHERE issue_id = $1", []any{split.IssueID}, func(r scanner) error {
		var hash []byte
		var at int64
		if err := r.Scan(&hash, &at); err != nil {
			return err
		}
		attached[[16]byte(hash)] = at
		return nil
	})
	if err != nil {
		return 0, err
	}
	firstSeen = split.At
	taken := map[[16]byte]bool{}
	for i, h := range split.Hashes {
		at, ok := attached[h]
		if !ok {
			return 0, fault.Field(fmt.Sprintf("body.hashes[%d]", i), "%x is not attached to this issue", h)
		}
		taken[h] = true
		firstSeen = min(firstSeen, at)
	}
	if len(taken) == 0 || len(taken) == len(attached) {
		return 0, fault.Field("body.hashes", "name some of the issue's %d fingerprints, not all: one must stay", len(attached))
	}
	return firstSeen, nil
}

// insertSplit makes the new issue, without events.
func insertSplit(ctx context.Context, c conn, split store.Split, from issue.Issue, firstSeen int64) (issue.Issue, error) {
	made := split.As
	made.ID, made.ProjectID, made.EventCount, made.UserCount = 0, from.ProjectID, 0, 0
	made.FirstSeen, made.LastSeen, made.FirstRelease, made.LastRelease = firstSeen, split.At, "", ""
	made.Triage, _ = issue.Opened(from.Priority)
	if err := c.row(ctx, "UPDATE project_counters SET issues = issues + 1 WHERE project_id = $1 RETURNING issues", []any{from.ProjectID}, &made.Number); err != nil {
		return made, fmt.Errorf("number issue: %w", err)
	}
	err := c.insert(ctx, insert{
		into: "INSERT INTO issues (" + issueColumns[len("id, "):] + ", search_text) VALUES", rows: [][]any{issueRow(&made)[1:]},
		then: "RETURNING id", scan: func(r scanner) error { return r.Scan(&made.ID) },
	})
	return made, err
}

func noteSplit(ctx context.Context, c conn, split store.Split, madeID int64) error {
	hashes := make([]string, len(split.Hashes))
	for i, h := range split.Hashes {
		hashes[i] = hex.EncodeToString(h[:])
	}
	into, err := json.Marshal(map[string]any{"into": madeID, "hashes": hashes})
	if err != nil {
		return err
	}
	from, err := json.Marshal(map[string]any{"from": split.IssueID, "hashes": hashes})
	if err != nil {
		return err
	}
	return insertActivities(ctx, c, []store.Activity{
		{IssueID: split.IssueID, UserID: split.By, At: split.At, Kind: "split", Data: into},
		{IssueID: madeID, UserID: split.By, At: split.At, Kind: "split", Data: from},
	})
}
