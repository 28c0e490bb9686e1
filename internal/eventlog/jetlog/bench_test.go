package jetlog

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/logtest"
)

// sample makes an event of about 5 KB that compresses as real ones do.
func sample(n int) eventlog.Record {
	r := logtest.Record(1, n)
	b := fmt.Appendf(nil, `{"event_id":"%032x","message":"order %d of %x failed","exception":{"values":[{"stacktrace":{"frames":[`, n, n, n*2654435761)
	for i := range 30 {
		b = fmt.Appendf(b, `{"function":"handle_%d","module":"shop.module_%x","filename":"shop/file_%d.py","lineno":%d,"in_app":%v,"context_line":"    return call(%d)"},`,
			i, (n+i)*40503, i, n%997+i, i%2 == 0, n*i)
	}
	r.Body = append(b, `]}}]},"tags":{"browser":"Firefox"}}`...)
	return r
}

// BenchmarkAppend is 64 callers that each append one event at a time, at durability disk.
func BenchmarkAppend(b *testing.B) {
	for _, durability := range []Durability{Disk, OS} {
		b.Run(string(durability), func(b *testing.B) {
			l, c := open(b, Options{Dir: b.TempDir(), Durability: durability})
			go drain(b, c)
			const callers = 64
			records := make([]eventlog.Record, 256)
			for i := range records {
				records[i] = sample(i)
			}
			latencies := make([][]time.Duration, callers)
			var wg sync.WaitGroup
			b.SetBytes(int64(len(records[0].Body)))
			b.ReportAllocs()
			b.ResetTimer()
			for w := range callers {
				wg.Go(func() {
					for i := w; i < b.N; i += callers {
						start := time.Now()
						if err := l.Append(b.Context(), records[i%256:i%256+1]); err != nil {
							b.Error(err)
							return
						}
						latencies[w] = append(latencies[w], time.Since(start))
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			all := slices.Concat(latencies...)
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1e3, "p50-ms")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1e3, "p99-ms")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func drain(b *testing.B, c *Consumer) {
	for {
		messages, err := c.Next(b.Context(), 2000)
		if err != nil {
			return
		}
		if err := c.Ack(b.Context(), messages[len(messages)-1].Seq); err != nil {
			return
		}
	}
}

func BenchmarkPack(b *testing.B) {
	var p packer
	batch := make([][]eventlog.Record, 64)
	for i := range batch {
		batch[i] = []eventlog.Record{sample(i)}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.pack(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/event")
}

func BenchmarkUnpack(b *testing.B) {
	u := mustUnpacker(b)
	batch := make([][]eventlog.Record, 64)
	for i := range batch {
		batch[i] = []eventlog.Record{sample(i)}
	}
	data := mustPack(b, batch...)
	b.ReportAllocs()
	for b.Loop() {
		records, err := u.unpack(data, ownMemory)
		if err != nil || !bytes.Equal(records[3].Body, batch[3][0].Body) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/event")
	b.ReportMetric(float64(len(data))/64, "packed-B/event")
}
