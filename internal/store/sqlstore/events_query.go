package sqlstore

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/wordindex"
)

// eventMatch is a compiled event filter: what the indexes find, and what is
// then verified on each event's summary.
type eventMatch struct {
	projectID int64
	// issueIDs are the issue and those that were merged into it; nil for all.
	issueIDs []int64
	// issueEvents is up to how many events they have.
	issueEvents int64
	// from ≤ id < until.
	from, until int64
	words       wordMatch
	where       where
	verify      []func(*summary) bool
	// nothing is set when no event can match.
	nothing bool
}

// idRange turns a range of time into one of row ids.
func idRange(r store.TimeRange) (from, until int64) {
	until = math.MaxInt64
	if r.End != 0 {
		until = eventlog.RowIDFloor(r.End)
	}
	return eventlog.RowIDFloor(r.Start), until
}

func (s *Store) compileEvents(ctx context.Context, f store.EventFilter) (*eventMatch, error) {
	m := &eventMatch{projectID: f.ProjectID}
	m.from, m.until = idRange(f.Range)
	issueID := f.IssueID
	for _, t := range f.Query.Terms {
		if t.Key == "issue" && !t.Negate {
			issueID, _ = strconv.ParseInt(t.Value, 10, 64)
			continue
		}
		if err := s.eventTerm(ctx, m, t); err != nil {
			return nil, err
		}
	}
	if issueID != 0 {
		return m, s.scopeIssue(ctx, m, issueID)
	}
	return m, nil
}

// scopeIssue restricts a match to an issue under all of its ids, within the project.
func (s *Store) scopeIssue(ctx context.Context, m *eventMatch, issueID int64) error {
	err := s.readOne(ctx, func(c conn) error {
		return c.each(ctx, "SELECT id, event_count FROM issues WHERE project_id = $1 AND (id = $2 OR merged_into = $2)", []any{m.projectID, issueID}, func(r scanner) error {
			var id, events int64
			err := r.Scan(&id, &events)
			m.issueIDs = append(m.issueIDs, id)
			m.issueEvents += events
			return err
		})
	})
	m.nothing = m.nothing || len(m.issueIDs) == 0
	return err
}

func (s *Store) eventTerm(ctx context.Context, m *eventMatch, t search.Term) error {
	switch t.Kind {
	case search.KindText:
		m.text(s.d, t)
	case search.KindTag:
		return s.eventTag(ctx, m, t)
	case search.KindHas:
		m.verify = append(m.verify, func(s *summary) bool {
			_, has := s.tag(t.Value)
			return has != t.Negate
		})
	case search.KindTime:
		if t.Key != "timestamp" {
			return t.Refuse("%s is of issues: use timestamp, or the time range, for events", t.Key)
		}
		from, until := t.Bounds(time.Now().UnixMicro())
		m.where.addNot(t.Negate, "r.timestamp >= ? AND r.timestamp < ?", from, until)
	case search.KindID:
		return m.id(s.d, t)
	default:
		return t.Refuse("%s is of issues: use it in the list of issues", t.Key)
	}
	return nil
}

// text asks the index for the words. What it cannot say is verified: the order
// of the words of a phrase, and that several words are not there together.
func (m *eventMatch) text(d *dialect, t search.Term) {
	words := search.Words(t.Value)
	beginning, unsure := d.beginTokens(t)
	if unsure {
		m.verify = append(m.verify, func(s *summary) bool { return hasWordFrom(s.searchText, beginning) != t.Negate })
	}
	if t.Negate && len(words) == 1 {
		if unsure {
			return
		}
		m.words.none = append(m.words.none, wordindex.Word{Text: words[0], Prefix: t.Prefix})
		return
	}
	if t.Negate {
		m.verify = append(m.verify, func(s *summary) bool { return !search.ContainsPhrase(s.searchText, t.Value) })
		return
	}
	verified := t.Phrase && len(words) > 1
	m.words.requireText(words, t.Prefix, verified)
	if verified {
		m.verify = append(m.verify, func(s *summary) bool { return search.ContainsPhrase(s.searchText, t.Value) })
	}
}

func (s *Store) eventTag(ctx context.Context, m *eventMatch, t search.Term) error {
	if column, ok := searchedColumns[t.Key]; ok {
		m.column(s.d, t, column)
		return nil
	}
	values := []string{t.Value}
	if t.Prefix {
		var err error
		if values, err = s.tagValuesFrom(ctx, m, t); err != nil {
			return err
		}
	}
	var tokens []wordindex.Word
	for _, v := range values {
		tokens = append(tokens, wordindex.Word{Text: s.d.tagToken(t.Key, v)})
	}
	switch {
	case t.Negate:
		m.words.none = append(m.words.none, tokens...)
	case len(tokens) == 0:
		m.nothing = true
	default:
		m.words.require(tokens...)
	}
	return nil
}

