package quota

import (
	"cmp"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// Gate bounds the work that is admitted but not durable yet, and shares it
// fairly: once half of the room is taken, no project gets more than its share
// of it, so that one at many times its share is refused and the others are not. Refusing costs
// a map look-up and happens before a body is read. It is safe for concurrent use.
type Gate struct {
	ready func() error
	room  int64
	now   func() time.Time

	mu      sync.Mutex
	total   int64
	pending map[int64]int64
	// recent and older are the projects that asked in this generation and in the
	// one before; overlap counts those in both.
	recent, older map[int64]struct{}
	overlap       int
	turned        time.Time
}

const (
	// minCost is what the smallest request takes of the room: it costs the same
	// goroutine, buffers and place in a micro-batch as one of this size.
	minCost = 64 << 10
	// unknownCost stands for a body of unknown length.
	unknownCost = 256 << 10
	// generation is how long a project counts as sending, at least.
	generation = time.Second
	// overbooking is how far a project without pending work may go over the room,
	// so that a newcomer is let in while a noisy project fills it.
	overbooking = 2
)

// NewGate makes a gate with room for so many bytes of pending work, 0 for 64
// MiB. ready says why nothing can be kept at all (jetlog.Log.Ready); nil for nothing.
func NewGate(room int64, ready func() error) *Gate {
	if ready == nil {
		ready = func() error { return nil }
	}
	return &Gate{
		ready: ready, room: cmp.Or(room, 64<<20), now: time.Now,
		pending: map[int64]int64{}, recent: map[int64]struct{}{}, older: map[int64]struct{}{},
	}
}

// Ready returns a fault.Unavailable error while nothing can be kept for anybody.
func (g *Gate) Ready() error {
	if err := g.ready(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= overbooking*g.room {
		return errFull()
	}
	return nil
}

// Enter reserves room for a request of so many bytes (its Content-Length; below
// 0 when unknown). The caller must call release once the request's data is
// durable or given up. The error is fault.RateLimited when the project holds
// its share, and fault.Unavailable when there is no room.
func (g *Gate) Enter(projectID, bytes int64) (release func(), err error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	if bytes < 0 {
		bytes = unknownCost
	}
	cost := min(max(bytes, minCost), g.room)
	g.mu.Lock()
	defer g.mu.Unlock()
	share := g.room / g.sending(projectID)
	held := g.pending[projectID]
	switch {
	case g.total+cost <= g.room/2: // nobody is short of anything
	case held == 0 && g.total+cost <= overbooking*g.room:
	case held+cost > share:
		return nil, errShare()
	case g.total+cost > g.room:
		return nil, errFull()
	}
	g.pending[projectID] = held + cost
	g.total += cost
	var once sync.Once
	return func() { once.Do(func() { g.leave(projectID, cost) }) }, nil
}

func (g *Gate) leave(projectID, cost int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total -= cost
	g.pending[projectID] -= cost
	if g.pending[projectID] == 0 {
		delete(g.pending, projectID)
	}
}

// sending counts the projects that asked in the last one to two generations, this one included.
func (g *Gate) sending(projectID int64) int64 {
	if now := g.now(); now.Sub(g.turned) >= generation {
		g.older, g.recent = g.recent, g.older
		if now.Sub(g.turned) >= 2*generation {
			clear(g.older)
		}
		clear(g.recent)
		g.turned, g.overlap = now, 0
	}
	if _, known := g.recent[projectID]; !known {
		g.recent[projectID] = struct{}{}
		if _, both := g.older[projectID]; both {
			g.overlap++
		}
	}
	return int64(len(g.recent) + len(g.older) - g.overlap)
}

func errFull() error {
	return &fault.Error{Code: fault.Unavailable, Message: "the server has more to do than it can; send again shortly", RetryAfter: time.Second}
}

func errShare() error {
	return &fault.Error{Code: fault.RateLimited, Message: "this project sends more than its share of what the server can take; send again shortly", RetryAfter: time.Second}
}
