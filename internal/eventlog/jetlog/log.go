package jetlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/mesher/mesher/internal/eventlog"
)

const (
	ingestStream = "INGEST"
	deadStream   = "DEAD"
	// identityKey names the stream for good: partitions carry it, so that a log
	// that starts over at sequence 1 is never taken for one that was applied already.
	identityKey = "mesher_id"
)

// Log is an open event log. It is safe for concurrent use.
type Log struct {
	opts     Options
	srv      *server.Server
	lock     *os.File
	unpacker *unpacker

	// One connection per role: see connect.
	publishing, consuming, facts *nats.Conn

	js       jetstream.JetStream
	stream   jetstream.Stream
	dead     jetstream.Stream
	identity string
	leftover []partition

	writers []*writer
	waiting atomic.Int64
	space   spaceGuard

	closeOnce sync.Once
	closed    chan struct{}

	consumersMu sync.Mutex
	consumers   []*Consumer
}

var (
	_ eventlog.Appender  = (*Log)(nil)
	_ eventlog.Facts     = (*Log)(nil)
	_ eventlog.Graveyard = (*Log)(nil)
	_ eventlog.Consumer  = (*Consumer)(nil)
)

// Open starts the log under o.Dir. What was appended and not acknowledged
// before is still there. Only one process may have a directory open.
func Open(ctx context.Context, o Options) (_ *Log, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create event log directory: %w", err)
	}
	l := &Log{opts: o, closed: make(chan struct{}), space: spaceGuard{dir: o.Dir, floor: o.MinFree, free: o.freeSpace}}
	defer func() {
		if err != nil {
			l.stop()
		}
	}()
	if l.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	if l.unpacker, err = newUnpacker(); err != nil {
		return nil, err
	}
	if l.srv, err = startServer(o); err != nil {
		return nil, err
	}
	if err := l.connect(); err != nil {
		return nil, err
	}
	if err := l.openStreams(ctx); err != nil {
		return nil, err
	}
	return l, l.startWriters()
}

func (l *Log) connect() error {
	for name, nc := range map[string]**nats.Conn{"publish": &l.publishing, "consume": &l.consuming, "facts": &l.facts} {
		var err error
		if *nc, err = connect(l.srv, name, l.opts.Logger); err != nil {
			return err
		}
	}
	var err error
	if l.js, err = jetstream.New(l.consuming); err != nil {
		return fmt.Errorf("open event log: %w", err)
	}
	return nil
}

func (l *Log) openStreams(ctx context.Context) error {
	config := jetstream.StreamConfig{
		Name:      ingestStream,
		Subjects:  []string{"ingest.>"},
		Retention: jetstream.LimitsPolicy,
		Storage:   jetstream.FileStorage,
		Discard:   jetstream.DiscardNew,
		MaxBytes:  l.opts.MaxBytes,
		MaxMsgs:   -1,
	}
	identity, err := l.identityOf(ctx, ingestStream)
	if err != nil {
		return err
	}
	config.Metadata = map[string]string{identityKey: identity}
	l.identity = identity
	if l.stream, err = l.js.CreateOrUpdateStream(ctx, config); err != nil {
		return fmt.Errorf("open event log stream: %w", err)
	}
	l.dead, err = l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:       deadStream,
		Subjects:   []string{"dead"},
		Storage:    jetstream.FileStorage,
		Discard:    jetstream.DiscardOld,
		MaxBytes:   deadBytes,
		MaxMsgs:    100_000,
		Duplicates: 2 * time.Hour,
	})
	if err != nil {
		return fmt.Errorf("open dead-letter stream: %w", err)
	}
	return l.findLeftovers(ctx)
}

// identityOf returns the identity of an existing stream, or a new one.
func (l *Log) identityOf(ctx context.Context, stream string) (string, error) {
	s, err := l.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nuid.Next()[:10], nil
	}
	if err != nil {
		return "", fmt.Errorf("look up event log stream: %w", err)
	}
	id := s.CachedInfo().Config.Metadata[identityKey]
	if id == "" {
		return "", fmt.Errorf("event log stream in %s has no identity; it was not made by Mesher", l.opts.Dir)
	}
	return id, nil
}

// findLeftovers lists partitions of an earlier partition count that still hold messages.
func (l *Log) findLeftovers(ctx context.Context) error {
	info, err := l.stream.Info(ctx, jetstream.WithSubjectFilter("ingest.>"))
	if err != nil {
		return fmt.Errorf("read event log state: %w", err)
	}
	for subject := range info.State.Subjects {
		var p partition
		if _, err := fmt.Sscanf(subject, "ingest.%d.%d", &p.of, &p.index); err != nil {
			return fmt.Errorf("event log holds messages on unknown subject %q", subject)
		}
		if p.of != l.opts.Partitions {
			l.leftover = append(l.leftover, p)
		}
	}
	slices.SortFunc(l.leftover, func(a, b partition) int { return strings.Compare(a.subject(), b.subject()) })
	return nil
}

