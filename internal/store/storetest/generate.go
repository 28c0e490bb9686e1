package storetest

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// Start is when generated events begin: an hour into a UTC day.
var Start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// Generator makes batches of plausible events of 5 to 8 KB: the same for the same seed.
type Generator struct {
	random *rand.Rand
	zipf   *rand.Zipf
	// Projects are drawn evenly.
	Projects []int64
	// Issues is how many different issues each project has, drawn by Zipf's law.
	Issues int
	// Clock is when the next message is written; each message advances it by Step.
	Clock time.Time
	Step  time.Duration
	seq   uint64
	index int
}

// NewGenerator returns a generator of events of the given projects.
func NewGenerator(seed uint64, issues int, projects ...int64) *Generator {
	random := rand.New(rand.NewPCG(seed, 1))
	return &Generator{
		random: random, zipf: rand.NewZipf(random, 1.2, 1, uint64(issues-1)),
		Projects: projects, Issues: issues, Clock: Start, Step: 10 * time.Millisecond,
	}
}

// Resume makes the next message that after seq, as if those before had been generated.
func (g *Generator) Resume(seq uint64) { g.seq = seq }

// Batch returns a batch of n events in messages of up to 100 each.
func (g *Generator) Batch(partition string, n int) *store.Batch {
	b := &store.Batch{Partition: partition}
	for i := range n {
		if i%100 == 0 {
			g.NextMessage()
		}
		b.Events = append(b.Events, g.Event())
	}
	b.Through, b.Now = g.seq, g.Clock.UnixMicro()
	return b
}

// NextMessage begins another message of the log.
func (g *Generator) NextMessage() uint64 {
	g.seq++
	g.index = 0
	g.Clock = g.Clock.Add(g.Step)
	return g.seq
}

// Event returns one event of the current message.
func (g *Generator) Event() store.EventRow {
	number := int(g.zipf.Uint64())
	project := g.Projects[g.random.IntN(len(g.Projects))]
	e := g.EventOf(project, fmt.Sprintf("issue-%d", number))
	e.Title = fmt.Sprintf("%sError: request %d of user %d failed", names[number%len(names)], g.random.IntN(1e6), g.random.IntN(5000))
	e.Value = e.Title
	e.SearchText = e.Title + " in handler_" + names[number%len(names)]
	e.Payload = g.payload(number, e.Title)
	e.RawBytes = len(e.Payload)
	return e
}

// EventOf returns a small event of the named issue, at the current clock.
func (g *Generator) EventOf(projectID int64, issueName string) store.EventRow {
	received := g.Clock.UnixMicro()
	e := store.EventRow{
		ID: eventlog.RowID(g.Clock, g.seq, g.index), Seq: g.seq, ProjectID: projectID, Received: received, Timestamp: received - 1000,
		Level: event.LevelError, Title: issueName + " failed", Type: "Error", Value: issueName + " failed", Culprit: "app.handle",
		Platform: "python", Logger: "root", Transaction: "/checkout", Basis: "stacktrace", GroupingVersion: "1",
		Release: "shop@1." + fmt.Sprint(g.random.IntN(3)), Environment: []string{"production", "staging"}[g.random.IntN(2)],
		SearchText: issueName + " failed", Payload: []byte(`{}`), RawBytes: 2,
	}
	g.index++
	binary.BigEndian.PutUint64(e.EventID[:], g.random.Uint64())
	binary.BigEndian.PutUint64(e.EventID[8:], g.random.Uint64())
	user := g.random.IntN(5000)
	e.UserKey = fmt.Sprintf("id:%d", user)
	e.Hashes = [][16]byte{md5.Sum([]byte(issueName))}
	e.Tags = []event.Tag{
		{Key: "level", Value: "error"}, {Key: "release", Value: e.Release}, {Key: "environment", Value: e.Environment},
		{Key: "user", Value: e.UserKey}, {Key: "transaction", Value: e.Transaction},
		{Key: "browser", Value: []string{"Firefox", "Chrome", "Safari"}[g.random.IntN(3)]},
		{Key: "os", Value: []string{"Linux", "macOS", "Windows", "iOS"}[g.random.IntN(4)]},
		{Key: "server_name", Value: fmt.Sprintf("web-%d", g.random.IntN(12))},
	}
	return e
}

var names = [...]string{"Timeout", "Connection", "Value", "Type", "Key", "Index", "Attribute", "Parse", "Render", "Quota", "Lock", "Cache", "Schema", "Render", "Upload", "Refund"}

// payload is a Sentry event with 14 to 35 frames and 10 breadcrumbs.
func (g *Generator) payload(number int, title string) []byte {
	shape := rand.New(rand.NewPCG(uint64(number), 2)) // frames are the same for all events of an issue
	frames := make([]map[string]any, 14+shape.IntN(22))
	for i := range frames {
		name := names[shape.IntN(len(names))]
		line := shape.IntN(900) + 10
		frames[i] = map[string]any{
			"function": fmt.Sprintf("handle_%s_%d", name, shape.IntN(50)), "module": "shop." + name, "filename": "shop/" + name + ".py",
			"abs_path": "/srv/app/shop/" + name + ".py", "lineno": line, "in_app": i%2 == 0,
			"context_line": fmt.Sprintf("    return self.%s(request, timeout=%d)", name, line),
		}
	}
	crumbs := make([]map[string]any, 10)
	for i := range crumbs {
		crumbs[i] = map[string]any{"timestamp": float64(g.Clock.UnixMilli())/1000 - float64(i), "category": "query",
			"message": fmt.Sprintf("SELECT * FROM orders WHERE id = %d AND token = '%x'", g.random.IntN(1e6), g.random.Uint32()), "level": "info"}
	}
	b, err := json.Marshal(map[string]any{
		"timestamp": g.Clock.Unix(), "platform": "python", "level": "error", "transaction": "/checkout",
		"exception":   []any{map[string]any{"type": "Error", "value": title, "stacktrace": map[string]any{"frames": frames}}},
		"breadcrumbs": crumbs, "request": map[string]any{"url": fmt.Sprintf("https://shop.example/checkout/%d", g.random.IntN(1e6)), "method": "POST"},
		"contexts": map[string]any{"trace": map[string]any{"trace_id": fmt.Sprintf("%016x%016x", g.random.Uint64(), g.random.Uint64())}},
	})
	if err != nil {
		panic(err) // maps of plain values always encode
	}
	return b
}
