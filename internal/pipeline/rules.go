package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// rules are what a project's settings mean for its records, made once per version of the settings.
type rules struct {
	version  int64
	slug     string
	scrubber *event.Scrubber
	filter   *filter
	grouper  *grouping.Grouper
	// prior groups as the version of the algorithm before did, for the time of an upgrade; nil otherwise.
	prior *grouping.Grouper
	// sampleRate is the share of events kept; 0 means all.
	sampleRate float64
	// stacks are those of all projects; nil remembers none.
	stacks *event.Stacks
}

// rulebook keeps the rules of the projects a partition sees. It belongs to one goroutine.
type rulebook struct {
	projects Projects
	log      *slog.Logger
	known    map[int64]*rules
	stacks   *event.Stacks
}

// maxKnown bounds the rulebook; it starts over when it is full.
const maxKnown = 10_000

// stackMemory is how many bytes the stack traces take that are remembered from
// event to event: those of some 250 bugs, which are most of what comes at a time.
const stackMemory = 4 << 20

func newRulebook(p Projects, log *slog.Logger) *rulebook {
	return &rulebook{projects: p, log: log, known: map[int64]*rules{}, stacks: event.NewStacks(stackMemory)}
}

// of returns the rules of a project, nil when it does not exist any more.
func (b *rulebook) of(ctx context.Context, projectID int64) (*rules, error) {
	project, err := b.projects.GetProject(ctx, projectID)
	if errors.Is(err, store.ErrNotFound) {
		delete(b.known, projectID)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up project %d: %w", projectID, err)
	}
	if r := b.known[projectID]; r != nil && r.version == project.Version && r.slug == project.Slug {
		return r, nil
	}
	if len(b.known) >= maxKnown {
		clear(b.known)
	}
	r := newRules(project)
	r.stacks = b.stacks
	if _, err := grouping.ParseRules(project.Settings.GroupingRules); err != nil {
		b.log.WarnContext(ctx, "a project's grouping rules cannot be read; its events are grouped without them until the rules are saved again",
			"project", projectID, "version", project.Version, "error", fault.MessageOf(err))
	}
	b.known[projectID] = r
	return r, nil
}

func newRules(p org.Project) *rules {
	s := p.Settings
	return &rules{
		version: p.Version,
		slug:    p.Slug,
		scrubber: event.NewScrubber(event.ScrubOptions{
			Disabled:        s.Scrub.Disabled,
			IPAddresses:     s.Scrub.IPAddresses,
			SensitiveFields: s.Scrub.SensitiveFields,
			SafeFields:      s.Scrub.SafeFields,
		}),
		filter:  newFilter(s.Filters),
		grouper: newGrouper(s.GroupingRules),

		sampleRate: s.SampleRate,
	}
}

// newGrouper falls back to the built-in algorithm when the rules cannot be read:
// whoever saves them is told what is wrong, and events must go on meanwhile.
func newGrouper(text string) *grouping.Grouper {
	r, err := grouping.ParseRules(text)
	if err != nil {
		r = grouping.Rules{}
	}
	return grouping.New(r)
}