func (l *Log) startWriters() error {
	js, err := jetstream.New(l.publishing, jetstream.WithPublishAsyncTimeout(publishTimeout))
	if err != nil {
		return fmt.Errorf("open event log: %w", err)
	}
	for i := range l.opts.Partitions {
		w := newWriter(l, js, partition{of: l.opts.Partitions, index: i}.subject())
		l.writers = append(l.writers, w)
		go w.run()
	}
	return nil
}

// partition is a share of the projects: those whose id hashes to index out of of.
type partition struct{ of, index int }

func (p partition) subject() string { return fmt.Sprintf("ingest.%d.%d", p.of, p.index) }

func (l *Log) name(p partition) string { return fmt.Sprintf("%s.%d.%d", l.identity, p.of, p.index) }

// Partitions names every partition that must be consumed: those that Append
// writes to, after those an earlier partition count left behind. The names are
// unique for this log and are what the store's applied sequence is kept under.
func (l *Log) Partitions() []string {
	var names []string
	for _, p := range l.leftover {
		names = append(names, l.name(p))
	}
	for i := range l.opts.Partitions {
		names = append(names, l.name(partition{of: l.opts.Partitions, index: i}))
	}
	return names
}

// partitionOf spreads project ids evenly whatever their pattern (splitmix64).
func partitionOf(projectID int64, partitions int) int {
	x := uint64(projectID) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(partitions))
}

// Advance makes the next message's sequence larger than applied. The store may
// know a higher sequence than the log after a power failure under durability OS,
// or when an older copy of the log's files was put back: new messages would then
// be taken for applied ones. Call it before the first Append.
func (l *Log) Advance(ctx context.Context, applied uint64) error {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("read event log state: %w", err)
	}
	if applied <= info.State.LastSeq {
		return nil
	}
	l.opts.Logger.Warn("event log is behind the store; skipping ahead", "log", info.State.LastSeq, "store", applied)
	if err := l.stream.Purge(ctx, jetstream.WithPurgeSequence(applied+1)); err != nil {
		return fmt.Errorf("advance event log to sequence %d: %w", applied, err)
	}
	return nil
}

// Backlog is what waits to be processed.
type Backlog struct {
	Messages uint64
	Bytes    uint64
	// MaxBytes is the bound at which Append refuses.
	MaxBytes uint64
	// Oldest is when the oldest waiting message was written, zero when nothing waits.
	Oldest time.Time
	// Waiting is the bytes of Appends that are not durable yet.
	Waiting int64
}

// Backlog asks the stream what waits. With several partitions, what was
// acknowledged within the last second still counts.
func (l *Log) Backlog(ctx context.Context) (Backlog, error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return Backlog{}, fmt.Errorf("read event log state: %w", err)
	}
	b := Backlog{MaxBytes: uint64(l.opts.MaxBytes), Waiting: l.waiting.Load()}
	if info.State.Msgs == 0 || info.State.LastSeq <= l.settled() {
		return b, nil
	}
	b.Messages, b.Bytes, b.Oldest = info.State.Msgs, info.State.Bytes, info.State.FirstTime
	b.Messages = min(b.Messages, info.State.LastSeq-l.settled())
	return b, nil
}

// settled is the sequence up to which everything is acknowledged, as far as one floor can tell.
func (l *Log) settled() uint64 {
	l.consumersMu.Lock()
	defer l.consumersMu.Unlock()
	if len(l.Partitions()) > 1 {
		return 0
	}
	through := uint64(0)
	for _, c := range l.consumers {
		through = max(through, c.acknowledged())
	}
	return through
}

// Ready returns nil while Append would accept records, else the error it would give.
func (l *Log) Ready() error {
	select {
	case <-l.closed:
		return errClosing
	default:
	}
	if !l.srv.Running() || !l.srv.JetStreamEnabled() {
		return errDown
	}
	return l.space.check(time.Now())
}

// Close refuses new Appends, makes durable what was taken, and stops the server.
// It waits for them until ctx ends.
func (l *Log) Close(ctx context.Context) error {
	var err error
	l.closeOnce.Do(func() {
		close(l.closed)
		for _, w := range l.writers {
			err = errors.Join(err, w.finish(ctx))
		}
		l.consumersMu.Lock()
		consumers := l.consumers
		l.consumersMu.Unlock()
		for _, c := range consumers {
			err = errors.Join(err, c.settle(ctx))
		}
		l.stop()
	})
	return err
}

func (l *Log) stop() {
	for _, nc := range []*nats.Conn{l.publishing, l.consuming, l.facts} {
		if nc != nil {
			nc.Close()
		}
	}
	if l.srv != nil {
		l.srv.Shutdown()
		l.srv.WaitForShutdown()
	}
	if l.lock != nil {
		_ = l.lock.Close()
	}
}
