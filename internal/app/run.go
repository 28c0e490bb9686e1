package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/supervise"
	"github.com/mesher/mesher/internal/triage"
)

const (
	// projectCacheTTL is how long another node's change of a project's settings takes at most to act here.
	projectCacheTTL = 5 * time.Second
	// quotaInterval is how often quotas learn what projects have stored.
	quotaInterval = time.Minute
	// cleanInterval is how often ended sessions and links are removed.
	cleanInterval = time.Hour
	// sweepInterval is how often retention looks for what is over; deleteInterval how often for what people deleted.
	sweepInterval  = 10 * time.Minute
	deleteInterval = 2 * time.Second
	// pendingInterval is how long the tag counters of large batches stay pending.
	pendingInterval = 10 * time.Second
	// wordsInterval is how much of PostgreSQL's word index may be a list: a batch cleans up after a
	// megabyte, which takes half a second to come at 1,000 events a second.
	wordsInterval = 200 * time.Millisecond
	// triageInterval is how late an archive until a time may end.
	triageInterval = time.Minute
)

// Run serves until ctx ends, then shuts down in order: no new requests, the
// log drained into the store, streams closed, files closed. It returns nil
// after an orderly end.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()

	// The back of the house outlives the front: what was accepted is still processed.
	backCtx, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBack()
	back, err := a.tree()
	if err != nil {
		return err
	}
	backDone := make(chan error, 1)
	go func() { backDone <- back.Serve(backCtx) }()
	// Before the first answer: whoever waits for readiness finds the set-up link in the log.
	a.announce(ctx)
	// Start-up leaves garbage that an idle server would keep for minutes: the
	// buffers of the migration parser alone are 12 MiB.
	debug.FreeOSMemory()
	frontCtx, stopFront := context.WithCancel(ctx)
	defer stopFront()
	frontDone := make(chan error, 1)
	go func() { frontDone <- a.http.Serve(frontCtx, a.listener) }()

	select {
	case <-ctx.Done():
		a.log.Info("stopping: no new requests, draining what was accepted")
	case err = <-backDone:
		backDone <- err
	case err = <-frontDone:
		frontDone <- err
	}
	return a.shutdown(shutdown{front: frontDone, back: backDone, stopFront: stopFront, stopBack: stopBack})
}

// tree is everything that runs behind the listener.
func (a *App) tree() (*supervise.Tree, error) {
	root := supervise.New("mesher", a.component("supervisor"))
	if err := a.processors(root.Branch("processors")); err != nil {
		return nil, err
	}
	root.Branch("live").Add("hub", a.hub)
	house := root.Branch("housekeeping")
	house.Add("admission", a.admission)
	house.Add("operator", a.door())
	house.Add("quota", supervise.Every(quotaInterval, quotaInterval/10, a.limiter.Refresh))
	house.Add("keys", supervise.Every(time.Minute, 6*time.Second, a.keys.TellUse))
	house.Add("sessions", supervise.Every(cleanInterval, cleanInterval/10, a.removeExpired))
	sweeper := retention.New(retention.Options{Store: a.store, DefaultDays: a.cfg.RetentionDays, Log: a.component("retention")})
	house.Add("retention", supervise.Every(sweepInterval, sweepInterval/10, sweeper.Sweep))
	house.Add("tags", supervise.Every(pendingInterval, pendingInterval/10, a.store.AddPendingTags))
	house.Add("words", supervise.Every(wordsInterval, wordsInterval/10, a.store.SettleWords))
	house.Add("triage", supervise.Every(triageInterval, triageInterval/10, a.resolver().Sweep))
	house.Add("deletion", supervise.Every(deleteInterval, deleteInterval/10, sweeper.Delete))
	return root, nil
}

// shutdown is what ends, in this order: the front, the log's backlog, the back.
type shutdown struct {
	front, back         <-chan error
	stopFront, stopBack func()
}

func (a *App) shutdown(s shutdown) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	var errs []error
	s.stopFront()
	errs = append(errs, wait(ctx, s.front, "the listener"))
	if err := a.admission.Flush(ctx); err != nil {
		errs = append(errs, fmt.Errorf("count refused requests: %w", err))
	}
	a.drain(ctx, s.back)
	s.stopBack()
	errs = append(errs, wait(ctx, s.back, "the background services"))
	return errors.Join(errs...)
}

func wait(ctx context.Context, done <-chan error, what string) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%s did not stop in time", what)
	}
}

// drain waits until the log is empty. What is left when the time is over stays
// in the log and is processed at the next start.
func (a *App) drain(ctx context.Context, backDone <-chan error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var waiting jetlog.Backlog
	for {
		var err error
		if waiting, err = a.eventlog.Backlog(ctx); err != nil || waiting.Messages == 0 || len(backDone) > 0 {
			return
		}
		select {
		case <-ctx.Done():
			a.log.Warn("not everything was processed; the rest waits in the log for the next start", "messages", waiting.Messages)
			return
		case <-tick.C:
		}
	}
}

func (a *App) resolver() *triage.Resolver {
	return triage.New(triage.Options{Store: a.store, Facts: a.eventlog, Log: a.component("triage")})
}

func (a *App) removeExpired(ctx context.Context) error {
	return a.store.DeleteExpired(ctx, time.Now().UnixMicro())
}
