package bench

import (
	"context"
	"fmt"
	"time"
)

// drained is how the wait for the store ended.
type drained struct {
	// At is when everything acknowledged was accounted for, to about pollEvery.
	At time.Time
	// Stored is what was stored since the phase began, Lost what is still missing.
	Stored, Lost uint64
	// Known is false for servers of which only the CPU time could be watched.
	Known bool
}

// pollEvery is how often the server is asked while it works off what it took in.
const pollEvery = 100 * time.Millisecond

// drain waits until the ledger accounts for every acknowledged event, or until
// it has stood still for the drain timeout. Of a server without a management
// API it waits until its processes rest.
func (b *bench) drain(ctx context.Context, before ledger, sum *projectTally) (drained, error) {
	if b.api == nil {
		return b.drainByCPU(ctx, sum)
	}
	var last int64
	progress := time.Now()
	for {
		now := time.Now()
		l, err := b.readLedger(ctx)
		if err != nil {
			// The server may be starting again after a crash that is part of the test.
			if now.Sub(progress) > b.DrainTimeout {
				return drained{}, err
			}
			if err := pause(ctx, pollEvery); err != nil {
				return drained{}, err
			}
			continue
		}
		d := l.minus(before)
		handled := d.handled()
		if handled >= int64(sum.Acknowledged) {
			return drained{At: now, Stored: uint64(d.Outcomes["stored"]), Known: true}, nil
		}
		if handled > last {
			last, progress = handled, now
		}
		if now.Sub(progress) > b.DrainTimeout {
			fmt.Fprintf(b.log, "the ledger stands still at %d of %d acknowledged events\n", handled, sum.Acknowledged)
			return drained{At: now, Stored: uint64(d.Outcomes["stored"]), Lost: sum.Acknowledged - uint64(max(handled, 0)), Known: true}, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return drained{}, err
		}
	}
}

// At rest, a server's processes use less than this share of a core for restFor.
const (
	restShare = 0.03
	restFor   = time.Second
)

func (b *bench) drainByCPU(ctx context.Context, sum *projectTally) (drained, error) {
	out := drained{At: time.Now(), Stored: sum.Acknowledged}
	if b.ServerPID == 0 {
		return out, nil
	}
	limit := time.Now().Add(b.DrainTimeout)
	server, also, _, err := b.meter.read()
	for err == nil && time.Now().Before(limit) {
		out.At = time.Now()
		if err = pause(ctx, restFor); err != nil {
			break
		}
		before := server + also
		if server, also, _, err = b.meter.read(); server+also-before < time.Duration(restShare*float64(restFor)) {
			break
		}
	}
	return out, err
}
