package sqlstore

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// Candidates are verified in steps that grow, and one call reads at most
// maxCandidates of them: a page may then be short and yet have a next one.
const (
	firstStep     = 8
	maxCandidates = 20_000
)

// foundEvent is an event with its summary.
type foundEvent struct {
	eventRef
	summary summary
}

// findEvents returns the events of a span that match, with their summaries.
func (s *Store) findEvents(ctx context.Context, m *eventMatch, p span) ([]foundEvent, error) {
	found, _, err := s.scanEvents(ctx, m, p)
	return found, err
}

// scanEvents is findEvents for lists: resume is where to go on when the
// candidates ran out before the limit was reached, 0 otherwise.
func (s *Store) scanEvents(ctx context.Context, m *eventMatch, p span) (found []foundEvent, resume int64, err error) {
	if m.nothing {
		return nil, 0, nil
	}
	sources, err := s.events.sources(ctx, nil, max(m.from, p.from), min(m.until, p.until))
	if err != nil {
		return nil, 0, err
	}
	if p.ascending {
		slices.Reverse(sources)
	}
	budget := maxCandidates
	for ahead := 1; len(sources) > 0; ahead = runtime.GOMAXPROCS(0) {
		part := p
		part.limit = p.limit - len(found)
		scans, err := s.scanTogether(ctx, m, part, sources[:min(ahead, len(sources))], budget)
		if err != nil {
			return nil, 0, s.finish(err)
		}
		for _, scan := range scans {
			found = append(found, scan.found[:min(len(scan.found), p.limit-len(found))]...)
			if len(found) == p.limit {
				return found, 0, nil // where to go on is behind the last one found
			}
			if budget -= scan.read; scan.resume != 0 {
				return found, scan.resume, nil
			}
		}
		sources = sources[len(scans):]
	}
	return found, 0, nil
}

// scan is what one source gave: read counts the candidates, resume is as scanEvents has it.
type scan struct {
	found  []foundEvent
	read   int
	resume int64
}

// scanTogether reads sources at the same time. The newest day answers most
// lists, so it is read alone; a rare word has to be looked for in all of them.
func (s *Store) scanTogether(ctx context.Context, m *eventMatch, p span, sources []source, budget int) ([]scan, error) {
	scans := make([]scan, len(sources))
	readers, ctx := errgroup.WithContext(ctx)
	for i, src := range sources {
		readers.Go(func() error {
			part := p
			part.from, part.until = src.from, src.until
			return src.read(ctx, func(c conn) (err error) {
				left := budget
				scans[i].found, scans[i].resume, err = s.scanSource(ctx, c, m, part, &left)
				scans[i].read = budget - left
				return err
			})
		})
	}
	return scans, readers.Wait()
}

func (s *Store) scanSource(ctx context.Context, c conn, m *eventMatch, p span, budget *int) (found []foundEvent, resume int64, err error) {
	step := p.limit
	if len(m.verify) > 0 {
		step = max(firstStep, p.limit)
	}
	for {
		candidates := p
		candidates.limit = step
		refs, err := m.refs(ctx, c, candidates)
		if err != nil {
			return nil, 0, err
		}
		summaries := make([]summary, len(refs))
		if p.wanted == wantSummaries || len(m.verify) > 0 {
			summaries, err = s.loadSummaries(ctx, c, refs)
		}
		if err != nil {
			return nil, 0, err
		}
		for i, ref := range refs {
			if m.verified(&summaries[i]) {
				found = append(found, foundEvent{ref, summaries[i]})
			}
			if len(found) == p.limit {
				return found, 0, nil
			}
		}
		*budget -= len(refs)
		if len(refs) < step {
			return found, 0, nil
		}
		last := refs[len(refs)-1].id
		if *budget <= 0 {
			return found, last, nil
		}
		if p.ascending {
			p.from = last + 1
		} else {
			p.until = last
		}
		step = min(step*2, 2048)
	}
}

func (m *eventMatch) verified(s *summary) bool {
	for _, verify := range m.verify {
		if !verify(s) {
			return false
		}
	}
	return true
}

// loadSummaries reads each block once.
func (s *Store) loadSummaries(ctx context.Context, c conn, refs []eventRef) ([]summary, error) {
	var ids []int64
	for _, r := range refs {
		ids = append(ids, r.blockID)
	}
	blocks, err := s.loadBlocks(ctx, c, "SELECT id, summaries FROM event_blocks WHERE id >= $1 AND id <= $2 AND id IN (…)", ids)
	if err != nil {
		return nil, err
	}
	summaries := make([]summary, len(refs))
	for i, r := range refs {
		slots := blocks[r.blockID]
		if r.slot >= len(slots) {
			return nil, fmt.Errorf("event %d: %w", r.id, errBlock)
		}
		if summaries[i], err = decodeSummary(slots[r.slot]); err != nil {
			return nil, fmt.Errorf("event %d: %w", r.id, err)
		}
	}
	return summaries, nil
}

