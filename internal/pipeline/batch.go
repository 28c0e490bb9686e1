package pipeline

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// batch is a run of decoded messages on its way into the store.
type batch []*decoded

// prepared is a batch with the memory that it uses.
type prepared struct {
	batch
	used []memory
}

// release ends the use of the batch.
func (p prepared) release() {
	for i := range p.used {
		p.used[i].release()
	}
}

// decoded is a message with what became of its records.
type decoded struct {
	eventlog.Message
	// items are the records' outcomes, in their order.
	items []item
}

// item is one record and what became of it.
type item struct {
	of    *decoded
	index int // into the message's records
	rules *rules
	outcome
}

// outcome is what a record turned into. At most one of buried and the rest is set.
type outcome struct {
	events  []store.EventRow
	logs    []store.LogRow
	reports []store.UserReport
	files   []store.AttachmentRow
	ledger  []store.LedgerCount
	// buried says why the record goes to the dead letters; empty when it does not.
	buried string
}

func (b batch) through() uint64 { return b[len(b)-1].Seq }

// items goes through the records of all messages in order.
func (b batch) items() iter.Seq[*item] {
	return func(yield func(*item) bool) {
		for _, m := range b {
			for i := range m.items {
				if !yield(&m.items[i]) {
					return
				}
			}
		}
	}
}

func (it *item) record() *eventlog.Record { return &it.of.Records[it.index] }

// prepare makes rows of the records: it looks up projects, then decodes in
// parallel and without I/O. The rows are valid until their memory is released.
func (p *Processor) prepare(ctx context.Context, messages []eventlog.Message) (prepared, error) {
	b := make(batch, len(messages))
	all := make([]*item, 0, count(messages))
	book := map[int64]*rules{}
	for n, m := range messages {
		b[n] = &decoded{Message: m, items: make([]item, len(m.Records))}
		for i := range m.Records {
			id := m.Records[i].ProjectID
			r, ok := book[id]
			if !ok {
				err := p.retry(ctx, "look up project", func() (err error) {
					r, err = p.rules.of(ctx, id)
					return err
				})
				if err != nil {
					return prepared{}, err
				}
				book[id] = r
			}
			b[n].items[i] = item{of: b[n], index: i, rules: r}
			all = append(all, &b[n].items[i])
		}
	}
	used := make([]memory, p.options.Workers)
	for i := range used {
		used[i].events = &p.events[i]
	}
	parallel(len(all), p.options.Workers, func(worker, i int) {
		all[i].outcome = decode(all[i].record(), all[i].rules, &used[worker])
	})
	if err := p.learn(ctx, b); err != nil {
		return prepared{}, err
	}
	for _, m := range b {
		m.number()
	}
	return prepared{b, used}, nil
}

// parallel calls do for 0 to n−1 on up to workers goroutines and waits for them.
func parallel(n, workers int, do func(worker, i int)) {
	// Of fewer, a worker would keep requests waiting for more than it saves.
	const worthwhile = 128
	workers = min(workers, n/worthwhile)
	if workers < 2 {
		for i := range n {
			do(0, i)
		}
		return
	}
	const chunk = 8
	var next atomic.Int64
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for {
				end := int(next.Add(chunk))
				if end-chunk >= n {
					return
				}
				for i := end - chunk; i < min(end, n); i++ {
					do(worker, i)
				}
			}
		})
	}
	wg.Wait()
}

// decode makes an outcome of a record; a panic buries the record instead of stopping the partition.
func decode(r *eventlog.Record, rules *rules, memory *memory) (o outcome) {
	defer func() {
		if v := recover(); v != nil {
			o = buried(r, fmt.Sprintf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	if rules == nil {
		return dropped(r, store.Discarded, "project_deleted")
	}
	if isLogs(r.Kind) {
		return decodeLogs(r, rules, memory)
	}
	switch r.Kind {
	case eventlog.KindEvent:
		return decodeEvent(r, rules, memory, event.Parse)
	case eventlog.KindSecurity:
		return decodeEvent(r, rules, memory, event.ParseSecurityReport)
	case eventlog.KindFeedback:
		return decodeFeedback(r)
	case eventlog.KindLedger:
		return decodeLedger(r)
	case eventlog.KindAttachment:
		return decodeAttachment(r, rules)
	default:
		return buried(r, fmt.Sprintf("records of kind %d are not known to this version", r.Kind))
	}
}

// number gives rows their ids. An event has the index of its record, so that
// its id does not depend on what became of the records before it; the events of
// log entries follow behind, and log entries, which have a table of their own,
// are counted by themselves.
func (m *decoded) number() {
	extra, logs := len(m.Records), 0
	for i := range m.items {
		it := &m.items[i]
		for j := range it.events {
			index := it.index
			if isLogs(it.record().Kind) {
				index = extra
				extra++
			}
			it.events[j].ID, it.events[j].Seq = eventlog.RowID(m.Time, m.Seq, index), m.Seq
		}
		for j := range it.reports {
			it.reports[j].ID, it.reports[j].Seq = eventlog.RowID(m.Time, m.Seq, it.index), m.Seq
		}
		for j := range it.files {
			it.files[j].ID, it.files[j].Seq = eventlog.RowID(m.Time, m.Seq, it.index), m.Seq
		}
		for j := range it.logs {
			it.logs[j].ID, it.logs[j].Seq = eventlog.RowID(m.Time, m.Seq, logs), m.Seq
			logs++
		}
		it.cut(extra, logs)
	}
}

// isLogs tells the kinds of records that hold many entries.
func isLogs(k eventlog.Kind) bool {
	return k == eventlog.KindLogs || k == eventlog.KindOTLPLogs || k == eventlog.KindLogLines
}

// cut drops the rows for which a message has no ids left. The log packs
// messages so that this takes a container of absurdly short entries.
func (it *item) cut(events, logs int) {
	r := it.record()
	if over := min(events-eventlog.MaxRecords, len(it.events)); over > 0 {
		it.events = it.events[:len(it.events)-over]
		it.ledger = append(it.ledger, line(r, store.Failed, "too_many", int64(over)))
	}
	if over := min(logs-eventlog.MaxRecords, len(it.logs)); over > 0 {
		it.logs = it.logs[:len(it.logs)-over]
		it.ledger = append(it.ledger, line(r, store.Failed, "too_many", int64(over)))
	}
}

// rows gathers what the store shall write. origin says for each event which item it came from.
func (p *Processor) rows(b batch) (rows *store.Batch, origin []*item) {
	rows = &store.Batch{Partition: p.parts.Partition, Through: b.through(), Now: p.now().UnixMicro()}
	sums := ledger{}
	events := 0
	for it := range b.items() {
		events += len(it.events)
	}
	rows.Events, origin = make([]store.EventRow, 0, events), make([]*item, 0, events)
	for it := range b.items() {
		for range it.events {
			origin = append(origin, it)
		}
		rows.Events = append(rows.Events, it.events...)
		rows.Logs = append(rows.Logs, it.logs...)
		rows.Reports = append(rows.Reports, it.reports...)
		rows.Attachments = append(rows.Attachments, it.files...)
		sums.add(it.ledger)
	}
	rows.Ledger = sums.lines()
	for i := range rows.Ledger {
		rows.Ledger[i].Seq = rows.Through // a batch is wholly new or wholly applied, see splitAt
	}
	return rows, origin
}
