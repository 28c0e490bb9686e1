package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/wordindex"
)

var logTable = wordTable{rows: "log_entries", words: "log_word"}

// logMatch is a compiled log filter.
type logMatch struct {
	words  wordMatch
	where  where
	verify []func(*store.LogRow) bool
}

func (d *dialect) compileLogs(q search.Query) (*logMatch, error) {
	m := &logMatch{}
	for _, t := range q.Terms {
		if err := m.term(d, t); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *logMatch) term(d *dialect, t search.Term) error {
	switch t.Kind {
	case search.KindText:
		m.text(d, t)
	case search.KindTag:
		m.tag(d, t)
	case search.KindHas:
		m.verify = append(m.verify, func(l *store.LogRow) bool { return hasTag(logTags(l), indexedKey(t.Value)) != t.Negate })
	case search.KindTime:
		if t.Key != "timestamp" {
			return t.Refuse("%s is of issues: use timestamp, or the time range, for logs", t.Key)
		}
		from, until := t.Bounds(time.Now().UnixMicro())
		m.where.addNot(t.Negate, "r.timestamp >= ? AND r.timestamp < ?", from, until)
	default:
		return t.Refuse("%s is of issues: use it in the list of issues", t.Key)
	}
	return nil
}

func (m *logMatch) text(d *dialect, t search.Term) {
	words := search.Words(t.Value)
	beginning, unsure := d.beginTokens(t)
	if unsure {
		m.verify = append(m.verify, func(l *store.LogRow) bool { return hasWordFrom(l.Body, beginning) != t.Negate })
	}
	if t.Negate && len(words) == 1 {
		if unsure {
			return
		}
		m.words.none = append(m.words.none, wordindex.Word{Text: words[0], Prefix: t.Prefix})
		return
	}
	verified := t.Phrase && len(words) > 1
	if !t.Negate {
		m.words.requireText(words, t.Prefix, verified)
	}
	if t.Negate || verified {
		m.verify = append(m.verify, func(l *store.LogRow) bool { return search.ContainsPhrase(l.Body, t.Value) != t.Negate })
	}
}

// tag finds the indexed fields by their token, and anything else among the attributes.
func (m *logMatch) tag(d *dialect, t search.Term) {
	t.Key = indexedKey(t.Key)
	if !t.Prefix && slices.Contains([]string{"level", "logger", "release", "environment", "server_name", "trace", "pattern"}, t.Key) {
		value := t.Value
		if level := event.ParseLevel(value); t.Key == "level" && level != event.LevelUnknown {
			value = level.String()
		}
		token := wordindex.Word{Text: d.tagToken(t.Key, value)}
		if t.Negate {
			m.words.none = append(m.words.none, token)
		} else {
			m.words.require(token)
		}
		return
	}
	m.verify = append(m.verify, func(l *store.LogRow) bool { return logHas(l, t) != t.Negate })
}

// indexedKey is the key that the index has for a field as users know it.
func indexedKey(key string) string {
	if key == "trace_id" {
		return "trace"
	}
	return key
}

func hasTag(tags []event.Tag, key string) bool {
	return slices.ContainsFunc(tags, func(t event.Tag) bool { return t.Key == key })
}

// logHas reports whether an entry has the field or attribute of a term.
func logHas(l *store.LogRow, t search.Term) bool {
	for _, tag := range logTags(l) {
		if tag.Key == t.Key && t.Matches(tag.Value) {
			return true
		}
	}
	for _, object := range [][]byte{l.Attributes, l.Resource} {
		var fields map[string]any
		if json.Unmarshal(object, &fields) != nil {
			continue
		}
		if v, ok := fields[t.Key]; ok && t.Matches(fmt.Sprint(v)) {
			return true
		}
	}
	return false
}

type logRef struct {
	id, blockID int64
	slot        int
}

// ListLogs implements store.LogReader.
func (s *Store) ListLogs(ctx context.Context, f store.LogFilter, p store.PageRequest) (store.Page[store.LogRow], error) {
	var page store.Page[store.LogRow]
	m, err := s.d.compileLogs(f.Query)
	if err != nil {
		return page, err
	}
	after, continued, err := parseKeyset(p.Cursor)
	if err != nil {
		return page, err
	}
	from, until := idRange(f.Range)
	if continued {
		until = min(until, after.id)
	}
	limit := pageLimit(p)
	sources, err := s.events.sources(ctx, nil, from, until)
	if err != nil {
		return page, err
	}
	budget, resume := maxCandidates, int64(0)
	for _, src := range sources {
		part := span{from: src.from, until: src.until, limit: limit + 1 - len(page.Items)}
		err := src.read(ctx, func(c conn) error {
			var more []store.LogRow
			more, resume, err = s.scanLogs(ctx, c, logScan{m, f.ProjectID, part}, &budget)
			page.Items = append(page.Items, more...)
			return err
		})
		if err != nil {
			return page, s.finish(err)
		}
		if resume != 0 || len(page.Items) > limit {
			break
		}
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		resume = page.Items[limit-1].ID
	}
	if resume != 0 {
		page.Next = keyset{id: resume}.String()
	}
	return page, nil
}

type logScan struct {
	match     *logMatch
	projectID int64
	span      span
}

func (s *Store) scanLogs(ctx context.Context, c conn, l logScan, budget *int) (found []store.LogRow, resume int64, err error) {
	step := l.span.limit
	if len(l.match.verify) > 0 {
		step = max(firstStep, step)
	}
	for {
		refs, err := l.refs(ctx, c, step)
		if err != nil {
			return nil, 0, err
		}
		rows, err := s.loadLogs(ctx, c, refs)
		if err != nil {
			return nil, 0, err
		}
		for i := range rows {
			if !slices.ContainsFunc(l.match.verify, func(ok func(*store.LogRow) bool) bool { return !ok(&rows[i]) }) {
				found = append(found, rows[i])
			}
			if len(found) == l.span.limit {
				return found, 0, nil
			}
		}
		if *budget -= len(refs); len(refs) < step {
			return found, 0, nil
		}
		l.span.until = refs[len(refs)-1].id
		if *budget <= 0 {
			return found, l.span.until, nil
		}
		step = min(step*2, 2048)
	}
}

func (l *logScan) refs(ctx context.Context, c conn, limit int) ([]logRef, error) {
	part := l.span
	part.limit = limit
	q := rowQuery{table: logTable, columns: "r.id, r.block_id, r.slot", words: &l.match.words, projectID: l.projectID, span: part}
	return rowsOf(ctx, c, q, l.match.where.clone(), func(r scanner) (ref logRef, err error) { return ref, r.Scan(&ref.id, &ref.blockID, &ref.slot) })
}

func (s *Store) loadLogs(ctx context.Context, c conn, refs []logRef) ([]store.LogRow, error) {
	var ids []int64
	for _, r := range refs {
		ids = append(ids, r.blockID)
	}
	blocks, err := s.loadBlocks(ctx, c, "SELECT id, entries FROM log_blocks WHERE id >= $1 AND id <= $2 AND id IN (…)", ids)
	if err != nil {
		return nil, err
	}
	rows := make([]store.LogRow, len(refs))
	for i, r := range refs {
		if r.slot >= len(blocks[r.blockID]) {
			return nil, fmt.Errorf("log entry %d: %w", r.id, errBlock)
		}
		if err = json.Unmarshal(blocks[r.blockID][r.slot], &rows[i]); err != nil {
			return nil, fmt.Errorf("log entry %d: %w", r.id, err)
		}
	}
	return rows, nil
}
