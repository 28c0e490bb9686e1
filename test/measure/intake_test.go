package measure

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/supervise"
)

const (
	// rate is how many events a second come in while something is measured.
	rate = 500
	// gather is how long a processor gathers events for a batch.
	gather = 100 * time.Millisecond
)

// intake is what ingestion does to a store: events are appended to the durable
// log one by one, and applied in the batches that gather there.
type intake struct {
	t     *testing.T
	store *sqlstore.Store
	log   *jetlog.Log
	live  stream
	stop  context.CancelFunc
	ended sync.WaitGroup
	begun time.Time

	mu  sync.Mutex
	lap time.Time // when the last report was made
	// acknowledged holds how long each append took from when it was due, applied each batch.
	acknowledged, applied durations
	events                int
}

// startIntake begins; what comes in follows the history.
func startIntake(t *testing.T, s setting, to *sqlstore.Store) *intake {
	t.Helper()
	log, err := jetlog.Open(t.Context(), jetlog.Options{Dir: s.logFolder(t)})
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := log.Consumer(log.Partitions()[0])
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	i := &intake{t: t, store: to, log: log, stop: stop, begun: time.Now(), lap: time.Now()}
	i.live = stream{partition: "live", seed: 2, projects: s.past().projects, from: end, step: gather}
	i.ended.Go(func() { i.append(ctx) })
	i.ended.Go(func() { i.process(ctx, consumer) })
	i.ended.Go(func() {
		if err := supervise.Every(200*time.Millisecond, 0, to.SettleWords).Serve(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("settle words: %v", err)
		}
	})
	return i
}

// append sends an event when it is due, whether or not the one before was answered.
func (i *intake) append(ctx context.Context) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	body := i.live.batch(0, 1).Events[0].Payload
	for n := 0; ctx.Err() == nil; n++ {
		due := i.begun.Add(time.Duration(n) * time.Second / rate)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return
		}
		waiting.Go(func() {
			err := i.log.Append(ctx, []eventlog.Record{{Kind: eventlog.KindEvent, ProjectID: 1, Received: due.UnixMicro(), Body: body}})
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				i.t.Errorf("append: %v", err)
			}
			i.mu.Lock()
			defer i.mu.Unlock()
			i.acknowledged = append(i.acknowledged, time.Since(due))
		})
	}
}

// process applies as many generated events as records gathered: decoding is not the store's work.
func (i *intake) process(ctx context.Context, from *jetlog.Consumer) {
	through, err := i.store.AppliedThrough(ctx, i.live.partition)
	if err != nil {
		i.t.Error(err)
	}
	for ctx.Err() == nil {
		messages, n := gathered(ctx, from)
		if n == 0 {
			continue
		}
		b := i.live.batch(through, n)
		begin := time.Now()
		if _, err := i.store.Apply(ctx, b); err != nil {
			if ctx.Err() == nil {
				i.t.Errorf("apply: %v", err)
			}
			return
		}
		i.noteApplied(time.Since(begin), n)
		through = b.Through
		if err := from.Ack(ctx, messages[len(messages)-1].Seq); err != nil && ctx.Err() == nil {
			i.t.Errorf("acknowledge: %v", err)
		}
	}
}

// gathered returns what comes in the time of a batch, and how many records that is.
func gathered(ctx context.Context, from *jetlog.Consumer) (messages []eventlog.Message, records int) {
	ctx, cancel := context.WithTimeout(ctx, gather)
	defer cancel()
	for records < perBatch {
		more, err := from.Next(ctx, perBatch-records)
		if err != nil { // the time is over
			break
		}
		messages = append(messages, more...)
		for _, m := range more {
			records += len(m.Records)
		}
	}
	return messages, records
}

func (i *intake) noteApplied(took time.Duration, n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.applied = append(i.applied, took)
	i.events += n
}

// report prints how ingestion did since the last report.
func (i *intake) report(during string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.applied) == 0 || len(i.acknowledged) == 0 {
		return
	}
	seconds := time.Since(i.lap).Seconds()
	fmt.Printf("intake %s: %d events at %.0f/s; Apply p50 %s p95 %s worst %s ms; acknowledgement p50 %s p99 %s worst %s ms\n",
		during, i.events, float64(i.events)/seconds, ms(i.applied.quantile(.5)), ms(i.applied.quantile(.95)), ms(i.applied.worst()),
		ms(i.acknowledged.quantile(.5)), ms(i.acknowledged.quantile(.99)), ms(i.acknowledged.worst()))
	i.applied, i.acknowledged, i.events, i.lap = nil, nil, 0, time.Now()
}

func (i *intake) halt() {
	i.stop()
	i.ended.Wait()
	if err := i.log.Close(context.Background()); err != nil {
		i.t.Error(err)
	}
}
