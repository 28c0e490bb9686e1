package jetlog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/mesher/mesher/internal/eventlog"
)

const (
	// prefetch bounds the packed messages in memory; the largest common ones take about 500 KB.
	prefetch = 64
	// ackInterval is how long acknowledged messages may stay in the stream.
	// Removing them costs a file rewrite, so it is done for many at once; after
	// a crash what was acknowledged within it is handed out again.
	ackInterval  = time.Second
	purgeTimeout = 10 * time.Second
)

// Consumer implements eventlog.Consumer for one partition. Lag may be called from any goroutine.
//
// It needs no state of its own in the server: what the stream still holds of
// the partition is what was not acknowledged.
type Consumer struct {
	log       *Log
	partition partition
	name      string

	feed    *feed
	pending []packed
	memory  memory

	purgeMu sync.Mutex
	floor   uint64 // everything up to it is acknowledged
	purged  uint64
	timer   *time.Timer
	closed  bool
}

// packed is a message as it came from the stream.
type packed struct {
	seq     uint64
	written time.Time
	data    []byte
}

// Consumer opens a partition that Partitions named. A partition must have one Consumer at a time.
func (l *Log) Consumer(name string) (*Consumer, error) {
	parts := slices.Clone(l.leftover)
	for i := range l.opts.Partitions {
		parts = append(parts, partition{of: l.opts.Partitions, index: i})
	}
	i := slices.IndexFunc(parts, func(p partition) bool { return l.name(p) == name })
	if i < 0 {
		return nil, fmt.Errorf("event log has no partition %q", name)
	}
	c := &Consumer{log: l, partition: parts[i], name: name}
	l.consumersMu.Lock()
	defer l.consumersMu.Unlock()
	l.consumers = append(l.consumers, c)
	return c, nil
}

// Name is the partition's name.
func (c *Consumer) Name() string { return c.name }

// Next implements eventlog.Consumer. A message that cannot be unpacked is
// buried whole and returned without records, so that it can be acknowledged.
func (c *Consumer) Next(ctx context.Context, limit int) ([]eventlog.Message, error) {
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	var out []eventlog.Message
	p, err := c.await(ctx)
	if err != nil {
		return nil, err
	}
	for records, ok := 0, true; ok; {
		m, err := c.unpack(ctx, p)
		if err != nil {
			c.putBack(p)
			return out, err
		}
		if len(out) > 0 && records+len(m.Records) > limit {
			c.putBack(p)
			return out, nil
		}
		out = append(out, m)
		if records += max(len(m.Records), 1); records >= limit {
			break
		}
		p, ok = c.ready()
	}
	return out, nil
}

func (c *Consumer) putBack(p packed) { c.pending = append([]packed{p}, c.pending...) }

// ready returns the following message when it is there already.
func (c *Consumer) ready() (packed, bool) {
	if len(c.pending) > 0 {
		p := c.pending[0]
		c.pending = c.pending[1:]
		return p, true
	}
	select {
	case p := <-c.feed.messages:
		return p, true
	default:
		return packed{}, false
	}
}

// await returns the following message as soon as it is there.
func (c *Consumer) await(ctx context.Context) (packed, error) {
	if p, ok := c.ready(); ok {
		return p, nil
	}
	select {
	case p := <-c.feed.messages:
		return p, nil
	case <-ctx.Done():
		return packed{}, fmt.Errorf("wait for event log: %w", context.Cause(ctx))
	case <-c.log.closed:
		return packed{}, errClosing
	}
}

func (c *Consumer) unpack(ctx context.Context, p packed) (eventlog.Message, error) {
	m := eventlog.Message{Seq: p.seq, Time: p.written}
	records, err := c.log.unpacker.unpack(p.data, func(n int) []byte { return c.memory.take(n, p.seq) })
	if err != nil {
		c.log.opts.Logger.Error("event log message cannot be read; it is kept as a dead letter", "seq", p.seq, "error", err)
		return m, c.log.bury(ctx, burial{id: c.deadID(p.seq, -1), why: eventlog.Cause{Detail: err.Error()}, data: p.data, written: p.written})
	}
	m.Records = records
	return m, nil
}

// Ack implements eventlog.Consumer. It returns at once; the messages leave the
// stream within a second.
func (c *Consumer) Ack(_ context.Context, through uint64) error {
	c.purgeMu.Lock()
	defer c.purgeMu.Unlock()
	c.floor = max(c.floor, through)
	c.memory.release(c.floor)
	if c.timer == nil && !c.closed {
		c.timer = time.AfterFunc(ackInterval, c.purgeLater)
	}
	return nil
}

func (c *Consumer) acknowledged() uint64 {
	c.purgeMu.Lock()
	defer c.purgeMu.Unlock()
	return c.floor
}