// column verifies what an event has in one of searchedColumns, or a client's
// tag of that name. The index finds what may have it by its words or the tag's
// token; no word of it says the platform.
func (m *eventMatch) column(d *dialect, t search.Term, column string) {
	m.verify = append(m.verify, func(s *summary) bool {
		tag, _ := s.tag(t.Key)
		return slices.ContainsFunc(append(s.column(column), tag), t.Matches) != t.Negate
	})
	words := search.Words(t.Value)
	if t.Negate || column == "platform" || len(words) == 0 {
		return
	}
	m.words.requireText(words, t.Prefix, true)
	if t.Prefix {
		return // a token is of a whole value
	}
	for i := len(m.words.all) - len(words); i < len(m.words.all); i++ {
		m.words.all[i].words = append(m.words.all[i].words, wordindex.Word{Text: d.tagToken(t.Key, t.Value)})
	}
}

// tagValuesFrom lists the counted values of a tag that begin with the term's value.
func (s *Store) tagValuesFrom(ctx context.Context, m *eventMatch, t search.Term) (values []string, err error) {
	first := rollup.Bucket(eventlog.RowIDTime(m.from), rollup.Hour)
	err = s.readOne(ctx, func(c conn) error {
		values, err = all(ctx, c, func(r scanner) (v string, err error) { return v, r.Scan(&v) },
			"SELECT DISTINCT value FROM tag_hours WHERE project_id = $1 AND tag = $2 AND hour >= $3 AND substr(value, 1, $4) = $5 ORDER BY value LIMIT 200",
			m.projectID, t.Key, first, len([]rune(t.Value)), t.Value)
		return err
	})
	return values, err
}

func (m *eventMatch) id(d *dialect, t search.Term) error {
	if t.Key == "issue" {
		n, _ := strconv.ParseInt(t.Value, 10, 64)
		m.where.add("r.issue_id <> ?", n)
		return nil
	}
	id, err := hex.DecodeString(strings.ReplaceAll(t.Value, "-", ""))
	if err != nil || len(id) != 16 {
		return t.Refuse("an event id has 32 hexadecimal digits")
	}
	if t.Negate {
		m.where.add("r.event_id <> ?", id)
	} else {
		m.where.add(d.withEventID("event_id = ?"), id)
	}
	return nil
}

// eventRef is a row of table events: where to find an event and what it needs no block for.
type eventRef struct {
	id        int64
	eventID   [16]byte
	projectID int64
	issueID   int64
	timestamp int64
	blockID   int64
	slot      int
	level     uint8
	outcome   uint8
}

const eventRefColumns = "r.id, r.event_id, r.project_id, r.issue_id, r.timestamp, r.block_id, r.slot, r.level, r.outcome"

func scanEventRef(r scanner) (eventRef, error) {
	var e eventRef
	var eventID []byte
	err := r.Scan(&e.id, &eventID, &e.projectID, &e.issueID, &e.timestamp, &e.blockID, &e.slot, &e.level, &e.outcome)
	copy(e.eventID[:], eventID)
	return e, err
}

func scanEventIssue(r scanner) (e eventRef, err error) { return e, r.Scan(&e.id, &e.issueID) }

// span is a part of a match: ids from ≤ id < until, in an order, at most limit.
type span struct {
	from, until int64
	ascending   bool
	limit       int
	// wanted is what the events are read for.
	wanted wanted
}

// wanted is what a search reads of the events it finds, beyond what it must verify.
type wanted uint8

const (
	wantSummaries wanted = iota
	wantRefs
	// wantIssues reads the ids and issues only, where nothing must be verified.
	wantIssues
)

var eventTable = wordTable{rows: "events", words: "event_word"}

// refs reads one source. On PostgreSQL an issue with merged ones is read id by id,
// so that the index keeps giving rows in order.
func (m *eventMatch) refs(ctx context.Context, c conn, s span) (list []eventRef, err error) {
	if len(m.issueIDs) == 0 || c.d.ownWords {
		return m.refsOf(ctx, c, s, m.issueIDs)
	}
	for _, id := range m.issueIDs {
		part, err := m.refsOf(ctx, c, s, []int64{id})
		if err != nil {
			return nil, err
		}
		list = append(list, part...)
	}
	if len(m.issueIDs) > 1 {
		slices.SortFunc(list, func(a, b eventRef) int { return s.compare(a.id, b.id) })
	}
	return list[:min(len(list), s.limit)], nil
}

func (s span) compare(a, b int64) int {
	switch {
	case a == b:
		return 0
	case (a < b) == s.ascending:
		return -1
	default:
		return 1
	}
}

func (m *eventMatch) refsOf(ctx context.Context, c conn, s span, issueIDs []int64) ([]eventRef, error) {
	q := rowQuery{table: eventTable, columns: eventRefColumns, words: &m.words, projectID: m.projectID, issueIDs: issueIDs, issueEvents: m.issueEvents, span: s}
	scan := scanEventRef
	if s.wanted == wantIssues && len(m.verify) == 0 {
		q.columns, scan = "r.id, r.issue_id", scanEventIssue
	}
	return rowsOf(ctx, c, q, m.where.clone(), scan)
}
