package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/valyala/fastjson"
	"golang.org/x/sync/errgroup"
)

// How an event is looked for: how often at most one is sampled, how often the
// server is asked for it, and how long until it counts as not found.
const (
	sampleEvery = 50 * time.Millisecond
	askEvery    = 20 * time.Millisecond
	askFor      = 10 * time.Second
)

// A prober measures how long an acknowledged event takes to show: on the live
// socket (every event) and in the event search (a sample).
type prober struct {
	api      *api
	run      run
	projects []string

	samples chan sampled

	mu sync.Mutex
	// acked are events not yet seen live, early those seen before their answer was read.
	acked, early map[uint64]time.Time
	lastSample   time.Time
	live, search histogram
	dropped      int64
	notFound     uint64
}

type sampled struct {
	seq uint64
	at  time.Time
}

func newProber(a *api, r run, projects []string) *prober {
	return &prober{api: a, run: r, projects: projects, samples: make(chan sampled, 64),
		acked: map[uint64]time.Time{}, early: map[uint64]time.Time{}}
}

// start opens the streams; the probes end with ctx, and wait returns when they have.
func (p *prober) start(ctx context.Context) (wait func() error, err error) {
	g, ctx := errgroup.WithContext(ctx)
	for _, project := range p.projects {
		c, err := p.dial(ctx, project)
		if err != nil {
			return nil, err
		}
		g.Go(func() error { return p.watch(ctx, c) })
	}
	for range 4 {
		g.Go(func() error { return p.ask(ctx) })
	}
	return g.Wait, nil
}

// ack tells of an acknowledged event; it never blocks: a sample too many is left out.
func (p *prober) ack(seq uint64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seenAt, ok := p.early[seq]; ok {
		p.live.Record(seenAt.Sub(at))
		delete(p.early, seq)
	} else {
		p.acked[seq] = at
	}
	if at.Sub(p.lastSample) < sampleEvery {
		return
	}
	select {
	case p.samples <- sampled{seq, at}:
		p.lastSample = at
	default:
	}
}

func (p *prober) show(seq uint64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ackAt, ok := p.acked[seq]; ok {
		p.live.Record(at.Sub(ackAt))
		delete(p.acked, seq)
	} else if len(p.early) < 1<<16 {
		p.early[seq] = at
	}
}

func (p *prober) dial(ctx context.Context, project string) (*websocket.Conn, error) {
	address := "ws" + strings.TrimPrefix(p.api.base, "http") + "/api/v1/projects/" + url.PathEscape(project) + "/stream?kinds=event.stored"
	c, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPClient: p.api.http,
		HTTPHeader: http.Header{"Authorization": {"Bearer " + p.api.token}},
	})
	if err != nil {
		return nil, fmt.Errorf("open the stream of project %s: %w", project, err)
	}
	c.SetReadLimit(maxPage)
	return c, nil
}

// watch reads a stream until ctx ends.
func (p *prober) watch(ctx context.Context, c *websocket.Conn) error {
	defer c.CloseNow()
	var parser fastjson.Parser
	for {
		_, frame, err := c.Read(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the live stream: %w", err)
		}
		at := time.Now()
		v, err := parser.ParseBytes(frame)
		if err != nil {
			return fmt.Errorf("read a frame of the live stream: %w", err)
		}
		p.addDropped(v.GetInt64("dropped"))
		for _, fact := range v.GetArray("facts") {
			if seq, ours := p.run.Seq(string(fact.GetStringBytes("data", "id"))); ours {
				p.show(seq, at)
			}
		}
	}
}

func (p *prober) addDropped(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropped += n
}

// ask looks for sampled events until ctx ends.
func (p *prober) ask(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-p.samples:
			if err := p.find(ctx, s); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// find asks for one event until it is there.
func (p *prober) find(ctx context.Context, s sampled) error {
	id := string(p.run.appendID(nil, s.seq))
	for time.Since(s.at) < askFor {
		_, err := p.api.get(ctx, "/events/"+id, nil)
		if err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.search.Record(time.Since(s.at))
			return nil
		}
		if e, ok := errors.AsType[*statusError](err); !ok || e.status != http.StatusNotFound {
			return err
		}
		if err := pause(ctx, askEvery); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notFound++
	return nil
}

// reset forgets the measurements, as after a warm-up.
func (p *prober) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live, p.search, p.dropped, p.notFound = histogram{}, histogram{}, 0, 0
	clear(p.acked)
	clear(p.early)
}

// unseen is the number of acknowledged events that did not show on the stream so far.
func (p *prober) unseen() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acked)
}

// Visibility is how long acknowledged events took to show.
type Visibility struct {
	Live   Latency `json:"live"`
	Search Latency `json:"search"`
	// LiveUnseen events did not show on the stream; Dropped is how many the server said it left out.
	LiveUnseen int   `json:"live_unseen"`
	Dropped    int64 `json:"dropped"`
	// Error is why the measurement ended early, empty when it did not.
	Error string `json:"error,omitempty"`
	// NotFound sampled events were not in the search within ten seconds.
	NotFound uint64 `json:"not_found"`
}

// report sums up; err is why the probes ended early.
func (p *prober) report(err error) *Visibility {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := &Visibility{Live: latencyOf(&p.live), Search: latencyOf(&p.search), LiveUnseen: len(p.acked), Dropped: p.dropped, NotFound: p.notFound}
	if err != nil {
		v.Error = err.Error()
	}
	return v
}
