package measure

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/storetest"
)

const (
	perMessage = 100  // events in a message of storetest's generator
	perBatch   = 5000 // events applied together
)

// stream makes batches of one partition. A batch depends on the partition and
// its first message only, so that a load continues where it was interrupted.
type stream struct {
	partition string
	seed      uint64
	projects  []int64
	// from is when message 0 was written, step the time between messages.
	from time.Time
	step time.Duration
}

// batch returns n events after the given message.
func (s stream) batch(after uint64, n int) *store.Batch {
	g := storetest.NewGenerator(s.seed<<32+after, 500, s.projects...)
	g.Resume(after)
	g.Step = s.step
	g.Clock = s.from.Add(time.Duration(after) * s.step)
	return g.Batch(s.partition, n)
}

// past is the history: five of six events belong to project 1.
func (s setting) past() stream {
	step := history / time.Duration(max(1, s.events/perMessage))
	return stream{partition: "history", seed: 1, projects: []int64{1, 1, 1, 1, 1, 2}, from: end.Add(-history), step: step}
}

func (s setting) load(t *testing.T) {
	opened := s.open(t)
	fill(t, opened, s.past(), s.events)
	drain(t, opened)
	s.vacuum(t)
	reportBytes(t, opened, s.events)
}

// fill applies what a stream lacks of n events. The next batch is made while one is applied.
func fill(t *testing.T, to *sqlstore.Store, from stream, n int) {
	t.Helper()
	through, err := to.AppliedThrough(t.Context(), from.partition)
	if err != nil {
		t.Fatal(err)
	}
	batches := make(chan *store.Batch, 1)
	go func() {
		defer close(batches)
		for after := through; after < uint64(n/perMessage); after += perBatch / perMessage {
			select {
			case batches <- from.batch(after, min(perBatch, n-int(after)*perMessage)):
			case <-t.Context().Done():
				return
			}
		}
	}()
	var applied, payload int
	var took time.Duration
	for b := range batches {
		begin := time.Now()
		if _, err := to.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		took += time.Since(begin)
		applied += len(b.Events)
		for i := range b.Events {
			payload += len(b.Events[i].Payload)
		}
		if applied%100_000 == 0 {
			if err := to.AddPendingTags(t.Context()); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("%s: %d events, %.0f/s\n", from.partition, int(through)*perMessage+applied, float64(applied)/took.Seconds())
		}
	}
	if applied > 0 {
		fmt.Printf("%s: applied %d events of %d bytes at %.0f/s in batches of %d\n", from.partition, applied, payload/applied, float64(applied)/took.Seconds(), perBatch)
	}
}

// drain does the housekeeping of a night: write-ahead logs are emptied, indexes settle.
func drain(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	if err := errors.Join(s.AddPendingTags(t.Context()), s.SettleWords(t.Context()), s.Tidy(t.Context(), end.Add(72*time.Hour).UnixMicro())); err != nil {
		t.Fatal(err)
	}
}

// vacuum does what PostgreSQL's autovacuum has done by the time that a history is 30 days old.
func (s setting) vacuum(t *testing.T) {
	t.Helper()
	if !s.postgres() {
		return
	}
	db, err := pgx.Connect(t.Context(), s.place)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(t.Context(), "VACUUM (ANALYZE)")
	if err = errors.Join(err, db.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func reportBytes(t *testing.T, s *sqlstore.Store, events int) {
	t.Helper()
	disk, err := s.DiskBytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s: %d bytes an event on disk (%.2f GiB, all indexes included)\n", s.Backend(), disk/int64(max(1, events)), float64(disk)/(1<<30))
}
