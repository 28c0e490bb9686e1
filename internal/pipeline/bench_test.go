package pipeline

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// sampleBody is an event of about 6 KB: one of 500 bugs, with everything an SDK sends.
func sampleBody(n int) string {
	bug := n * 7919 % 500
	b := fmt.Appendf(nil, `{"event_id":"%032x","timestamp":%d.25,"platform":"python","level":"error","release":"shop@1.%d.0","environment":"production","server_name":"web-%d",`,
		n+1, time.Now().Unix(), bug%5, n%9)
	b = fmt.Appendf(b, `"transaction":"/api/orders/{id}","tags":{"region":"eu-%d","tier":"gold","build":"%d"},"user":{"id":"%d","ip_address":"10.0.0.%d"},`, n%3, bug, n%2000, n%250)
	b = append(b, `"exception":{"values":[{"type":"ValueError`...)
	b = fmt.Appendf(b, `%d","value":"order %d of customer %x cannot be paid","module":"shop.orders","mechanism":{"type":"django","handled":false},"stacktrace":{"frames":[`, bug, n, n*31)
	for i := range 22 {
		b = fmt.Appendf(b, `{"function":"step_%d_%d","module":"shop.module_%d","filename":"shop/module_%d.py","abs_path":"/srv/app/shop/module_%d.py","lineno":%d,"in_app":%v,"context_line":"        return self.call(%d)","vars":{"order_id":"%d"}},`,
			bug, i, i, i, i, 10+i, i%2 == 0, i, n)
	}
	b[len(b)-1] = ']'
	b = append(b, `}}]},"breadcrumbs":{"values":[`...)
	for i := range 8 {
		b = fmt.Appendf(b, `{"timestamp":%d,"category":"http","message":"GET /api/items/%d","level":"info","data":{"status_code":200}},`, time.Now().Unix(), n+i)
	}
	b[len(b)-1] = ']'
	b = append(b, `},"request":{"url":"https://shop.example/api/orders/7","method":"POST","headers":{"User-Agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","Accept":"*/*"}},`...)
	b = append(b, `"contexts":{"runtime":{"name":"CPython","version":"3.13.1"},"os":{"name":"Linux","version":"6.1"}},"sdk":{"name":"sentry.python","version":"2.1.0"}}`...)
	return string(b)
}

// BenchmarkProcess is decode → group → SQLite → facts → acknowledge, from a log
// on disk. CPU is user and system time of the whole process.
func BenchmarkProcess(b *testing.B) {
	r := newRig(b, sqltest.SQLite(b))
	var records []eventlog.Record
	size := 0
	for i := range b.N {
		rec := r.raw(i, sampleBody(i))
		size += len(rec.Body)
		records = append(records, rec)
		if len(records) == 200 || i == b.N-1 {
			if err := r.log.Append(b.Context(), records); err != nil {
				b.Fatal(err)
			}
			records = nil
		}
	}
	p := r.processor(Options{}, nil)
	b.SetBytes(int64(size / b.N))
	b.ReportAllocs()
	b.ResetTimer()
	used := cpu(b)
	if err := r.drain(p); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((cpu(b)-used).Microseconds())/float64(b.N), "CPUµs/event")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDecode is the pure part for one event.
func BenchmarkDecode(b *testing.B) {
	rules := newRules(org.Project{ID: 1, Slug: "shop"})
	body := sampleBody(7)
	rec := &eventlog.Record{Kind: eventlog.KindEvent, ProjectID: 1, Received: time.Now().UnixMicro(), EventID: [16]byte{1}, Body: []byte(body)}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var o outcome
	m := &memory{events: new(event.Memory)}
	for b.Loop() {
		o = decode(rec, rules, m)
		m.release()
	}
	if len(o.events) != 1 {
		b.Fatalf("outcome = %+v", o)
	}
}

func BenchmarkTell(b *testing.B) {
	rules := newRules(org.Project{ID: 1, Slug: "shop"})
	rec := &eventlog.Record{Kind: eventlog.KindEvent, ProjectID: 1, Received: time.Now().UnixMicro(), Body: []byte(sampleBody(7))}
	o := decode(rec, rules, new(memory))
	p := New(Parts{}, Options{})
	b.ReportAllocs()
	var facts []eventlog.Fact
	for b.Loop() {
		var err error
		if facts, err = p.eventFacts(b.Context(), facts[:0], rules, told{&o.events[0], store.Applied{IssueID: 1}}); err != nil {
			b.Fatal(err)
		}
	}
}
