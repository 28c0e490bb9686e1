package triage

import (
	"context"
	"errors"
	"fmt"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// endArchives opens issues again whose archive ended without an event to do it.
func (r *Resolver) endArchives(ctx context.Context, projects []org.Project) error {
	now := r.Now().UnixMicro()
	due, err := r.Store.ArchivesOver(ctx, now)
	if err != nil {
		return fmt.Errorf("find archives that are over: %w", err)
	}
	byID := map[int64]org.Project{}
	for _, p := range projects {
		byID[p.ID] = p
	}
	for _, id := range due {
		if err := r.endArchive(ctx, byID, id, now); err != nil {
			return fmt.Errorf("end archive of issue %d: %w", id, err)
		}
	}
	return nil
}

// endArchive opens one issue unless an event or a person came first.
func (r *Resolver) endArchive(ctx context.Context, projects map[int64]org.Project, id, now int64) error {
	changed := false
	after, err := r.Store.UpdateTriage(ctx, id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		next := i.Calm(now)
		if changed = i.Status == issue.Archived && next.Status != issue.Archived; !changed {
			return i.Triage, nil, nil
		}
		data := fmt.Appendf(nil, `{"substatus":%q}`, next.Substatus)
		return next, []store.Activity{{IssueID: id, At: now, Kind: "reopened", Data: data}}, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted or merged meanwhile
	}
	// A deleted project has no live views.
	if p, ok := projects[after.ProjectID]; err == nil && changed && ok {
		r.tell(ctx, quiet{project: p, now: now}, after)
	}
	return err
}
