package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// Bytes that a row takes beside its share of a block: its columns and indexes,
// and per word its place in the word index. Measured averages.
const (
	eventRowBytes = 160
	logRowBytes   = 60
	wordBytes     = 2
)

// writeArchive packs events and log entries into blocks, one project each, and writes them.
func (a *application) writeArchive(ctx context.Context) error {
	w := &writing{leftovers: a.leftovers, tokens: a.tags.tokens}
	usage := map[projectDay]dayUsage{}
	a.packEvents(w, usage)
	if err := a.packLogs(w, usage); err != nil {
		return err
	}
	if len(w.events)+len(w.logs)+len(w.leftovers) > 0 {
		if err := a.s.events.write(ctx, a.c, w); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
	}
	return a.writeReports(ctx, usage)
}

type projectDay struct {
	projectID int64
	day       day
}

type dayUsage struct{ events, logs, bytes int64 }

// packEvents compresses blocks in parallel: it is the costliest part of a batch, and the writer waits for it.
func (a *application) packEvents(w *writing, usage map[projectDay]dayUsage) {
	blocks := a.groupEvents()
	packed := make([]packedBlock, len(blocks))
	var workers errgroup.Group
	workers.SetLimit(packers())
	for i, block := range blocks {
		workers.Go(func() error {
			packed[i] = a.packBlock(block)
			return nil
		})
	}
	_ = workers.Wait() // packing does not fail
	for _, p := range packed {
		w.eventBlocks = append(w.eventBlocks, p.block)
		w.events = append(w.events, p.events...)
		addUsage(usage, projectDay{p.block.projectID, dayOf(p.block.id)}, p.used)
	}
	slices.SortFunc(w.events, func(x, y eventRecord) int { return cmp.Compare(x.id, y.id) }) // the order of every index
}

// blockWindow is over how many events in a row blocks are put together by issue.
// It bounds in how many blocks the newest events of a project lie.
const blockWindow = 1024

// groupEvents splits the fresh events into blocks of one project and day each.
// Events of the same issue are much alike: together they take a quarter fewer
// bytes and as much less time to compress (measured), and are found together.
func (a *application) groupEvents() (blocks [][]int) {
	open := map[projectDay]int{}
	byIssue := slices.Clone(a.fresh)
	for window := range slices.Chunk(byIssue, blockWindow) {
		slices.SortStableFunc(window, func(i, j int) int { return cmp.Compare(a.places[i].ID, a.places[j].ID) })
	}
	for _, i := range byIssue {
		key := projectDay{a.b.Events[i].ProjectID, dayOf(a.b.Events[i].ID)}
		at, ok := open[key]
		if !ok || len(blocks[at]) == blockSlots {
			at = len(blocks)
			open[key] = at
			blocks = append(blocks, make([]int, 0, blockSlots))
		}
		blocks[at] = append(blocks[at], i)
	}
	for _, block := range blocks {
		slices.Sort(block) // a block has the id of its first event
	}
	slices.SortFunc(blocks, slices.Compare)
	return blocks
}

type packedBlock struct {
	block  blockRecord
	events []eventRecord
	used   dayUsage
}

func (a *application) packBlock(group []int) packedBlock {
	first := &a.b.Events[group[0]]
	p := packedBlock{used: dayUsage{events: int64(len(group))}, events: make([]eventRecord, 0, len(group))}
	for slot, i := range group {
		e := &a.b.Events[i]
		words, tags := a.eventWords(i), a.tags.ofEvent[i]
		p.used.bytes += eventRowBytes + wordBytes*int64(len(words)+len(tags))
		p.events = append(p.events, eventRecord{
			id: e.ID, eventID: e.EventID, projectID: e.ProjectID, issueID: a.places[i].ID, timestamp: e.Timestamp, blockID: first.ID, slot: slot,
			level: uint8(e.Level), outcome: a.result.Events[i].Outcome, words: words, tags: tags,
		})
	}
	var encoded []byte // of one event after another
	summary := func(e *store.EventRow) []byte {
		s := summaryOf(e)
		encoded = s.encode(encoded[:0])
		return encoded
	}
	payload := func(e *store.EventRow) []byte { return e.Payload }
	p.block = blockRecord{id: first.ID, projectID: first.ProjectID, summaries: a.s.codec.pack(a.slots(group, summary)), payloads: a.s.codec.pack(a.slots(group, payload))}
	p.used.bytes += int64(len(p.block.summaries) + len(p.block.payloads))
	return p
}

// eventWords are what the index finds an event by, but for its tags.
func (a *application) eventWords(i int) []string {
	e := &a.b.Events[i]
	return a.c.d.textWords(e.SearchText, eventRef{projectID: e.ProjectID, issueID: a.places[i].ID}, 0)
}