func (c *Consumer) purgeLater() {
	ctx, cancel := context.WithTimeout(context.Background(), purgeTimeout)
	defer cancel()
	if err := c.purge(ctx); err != nil {
		c.log.opts.Logger.Warn("removing processed messages from the event log failed; will try again", "error", err)
	}
}

// purge removes what was acknowledged from the stream.
func (c *Consumer) purge(ctx context.Context) error {
	c.purgeMu.Lock()
	defer c.purgeMu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if c.floor <= c.purged {
		return nil
	}
	opts := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSequence(c.floor + 1)}
	if c.log.opts.Partitions > 1 || len(c.log.leftover) > 0 {
		// Filtered purges go message by message; a lone partition drops whole blocks.
		opts = append(opts, jetstream.WithPurgeSubject(c.partition.subject()))
	}
	if err := c.log.stream.Purge(ctx, opts...); err != nil {
		if !c.closed {
			c.timer = time.AfterFunc(ackInterval, c.purgeLater)
		}
		return fmt.Errorf("purge event log through %d: %w", c.floor, err)
	}
	c.purged = c.floor
	return nil
}

// Bury implements eventlog.Consumer. Burying the same record of the same message twice keeps it once.
func (c *Consumer) Bury(ctx context.Context, m eventlog.Message, index int, why eventlog.Cause) error {
	var p packer
	data, err := p.pack([][]eventlog.Record{m.Records[index : index+1]})
	if err != nil {
		return fmt.Errorf("bury record: %w", err)
	}
	return c.log.bury(ctx, burial{id: c.deadID(m.Seq, index), why: why, data: data, written: m.Time})
}

func (c *Consumer) deadID(seq uint64, index int) string {
	return fmt.Sprintf("%s-%d-%d", c.log.identity, seq, index)
}

// Rewind implements eventlog.Consumer.
func (c *Consumer) Rewind(context.Context) error {
	c.stopFeed()
	return nil
}

// Lag implements eventlog.Consumer.
func (c *Consumer) Lag(ctx context.Context) (uint64, error) {
	if err := c.purge(ctx); err != nil {
		return 0, err
	}
	subject := c.partition.subject()
	info, err := c.log.stream.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return 0, fmt.Errorf("read event log state: %w", err)
	}
	return info.State.Subjects[subject], nil
}

// settle removes what was acknowledged from the stream, for the last time.
func (c *Consumer) settle(ctx context.Context) error {
	c.purgeMu.Lock()
	c.closed = true
	c.purgeMu.Unlock()
	return c.purge(ctx)
}

func (c *Consumer) start(ctx context.Context) error {
	if c.feed != nil {
		return nil
	}
	f, err := c.log.subscribe(ctx, c.partition.subject(), c.acknowledged()+1)
	if err != nil {
		return err
	}
	c.feed = f
	return nil
}

func (c *Consumer) stopFeed() {
	if c.feed != nil {
		c.feed.stop()
		c.feed = nil
	}
	c.pending = nil
	c.memory.forget()
}

// feed prefetches the messages of a subject in order.
type feed struct {
	messages chan packed
	stopped  chan struct{}
	closed   <-chan struct{} // the log's
	once     sync.Once
	consume  jetstream.ConsumeContext
}

// subscribe starts a feed. The library's ordered consumer notices gaps and lost
// connections and resumes after the last message handed over.
func (l *Log) subscribe(ctx context.Context, subject string, from uint64) (*feed, error) {
	cons, err := l.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{subject},
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       from,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("consume event log: %w", err)
	}
	f := &feed{messages: make(chan packed, prefetch/2), stopped: make(chan struct{}), closed: l.closed}
	f.consume, err = cons.Consume(f.handle, jetstream.PullMaxMessages(prefetch/2),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			l.opts.Logger.Debug("event log consumer", "subject", subject, "error", err)
		}))
	if err != nil {
		return nil, fmt.Errorf("consume event log: %w", err)
	}
	return f, nil
}

func (f *feed) handle(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return // not a message of the stream
	}
	select {
	case f.messages <- packed{seq: meta.Sequence.Stream, written: meta.Timestamp, data: msg.Data()}:
	case <-f.stopped:
	case <-f.closed:
	}
}

func (f *feed) stop() {
	f.once.Do(func() {
		close(f.stopped)
		f.consume.Stop()
	})
}

// burial is one dead letter on its way.
type burial struct {
	id      string
	why     eventlog.Cause
	data    []byte
	written time.Time
}

func (l *Log) bury(ctx context.Context, b burial) error {
	msg := nats.NewMsg("dead")
	msg.Header.Set(reasonHeader, headerText(b.why.Detail))
	msg.Header.Set(countedHeader, headerText(b.why.Counted))
	msg.Data = b.data
	if _, err := l.js.PublishMsg(ctx, msg, jetstream.WithMsgID(b.id)); err != nil {
		return fmt.Errorf("write dead letter: %w", err)
	}
	return nil
}