func (s *Store) summaries(ctx context.Context, found []foundEvent) ([]store.EventSummary, error) {
	var issueIDs []int64
	for _, e := range found {
		issueIDs = append(issueIDs, e.issueID)
	}
	into, err := s.mergedInto(ctx, unique(issueIDs))
	list := make([]store.EventSummary, len(found))
	for i, e := range found {
		list[i] = e.public()
		if target, ok := into[e.issueID]; ok {
			list[i].IssueID = target
		}
	}
	return list, err
}

// mergedInto maps the merged ones among the issues to what they were merged into.
func (s *Store) mergedInto(ctx context.Context, ids []int64) (map[int64]int64, error) {
	into := map[int64]int64{}
	if len(ids) == 0 {
		return into, nil
	}
	err := s.readOne(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT id, merged_into FROM issues WHERE merged_into <> 0 AND id IN (…)", ids, func(r scanner) error {
			var id, target int64
			err := r.Scan(&id, &target)
			into[id] = target
			return err
		})
	})
	return into, err
}

func (e *foundEvent) public() store.EventSummary {
	return store.EventSummary{
		ID: e.id, EventID: e.publicID(), ProjectID: e.projectID, IssueID: e.issueID, Received: e.summary.received,
		Timestamp: e.timestamp, Level: event.Level(e.level), Title: e.summary.title, Culprit: e.summary.culprit, Platform: e.summary.platform,
		Release: e.summary.release, Environment: e.summary.environment, Transaction: e.summary.transaction, UserKey: e.summary.userKey,
		Tags: e.summary.tags, Outcome: issue.Outcome(e.outcome),
	}
}

// ListEvents implements store.EventReader.
func (s *Store) ListEvents(ctx context.Context, f store.EventFilter, p store.PageRequest) (store.Page[store.EventSummary], error) {
	var page store.Page[store.EventSummary]
	m, err := s.compileEvents(ctx, f)
	if err != nil {
		return page, err
	}
	after, continued, err := parseKeyset(p.Cursor)
	if err != nil {
		return page, err
	}
	limit := pageLimit(p)
	part := span{from: m.from, until: m.until, limit: limit + 1}
	if continued {
		part.until = min(part.until, after.id)
	}
	found, resume, err := s.scanEvents(ctx, m, part)
	if err != nil {
		return page, err
	}
	if len(found) > limit {
		found, resume = found[:limit], found[limit-1].id
	}
	if resume != 0 {
		page.Next = keyset{id: resume}.String()
	}
	page.Items, err = s.summaries(ctx, found)
	return page, err
}

// EventsAfter implements store.EventReader.
func (s *Store) EventsAfter(ctx context.Context, f store.EventFilter, after int64, limit int) ([]store.EventSummary, error) {
	m, err := s.compileEvents(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := s.findEvents(ctx, m, span{from: max(m.from, after+1), until: m.until, ascending: true, limit: limit})
	if err != nil {
		return nil, err
	}
	return s.summaries(ctx, found)
}

// LatestEvent implements store.EventReader.
func (s *Store) LatestEvent(ctx context.Context, f store.EventFilter) (store.StoredEvent, error) {
	m, err := s.compileEvents(ctx, f)
	if err != nil {
		return store.StoredEvent{}, err
	}
	found, err := s.findEvents(ctx, m, span{from: m.from, until: m.until, limit: 1})
	if err != nil {
		return store.StoredEvent{}, err
	}
	if len(found) == 0 {
		return store.StoredEvent{}, store.ErrNotFound
	}
	return s.withPayload(ctx, found[0])
}

// GetEvent implements store.EventReader.
func (s *Store) GetEvent(ctx context.Context, projectIDs []int64, eventID string) (store.StoredEvent, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(eventID, "-", ""))
	if err != nil || len(id) != 16 {
		return store.StoredEvent{}, fault.Field("path.event_id", "an event id has 32 hexadecimal digits")
	}
	sources, err := s.events.sources(ctx, nil, 0, math.MaxInt64)
	if err != nil {
		return store.StoredEvent{}, err
	}
	for _, src := range sources {
		found, err := s.eventIn(ctx, src, projectIDs, id)
		if err != nil || len(found) > 0 {
			return s.firstWithPayload(ctx, found, err)
		}
	}
	return store.StoredEvent{}, store.ErrNotFound
}

