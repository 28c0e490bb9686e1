package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/store"
)

const (
	// maxLearners bounds the projects whose log patterns are in memory, some MB each at most.
	maxLearners = 64
	// saveEvery is how often what was learned is saved: what a crash loses is learned again.
	saveEvery = time.Minute
	// saveLimit is how long saving may take when the processor ends.
	saveLimit = 5 * time.Second
	// patternBytes is how much of a log entry's text makes its pattern.
	patternBytes = 1024
)

// learners keep what is learned of the projects' log patterns, one learner per
// project. They belong to one goroutine.
type learners struct {
	store store.Learners // nil when nothing is kept
	log   *slog.Logger
	known map[int64]*learner
	saved time.Time
	turn  uint64
}

type learner struct {
	*grouping.Learner
	changed bool
	// used is the turn in which it was last asked for.
	used uint64
}

func newLearners(s store.Learners, log *slog.Logger) *learners {
	return &learners{store: s, log: log, known: map[int64]*learner{}, saved: time.Now()}
}

// learn gives each log entry its pattern: the template that its client sent,
// else what is learned of its text. It goes through the batch in order, because
// learning depends on what came before.
func (p *Processor) learn(ctx context.Context, b batch) error {
	for it := range b.items() {
		for j := range it.logs {
			row := &it.logs[j]
			if row.Pattern != "" {
				continue
			}
			l := p.learned.known[row.ProjectID]
			if l == nil {
				err := p.retry(ctx, "load log patterns", func() (err error) {
					l, err = p.learned.load(ctx, row.ProjectID)
					return err
				})
				if err != nil {
					return err
				}
			}
			p.learned.turn++
			l.used, l.changed = p.learned.turn, true
			_, row.Pattern = l.Learn(cut(row.Body, patternBytes))
		}
	}
	return nil
}

// load brings a project's learner into memory; for room, the one not used for longest goes.
func (l *learners) load(ctx context.Context, projectID int64) (*learner, error) {
	fresh := &learner{Learner: grouping.NewLearner()}
	if l.store != nil {
		snapshot, err := l.store.LoadLearner(ctx, projectID)
		if err != nil {
			return nil, fmt.Errorf("load log patterns of project %d: %w", projectID, err)
		}
		if snapshot != nil {
			if err := fresh.Restore(snapshot); err != nil {
				l.log.WarnContext(ctx, "saved log patterns are of no use; they are learned anew", "project", projectID, "error", fault.MessageOf(err))
			}
		}
	}
	if len(l.known) >= maxLearners {
		l.evict(ctx)
	}
	l.known[projectID] = fresh
	return fresh, nil
}

func (l *learners) evict(ctx context.Context) {
	var oldest int64
	for id, one := range l.known {
		if oldest == 0 || one.used < l.known[oldest].used {
			oldest = id
		}
	}
	l.saveOne(ctx, oldest)
	delete(l.known, oldest)
}

// save saves what has changed, from time to time.
func (l *learners) save(ctx context.Context) {
	if time.Since(l.saved) >= saveEvery {
		l.saveAll(ctx)
	}
}

func (l *learners) saveAll(ctx context.Context) {
	for id := range l.known {
		l.saveOne(ctx, id)
	}
	l.saved = time.Now()
}

// saveOne tries once: patterns are a help for reading logs, and events must not wait for them.
func (l *learners) saveOne(ctx context.Context, projectID int64) {
	one := l.known[projectID]
	if l.store == nil || !one.changed {
		return
	}
	if err := l.store.SaveLearner(ctx, projectID, one.Snapshot(), time.Now().UnixMicro()); err != nil {
		l.log.WarnContext(ctx, "log patterns were not saved; a restart would learn them again", "project", projectID, "error", err)
		return
	}
	one.changed = false
}

// close saves everything and forgets it: another owner of the partition may learn next.
func (l *learners) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	l.saveAll(ctx)
	clear(l.known)
}
