// Package retention removes what need not be kept: days that are over, what a
// byte budget pushes out, and what people deleted. It works in small steps with
// pauses, so that ingestion never waits for it.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Store is what retention works on.
type Store interface {
	store.Retention
	store.Housekeeper
	AllProjects(ctx context.Context) ([]org.Project, error)
	DeletedProjects(ctx context.Context) ([]int64, error)
}

// DefaultPause is what a step is followed by unless Options say otherwise.
const DefaultPause = 50 * time.Millisecond

// Options of a Sweeper. Store and DefaultDays are required.
type Options struct {
	Store Store
	// DefaultDays is how long events of projects are kept that do not say.
	DefaultDays int
	// Pause is what a step is followed by, so that writers get their turn; 0 means DefaultPause.
	Pause time.Duration
	Log   *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Sweeper applies retention to all projects. One node runs it at a time.
type Sweeper struct{ Options }

// New returns a Sweeper.
func New(o Options) *Sweeper {
	if o.Pause == 0 {
		o.Pause = DefaultPause
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Sweeper{o}
}

// Delete carries out what people deleted since the last call. It is cheap when
// there is nothing to do and is called often.
func (s *Sweeper) Delete(ctx context.Context) error {
	ids, err := s.Store.DeletedProjects(ctx)
	if err != nil {
		return fmt.Errorf("list deleted projects: %w", err)
	}
	for _, id := range ids {
		if err := s.Store.PurgeProject(ctx, id, s.Now().UnixMicro()); err != nil {
			return fmt.Errorf("delete project %d: %w", id, err)
		}
	}
	return s.repeat(ctx, "delete", s.Store.DeleteStep)
}

// Sweep removes days that are over, then what exceeds byte budgets, then tidies.
func (s *Sweeper) Sweep(ctx context.Context) error {
	projects, err := s.Store.AllProjects(ctx)
	if err != nil {
		return fmt.Errorf("list projects: %w", err)
	}
	if err := s.expire(ctx, projects); err != nil {
		return err
	}
	for _, p := range projects {
		if err := s.fit(ctx, p); err != nil {
			return err
		}
	}
	if err := s.Store.Tidy(ctx, s.Now().UnixMicro()); err != nil {
		return fmt.Errorf("tidy the store: %w", err)
	}
	return nil
}

func (s *Sweeper) expire(ctx context.Context, projects []org.Project) error {
	now := s.Now()
	keep := make(map[int64]int64, len(projects))
	for _, p := range projects {
		if days := p.Settings.RetentionDays; days > 0 {
			keep[p.ID] = Cutoff(now, days)
		}
	}
	others := Cutoff(now, s.DefaultDays)
	return s.repeat(ctx, "expire", func(ctx context.Context) (bool, error) {
		return s.Store.Expire(ctx, keep, others)
	})
}

// Cutoff is the first moment, in Unix µs, that a retention of so many days keeps.
func Cutoff(now time.Time, days int) int64 { return now.AddDate(0, 0, -days).UnixMicro() }

// fit thins a project until it is within its byte budget.
func (s *Sweeper) fit(ctx context.Context, p org.Project) error {
	if p.Settings.ByteBudget <= 0 {
		return nil
	}
	var removed store.Usage
	err := s.repeat(ctx, "thin", func(ctx context.Context) (bool, error) {
		held, err := s.Store.Usage(ctx, p.ID)
		if err != nil || held.Bytes <= p.Settings.ByteBudget {
			return false, err
		}
		step, err := s.Store.Thin(ctx, p.ID)
		removed.Events, removed.Logs, removed.Bytes = removed.Events+step.Events, removed.Logs+step.Logs, removed.Bytes+step.Bytes
		return step != store.Usage{}, err
	})
	if removed.Events+removed.Logs > 0 {
		s.Log.Info("a project was thinned to fit its byte budget", "project", p.ID, "events", removed.Events, "logs", removed.Logs, "bytes", removed.Bytes)
	}
	return err
}

// repeat does steps until none is left, with a pause after each.
func (s *Sweeper) repeat(ctx context.Context, what string, step func(context.Context) (more bool, err error)) error {
	steps := 0
	for {
		more, err := step(ctx)
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !more {
			break
		}
		steps++
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.Pause):
		}
	}
	if steps > 0 {
		s.Log.Info("retention made room", "work", what, "steps", steps)
	}
	return nil
}