func (s *Store) firstWithPayload(ctx context.Context, found []foundEvent, err error) (store.StoredEvent, error) {
	if err != nil {
		return store.StoredEvent{}, s.finish(err)
	}
	return s.withPayload(ctx, found[0])
}

// eventIn looks for an event id in one source.
func (s *Store) eventIn(ctx context.Context, src source, projectIDs []int64, eventID []byte) (found []foundEvent, err error) {
	err = src.read(ctx, func(c conn) error {
		refs, err := all(ctx, c, scanEventRef, "SELECT "+eventRefColumns+" FROM events r WHERE "+c.d.withEventID("event_id = $1")+" ORDER BY r.id DESC LIMIT 100", eventID)
		if err != nil {
			return err
		}
		refs = slices.DeleteFunc(refs, func(r eventRef) bool { return !slices.Contains(projectIDs, r.projectID) })
		summaries, err := s.loadSummaries(ctx, c, refs)
		for i := range summaries {
			found = append(found, foundEvent{refs[i], summaries[i]})
		}
		return err
	})
	return found, err
}

func (s *Store) withPayload(ctx context.Context, e foundEvent) (store.StoredEvent, error) {
	list, err := s.summaries(ctx, []foundEvent{e})
	if err != nil {
		return store.StoredEvent{}, err
	}
	result := store.StoredEvent{EventSummary: list[0]}
	sources, err := s.events.sources(ctx, nil, e.id, e.id+1)
	if err != nil {
		return result, err
	}
	for _, src := range sources {
		err = src.read(ctx, func(c conn) error {
			var block []byte
			if err := c.row(ctx, "SELECT payloads FROM event_blocks WHERE id = $1", []any{e.blockID}, &block); err != nil {
				return err
			}
			slots, err := s.codec.unpack(block)
			if err == nil && e.slot < len(slots) {
				result.Payload = slots[e.slot]
			}
			return err
		})
	}
	return result, s.finish(err)
}

// fewMatches is how many matches of a filter are looked for at first. When there
// are fewer in all days, looking for each neighbour would go through all of them again.
const fewMatches = 4

// Neighbours implements store.EventReader.
func (s *Store) Neighbours(ctx context.Context, of store.StoredEvent, f store.EventFilter) (store.Neighbours, error) {
	var n store.Neighbours
	m, err := s.compileEvents(ctx, f)
	if err != nil {
		return n, err
	}
	oldest, resume, err := s.scanEvents(ctx, m, span{from: m.from, until: m.until, ascending: true, limit: fewMatches, wanted: wantRefs})
	if err != nil || len(oldest) == 0 {
		return n, err
	}
	if len(oldest) < fewMatches && resume == 0 {
		return neighboursAmong(oldest, of.ID), nil
	}
	first := oldest[0]
	latest, err := s.findFirst(ctx, m, span{from: m.from, until: m.until})
	if err != nil {
		return n, err
	}
	n.First, n.Latest = first.publicID(), latest.publicID()
	if first.id < of.ID {
		previous, err := s.findFirst(ctx, m, span{from: m.from, until: min(m.until, of.ID)})
		if err != nil {
			return n, err
		}
		n.Previous = previous.publicID()
	}
	if latest.id > of.ID {
		next, err := s.findFirst(ctx, m, span{from: max(m.from, of.ID+1), until: m.until, ascending: true})
		if err != nil {
			return n, err
		}
		n.Next = next.publicID()
	}
	return n, nil
}

// neighboursAmong finds an event's neighbours among all that match, oldest first.
func neighboursAmong(list []foundEvent, id int64) (n store.Neighbours) {
	n.First, n.Latest = list[0].publicID(), list[len(list)-1].publicID()
	for i := range list {
		switch e := &list[i]; {
		case e.id < id:
			n.Previous = e.publicID()
		case e.id > id && n.Next == "":
			n.Next = e.publicID()
		}
	}
	return n
}

// findFirst returns the first event of a span that matches, and the zero value when none does.
func (s *Store) findFirst(ctx context.Context, m *eventMatch, p span) (foundEvent, error) {
	p.limit, p.wanted = 1, wantRefs
	found, err := s.findEvents(ctx, m, p)
	if err != nil || len(found) == 0 {
		return foundEvent{}, err
	}
	return found[0], nil
}

// publicID is the event's id as users know it, "" for the zero value.
func (e *foundEvent) publicID() string {
	if e.id == 0 {
		return ""
	}
	return hex.EncodeToString(e.eventID[:])
}
