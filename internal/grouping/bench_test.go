package grouping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
)

// deepEvent has one exception with n frames, libraries nearest and the application's code below.
func deepEvent(platform string, n int) *event.Event {
	frames := make([]event.Frame, n)
	for i := range frames {
		frames[i] = event.Frame{
			Module: fmt.Sprintf("com.acme.shop.part%d.Service", i), Function: fmt.Sprintf("handle%d", i), Filename: "Service.java",
			AbsPath: fmt.Sprintf("/srv/app/releases/20240102030405/part%d/Service.java", i), Line: 10 + i,
		}
		if i >= n*2/3 {
			frames[i].Module = "org.springframework.web.servlet.FrameworkServlet"
		}
	}
	return &event.Event{
		Platform: platform, Transaction: "POST /checkout",
		Exceptions: []event.Exception{{Type: "TimeoutException", Value: "order 17 timed out after 250ms at 10.0.0.7:5432", Stacktrace: &event.Stacktrace{Frames: frames}}},
	}
}

func BenchmarkGroup30Frames(b *testing.B) {
	g := New(Rules{})
	for _, platform := range []string{"java", "python", "node", "go", "native"} {
		e := deepEvent(platform, 30)
		b.Run(platform, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Group(e)
			}
		})
	}
}

func BenchmarkParameterize(b *testing.B) {
	lines := map[string]string{
		"words":  "connection to the payment gateway was refused while settling the batch",
		"values": "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38865049064139660 terminating",
		"mixed":  "Failed password for invalid user test9 from 52.80.34.196 port 36060 ssh2 after 250ms at 2024-01-02T03:04:05Z",
		"json":   `upstream said {"error": "not found", "id": 8812, "trace": "0af7651916cd43dd8448eb211c80319c"} for GET https://api.test/v1/orders/17`,
	}
	for name, line := range lines {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(line)))
			buf := make([]byte, 0, 512)
			for b.Loop() {
				buf = AppendParameterized(buf[:0], line)
			}
		})
	}
}

// hostile are texts that make careless scanners slow.
func hostile(n int) map[string]string {
	all := map[string]string{}
	for _, unit := range []string{"a", "1", "a1", "a.", "1.", "a-", "a_", "_1", "/", "/a", "\\", "\\\\", "\"", "'", "\"a\":\"", "a=", "a='", ":", "::", "1:", "a:", "@", "a@", "a@b.", "0x", "<n>", "<n>,", "(", ")", "()", " (", "-", "+1", "$$Lambda", "{{", "a b ", "1 ", "1, ", "x<n> ", "ä", "Jan ", "Mon ", "http://", "status ", "user ", "for user ", "1e", "1,111", "aB1", "9a-", "00:", "A1b2C3"} {
		all[unit] = strings.Repeat(unit, n/len(unit)+1)[:n]
	}
	return all
}

func BenchmarkParameterizeHostile(b *testing.B) {
	for unit, text := range hostile(1 << 20) {
		b.Run(fmt.Sprintf("%q", unit), func(b *testing.B) {
			buf := make([]byte, 0, 16<<10)
			for b.Loop() {
				buf = AppendParameterized(buf[:0], text)
			}
		})
	}
}

func BenchmarkLearn(b *testing.B) {
	l := NewLearner()
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = fmt.Sprintf("worker %d of pool %s took %dms for job %08x", i%7, []string{"red", "blue", "green"}[i%3], i, i*7919)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		l.Learn(lines[i%len(lines)])
		i++
	}
}
