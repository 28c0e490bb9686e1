// Package triage changes issues where nobody does it by hand: it resolves what
// has been quiet for as long as a project says, and opens what was archived
// until a time.
package triage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// Store is what triage works on.
type Store interface {
	AllProjects(ctx context.Context) ([]org.Project, error)
	ListIssues(ctx context.Context, f store.IssueFilter, p store.PageRequest) (store.Page[issue.Issue], error)
	UpdateTriage(ctx context.Context, id int64, change func(issue.Issue) (issue.Triage, []store.Activity, error)) (issue.Issue, error)
	ArchivesOver(ctx context.Context, now int64) ([]int64, error)
	ListActivity(ctx context.Context, issueID int64, kinds []string, p store.PageRequest) (store.Page[store.Activity], error)
}

// Publisher tells what changed.
type Publisher interface {
	Publish(ctx context.Context, facts []eventlog.Fact) error
}

// Options of a Resolver. Store and Facts are required.
type Options struct {
	Store Store
	Facts Publisher
	Log   *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Resolver resolves issues without events for as many days as their project's
// setting auto_resolve_days says, and ends archives whose time is over. Two nodes that run it at a time do no harm.
type Resolver struct{ Options }

// New returns a Resolver.
func New(o Options) *Resolver {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Resolver{o}
}

// pageSize is how many quiet issues are read at a time.
const pageSize = 100

// Sweep goes through all projects once.
func (r *Resolver) Sweep(ctx context.Context) error {
	projects, err := r.Store.AllProjects(ctx)
	if err != nil {
		return fmt.Errorf("list projects: %w", err)
	}
	if err := r.endArchives(ctx, projects); err != nil {
		return err
	}
	for _, p := range projects {
		if p.Settings.AutoResolveDays <= 0 {
			continue
		}
		if err := r.project(ctx, p); err != nil {
			return fmt.Errorf("resolve quiet issues of project %d: %w", p.ID, err)
		}
	}
	return nil
}

// quiet is one project's sweep: what was last touched before cutoff is resolved at now, both Unix µs.
type quiet struct {
	project     org.Project
	now, cutoff int64
}

func (r *Resolver) project(ctx context.Context, p org.Project) error {
	now := r.Now()
	q := quiet{project: p, now: now.UnixMicro(), cutoff: now.AddDate(0, 0, -p.Settings.AutoResolveDays).UnixMicro()}
	query, err := search.Parse("is:unresolved last_seen:<" + time.UnixMicro(q.cutoff).UTC().Format(time.RFC3339Nano))
	if err != nil {
		return fmt.Errorf("search quiet issues: %w", err)
	}
	resolved, cursor := 0, ""
	for {
		page, err := r.Store.ListIssues(ctx, store.IssueFilter{ProjectID: p.ID, Query: query, Sort: store.SortLastSeen}, store.PageRequest{Cursor: cursor, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("list quiet issues: %w", err)
		}
		for _, i := range page.Items {
			changed, err := r.resolve(ctx, q, i.ID)
			if err != nil {
				return fmt.Errorf("issue %d: %w", i.ID, err)
			}
			if changed {
				resolved++
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if resolved > 0 {
		r.Log.Info("quiet issues were resolved", "project", p.ID, "issues", resolved, "days", p.Settings.AutoResolveDays)
	}
	return nil
}

// resolve resolves one issue unless an event or a person came first.
func (r *Resolver) resolve(ctx context.Context, q quiet, id int64) (bool, error) {
	if wanted, err := r.reopenedSince(ctx, q, id); wanted || err != nil {
		return false, err
	}
	changed := false
	after, err := r.Store.UpdateTriage(ctx, id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		if changed = i.Status == issue.Unresolved && i.LastSeen < q.cutoff; !changed {
			return i.Triage, nil, nil
		}
		next, err := i.Resolve(issue.Resolution{At: q.now})
		return next, []store.Activity{q.activity(id)}, err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // deleted or merged meanwhile
	}
	if err != nil || !changed {
		return false, err
	}
	r.tell(ctx, q, after)
	return true, nil
}

// reopenedSince reports whether somebody opened the issue again within the
// quiet time: it is theirs then for another period.
func (r *Resolver) reopenedSince(ctx context.Context, q quiet, id int64) (bool, error) {
	page, err := r.Store.ListActivity(ctx, id, []string{"reopened", "undone"}, store.PageRequest{Limit: 1})
	if err != nil {
		return false, fmt.Errorf("read history: %w", err)
	}
	return len(page.Items) > 0 && page.Items[0].At >= q.cutoff, nil
}

func (q quiet) activity(id int64) store.Activity {
	data, err := json.Marshal(map[string]any{"quiet_days": q.project.Settings.AutoResolveDays})
	if err != nil {
		panic(fmt.Sprintf("activity: %v", err)) // impossible: plain values only
	}
	return store.Activity{IssueID: id, At: q.now, Kind: "resolved", Data: data}
}

// tell publishes the new state. It is committed already, so a failure only
// makes open pages learn of it late.
func (r *Resolver) tell(ctx context.Context, q quiet, i issue.Issue) {
	f, err := view.IssueFact(eventlog.IssueChanged, q.now, view.NewIssue(i, q.project.Slug))
	if err == nil {
		err = r.Facts.Publish(ctx, []eventlog.Fact{f})
	}
	if err != nil {
		r.Log.WarnContext(ctx, "live views were not told of a changed issue", "issue", i.ID, "error", err)
	}
}