// slots goes through what a block keeps of each of its events.
func (a *application) slots(group []int, of func(*store.EventRow) []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, i := range group {
			if !yield(of(&a.b.Events[i])) {
				return
			}
		}
	}
}

func addUsage(usage map[projectDay]dayUsage, key projectDay, n dayUsage) {
	u := usage[key]
	usage[key] = dayUsage{u.events + n.events, u.logs + n.logs, u.bytes + n.bytes}
}

// packLogs also writes the ledger's lines: each log entry is stored.
func (a *application) packLogs(w *writing, usage map[projectDay]dayUsage) error {
	groups := map[projectDay][]*store.LogRow{}
	for i := range a.b.Logs {
		l := &a.b.Logs[i]
		if l.Seq <= a.applied {
			continue
		}
		key := projectDay{l.ProjectID, dayOf(l.ID)}
		groups[key] = append(groups[key], l)
		a.counters.AddLedger(rollup.LedgerKey{
			ProjectID: l.ProjectID, Minute: rollup.Bucket(l.Received, rollup.Minute), Category: categoryLog, Outcome: store.Stored,
		}, 1, int64(len(l.Body)+len(l.Attributes)+len(l.Resource)))
	}
	for key, group := range groups {
		for len(group) > 0 {
			n := min(len(group), 4*blockSlots)
			bytes, err := a.packLogBlock(w, group[:n])
			if err != nil {
				return err
			}
			addUsage(usage, key, dayUsage{logs: int64(n), bytes: bytes})
			group = group[n:]
		}
	}
	return nil
}

func (a *application) packLogBlock(w *writing, group []*store.LogRow) (bytes int64, err error) {
	slots := make([][]byte, len(group))
	for slot, l := range group {
		if slots[slot], err = json.Marshal(l); err != nil {
			return 0, fmt.Errorf("encode log entry: %w", err)
		}
		record := a.c.d.logRecord(l, group[0].ID, slot)
		bytes += logRowBytes + wordBytes*int64(len(record.words))
		w.logs = append(w.logs, record)
	}
	b := blockRecord{id: group[0].ID, projectID: group[0].ProjectID, payloads: a.s.codec.pack(slices.Values(slots))}
	w.logBlocks = append(w.logBlocks, b)
	return bytes + int64(len(b.payloads)), nil
}

func (d *dialect) logRecord(l *store.LogRow, blockID int64, slot int) logRecord {
	return logRecord{id: l.ID, projectID: l.ProjectID, timestamp: l.Timestamp, blockID: blockID, slot: slot, level: uint8(l.Level), words: d.logWords(l)}
}

// logRecords makes the rows of a block's entries anew.
func (s *Store) logRecords(b blockRecord) ([]logRecord, error) {
	slots, err := s.codec.unpack(b.payloads)
	if err != nil {
		return nil, err
	}
	var records []logRecord
	for slot, entry := range slots {
		var l store.LogRow
		if err := json.Unmarshal(entry, &l); err != nil {
			return nil, fmt.Errorf("decode log entry: %w", err)
		}
		records = append(records, s.d.logRecord(&l, b.id, slot))
	}
	return records, nil
}

func (a *application) writeReports(ctx context.Context, usage map[projectDay]dayUsage) error {
	var reports, days [][]any
	for i := range a.b.Reports {
		r := &a.b.Reports[i]
		if r.Seq <= a.applied {
			continue
		}
		reports = append(reports, []any{r.ID, r.ProjectID, r.EventID[:], r.Received, r.Name, r.Email, r.Comments})
		a.counters.AddLedger(rollup.LedgerKey{
			ProjectID: r.ProjectID, Minute: rollup.Bucket(r.Received, rollup.Minute), Category: categoryFeedback, Outcome: store.Stored,
		}, 1, int64(len(r.Comments)))
	}
	for key, u := range usage {
		days = append(days, []any{key.projectID, int64(key.day), u.events, u.logs, u.bytes})
	}
	sortRows(days)
	for _, in := range []insert{
		{into: "INSERT INTO user_reports (id, project_id, event_id, received, name, email, comments) VALUES", rows: reports, then: "ON CONFLICT (id) DO NOTHING"},
		{into: "INSERT INTO project_days (project_id, day, events, logs, bytes) VALUES", rows: days,
			then: "ON CONFLICT (project_id, day) DO UPDATE SET events = project_days.events + excluded.events, logs = project_days.logs + excluded.logs, bytes = project_days.bytes + excluded.bytes"},
	} {
		if err := a.c.insert(ctx, in); err != nil {
			return err
		}
	}
	return nil
}
