package sqlstore_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// BenchmarkApply applies batches of 1000 events of 7 KB. CPU is that of this
// process; PostgreSQL's own comes on top.
func BenchmarkApply(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		dir := b.TempDir()
		s, err := sqlstore.Open(b.Context(), sqlstore.Options{DataDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		n := applyBatches(b, s)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(folderSize(b, dir))/float64(n), "bytes/event")
	})
	b.Run("postgres", func(b *testing.B) {
		s := sqltest.Postgres(b)
		applyBatches(b, s)
	})
}

func applyBatches(b *testing.B, s *sqlstore.Store) (events int) {
	g := storetest.NewGenerator(1, 500, 1, 2, 3)
	var prepared []*store.Batch
	for range 4 {
		prepared = append(prepared, g.Batch("p0", 1000))
	}
	var spent time.Duration
	var cpu time.Duration
	for b.Loop() {
		b.StopTimer()
		if len(prepared) == 0 {
			prepared = append(prepared, g.Batch("p0", 1000))
		}
		batch := prepared[0]
		prepared = prepared[1:]
		b.StartTimer()
		begin, used := time.Now(), processCPU(b)
		if _, err := s.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(begin)
		cpu += processCPU(b) - used
		events += len(batch.Events)
	}
	b.ReportMetric(float64(events)/spent.Seconds(), "events/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(events), "CPUµs/event")
	return events
}

func processCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func folderSize(b testing.TB, dir string) (total int64) {
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return total
}
