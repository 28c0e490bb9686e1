package jetlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
)

const (
	// maxGroup and groupBytes end a micro-batch of several callers.
	maxGroup   = 500
	groupBytes = 4 << 20
	// maxCall and callBytes end a message of one caller: above them its records are split.
	maxCall   = 2000
	callBytes = 24 << 20
	// maxBody is the largest body a single record may have.
	maxBody = 64 << 20
)

var (
	errClosing = &fault.Error{Code: fault.Unavailable, Message: "the server is shutting down; send again shortly", RetryAfter: 5 * time.Second}
	errDown    = &fault.Error{Code: fault.Unavailable, Message: "the event log is not running; see the server's log", RetryAfter: 10 * time.Second}
	errBusy    = &fault.Error{Code: fault.Unavailable, Message: "too much is waiting to be written to the event log; send again shortly", RetryAfter: time.Second}
)

// Append implements eventlog.Appender. It returns a fault.TooLarge error for a
// record whose body is larger than 64 MiB, or does not compress below 30 MiB.
//
// When ctx ends while the records are being written, Append still waits for
// the outcome (at most 15 s), because the writer reads the callers' buffers.
func (l *Log) Append(ctx context.Context, records []eventlog.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := l.Ready(); err != nil {
		return err
	}
	requests, size, err := l.split(records)
	if err != nil {
		return err
	}
	if l.waiting.Add(size) > l.opts.MaxWaiting && size < l.waiting.Load() {
		l.waiting.Add(-size)
		return errBusy
	}
	defer l.waiting.Add(-size)
	for _, r := range requests {
		l.writers[r.partition].offer(r)
	}
	for _, r := range requests {
		err = errors.Join(err, r.wait(ctx))
	}
	return firstFault(err)
}

// firstFault keeps the error a caller can act on when several partitions failed.
func firstFault(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return err
}

// split cuts one call's records into requests: one per partition, more where
// they exceed a message. size is the memory they hold until they are durable.
func (l *Log) split(records []eventlog.Record) (requests []*request, size int64, err error) {
	open := make([]*request, l.opts.Partitions)
	for i := range records {
		r := &records[i]
		if len(r.Body) > maxBody {
			return nil, 0, fault.New(fault.TooLarge, "an item of %d bytes is larger than the %d bytes that are accepted", len(r.Body), maxBody)
		}
		p := partitionOf(r.ProjectID, l.opts.Partitions)
		c := costOf(r)
		if open[p] == nil || !open[p].cost.add(c).within(maxCall, callBytes) {
			open[p] = newRequest(p)
			requests = append(requests, open[p])
		}
		open[p].add(records, i, c)
		size += int64(c.bytes)
	}
	return requests, size, nil
}

// cost is what records take of a message's bounds.
type cost struct {
	records int
	// rows estimates, from above, the rows the records become: see eventlog.MaxRecords.
	rows  int
	bytes int
}

// costOf reckons 64 bytes as the least a log entry takes of its container.
func costOf(r *eventlog.Record) cost {
	const overhead = 256
	c := cost{records: 1, rows: 1, bytes: len(r.Body) + overhead}
	switch r.Kind {
	case eventlog.KindLogs, eventlog.KindOTLPLogs, eventlog.KindLogLines:
		c.rows += len(r.Body) / 64
	}
	return c
}

func (c cost) add(d cost) cost {
	return cost{records: c.records + d.records, rows: c.rows + d.rows, bytes: c.bytes + d.bytes}
}

func (c cost) within(records, bytes int) bool {
	return c.records <= records && c.bytes <= bytes && c.rows <= eventlog.MaxRecords
}

// request is what one caller wants in one message.
type request struct {
	partition int
	records   []eventlog.Record
	cost      cost
	// state goes from queued to taken (the writer reads the records) or to given up (the caller left).
	state atomic.Int32
	done  chan error
}

const (
	queued int32 = iota
	taken
	givenUp
)

func newRequest(partition int) *request {
	return &request{partition: partition, done: make(chan error, 1)}
}

// add keeps a sub-slice of the caller's records while they are adjacent, which
// on one partition is always, and a copy of the headers otherwise.
func (r *request) add(all []eventlog.Record, i int, c cost) {
	r.cost = r.cost.add(c)
	n := len(r.records)
	if n == 0 {
		r.records = all[i : i+1 : i+1]
		return
	}
	if i >= n && &all[i-n] == &r.records[0] {
		r.records = all[i-n : i+1 : i+1]
		return
	}
	r.records = append(r.records, all[i])
}

func (r *request) wait(ctx context.Context) error {
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.state.CompareAndSwap(queued, givenUp) {
			return fmt.Errorf("append to event log: %w", context.Cause(ctx))
		}
		return <-r.done
	}
}

// full turns an error of the stream into what a client should do about it.
func (l *Log) full(err error) error {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		switch api.ErrorCode {
		case streamStoreFailed, storageExceeded:
			return &fault.Error{
				Code: fault.Unavailable, RetryAfter: 10 * time.Second, Err: err,
				Message: "the event log is full because events are not processed fast enough or the database is down; intake resumes by itself",
			}
		}
	}
	return &fault.Error{Code: fault.Unavailable, RetryAfter: 5 * time.Second, Err: err, Message: "the event log could not write; send again shortly"}
}

// Error codes of the JetStream API (nats-server, errors.json).
const (
	streamStoreFailed jetstream.ErrorCode = 10077
	storageExceeded   jetstream.ErrorCode = 10047
)

// spaceGuard refuses intake while the disk has less free space than its floor.
// It looks at the disk at most every spaceInterval, when asked.
type spaceGuard struct {
	dir   string
	floor int64
	free  func(string) (int64, error)

	mu   sync.Mutex
	last time.Time
	err  error
}

func (g *spaceGuard) check(now time.Time) error {
	if g.floor < 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.last.IsZero() && now.Sub(g.last) < spaceInterval {
		return g.err
	}
	g.last = now
	free, err := g.free(g.dir)
	switch {
	case err != nil:
		g.err = fault.Wrap(err, fault.Unavailable, "the free space of the event log's disk cannot be read")
	case free < g.floor:
		g.err = &fault.Error{
			Code: fault.Unavailable, RetryAfter: 30 * time.Second,
			Message: fmt.Sprintf("intake is paused: the disk has %d MiB free, less than the floor of %d MiB; free some space and it resumes by itself", free>>20, g.floor>>20),
		}
	default:
		g.err = nil
	}
	return g.err
}
