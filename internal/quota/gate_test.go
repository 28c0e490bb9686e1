package quota

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

const room = 64 * minCost

func testGate() (*Gate, *time.Time) {
	g := NewGate(room, nil)
	now := time.Unix(1000, 0)
	g.now = func() time.Time { return now }
	return g, &now
}

// fill enters until the gate refuses and returns how often it let in, and its refusal.
func fill(g *Gate, projectID int64) (releases []func(), refusal error) {
	for range 10 * room / minCost {
		release, err := g.Enter(projectID, 1)
		if err != nil {
			return releases, err
		}
		releases = append(releases, release)
	}
	return releases, nil
}

func TestOneProjectAloneHasTheRoom(t *testing.T) {
	t.Parallel()
	g, _ := testGate()
	releases, err := fill(g, 1)
	if len(releases) != room/minCost || fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("let in %d of %d, then %v", len(releases), room/minCost, err)
	}
	for _, release := range releases {
		release()
		release() // a second call does nothing
	}
	if again, _ := fill(g, 1); len(again) != room/minCost {
		t.Errorf("after all left: let in %d", len(again))
	}
}

func TestANoisyProjectLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	g, _ := testGate()
	noisy, _ := fill(g, 1)
	var kept []func()
	for project := int64(2); project <= 5; project++ {
		release, err := g.Enter(project, 1)
		if err != nil {
			t.Fatalf("project %d is refused while the noisy one fills the room: %v", project, err)
		}
		kept = append(kept, release)
	}
	// As the noisy project's work is done, it does not get above its share again.
	for _, release := range noisy {
		release()
		if r, err := g.Enter(1, 1); err == nil {
			kept = append(kept, r)
		}
	}
	if held := g.pending[1]; held > room/2 {
		t.Errorf("the noisy project holds %d of %d bytes", held, room)
	}
	quiet, err := fill(g, 2)
	if n := int64(len(quiet)+1) * minCost; n < room/5-minCost {
		t.Errorf("a quiet project got %d bytes, its share is %d: %v", n, room/5, err)
	}
	if g.total > overbooking*room {
		t.Errorf("%d bytes are pending, twice the room is the bound", g.total)
	}
	_ = kept
}

func TestManyQuietProjectsAreNotHeldToTinyShares(t *testing.T) {
	t.Parallel()
	g, _ := testGate()
	for project := range int64(500) {
		release, err := g.Enter(project, 1)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	for range 5 {
		if _, err := g.Enter(7, 1); err != nil {
			t.Errorf("refused while the room is nearly empty: %v", err)
		}
	}
}

func TestProjectsThatFellSilentDoNotCount(t *testing.T) {
	t.Parallel()
	g, now := testGate()
	for project := range int64(10) {
		release, _ := g.Enter(project, 1)
		release()
	}
	if n := g.sending(1); n != 10 {
		t.Errorf("%d projects are sending, want 10", n)
	}
	*now = now.Add(generation)
	g.sending(1)
	g.sending(2)
	if n := g.sending(1); n != 10 {
		t.Errorf("in the next generation %d, want 10", n)
	}
	*now = now.Add(generation)
	if n := g.sending(1); n != 2 {
		t.Errorf("one generation later %d, want 2", n)
	}
	*now = now.Add(time.Hour)
	if n := g.sending(1); n != 1 {
		t.Errorf("an hour later %d, want 1", n)
	}
}

func TestTheGateIsClosedWhileNothingCanBeKept(t *testing.T) {
	t.Parallel()
	full := fault.New(fault.Unavailable, "full")
	g := NewGate(0, func() error { return full })
	if _, err := g.Enter(1, 1); !errors.Is(err, full) || !errors.Is(g.Ready(), full) {
		t.Errorf("enter = %v, ready = %v", err, g.Ready())
	}
}

func TestRefusalsSayWhenToRetry(t *testing.T) {
	t.Parallel()
	g, _ := testGate()
	fill(g, 1)
	g.total = overbooking * room
	_, err := g.Enter(2, -1)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("enter = %v", err)
	}
	if fault.CodeOf(g.Ready()) != fault.Unavailable {
		t.Errorf("ready = %v", g.Ready())
	}
}

func TestGateConcurrently(t *testing.T) {
	t.Parallel()
	g := NewGate(room, nil)
	var wg sync.WaitGroup
	for project := range int64(8) {
		wg.Go(func() {
			for range 1000 {
				if release, err := g.Enter(project, 100); err == nil {
					release()
				}
			}
		})
	}
	wg.Wait()
	if g.total != 0 || len(g.pending) != 0 {
		t.Errorf("%d bytes of %d projects are still pending", g.total, len(g.pending))
	}
}

func BenchmarkGate(b *testing.B) {
	g := NewGate(0, nil)
	b.ReportAllocs()
	for b.Loop() {
		release, err := g.Enter(1, 5000)
		if err != nil {
			b.Fatal(err)
		}
		release()
	}
}
