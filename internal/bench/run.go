package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mesher/mesher/internal/org"
)

// Run sends the load, waits until what was acknowledged is stored, and checks
// it. Progress is written to log, a few lines in all. When ctx ends early, what
// was sent until then is reported. A check that finds faults is in the report,
// not in the error; one that cannot be made returns the report and the error.
func Run(ctx context.Context, cfg Config, log io.Writer) (*Report, error) {
	cfg, err := cfg.prepared(time.Now())
	if err != nil {
		return nil, err
	}
	b, err := newBench(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	return b.run(ctx)
}

// bench is one run at work.
type bench struct {
	Config
	log      io.Writer
	targets  []org.DSN
	projects []string
	gen      *generator
	tally    *tally
	traffic  *traffic
	shares   shares
	meter    *meter
	// api and probe are nil when not asked for.
	api   *api
	probe *prober
	since time.Time
	next  uint64
}

func newBench(ctx context.Context, cfg Config, log io.Writer) (*bench, error) {
	b := &bench{Config: cfg, log: log, since: time.Now().Add(-time.Minute).Truncate(time.Minute)}
	var err error
	if b.targets, err = cfg.targets(ctx); err != nil {
		return nil, err
	}
	for _, d := range b.targets {
		b.projects = append(b.projects, d.Project)
	}
	if b.gen, err = newGenerator(cfg.Seed, cfg.Bugs, cfg.Size, time.Now()); err != nil {
		return nil, err
	}
	b.tally = newTally(len(b.targets))
	b.traffic = &traffic{mode: cfg.Mode, encoding: cfg.Encoding, gen: b.gen, targets: b.targets, timeout: cfg.Timeout}
	b.shares = shares{noisy: cfg.Noisy, n: len(b.targets), batch: uint64(cfg.Batch), seed: cfg.Seed}
	b.meter = &meter{server: cfg.ServerPID, also: cfg.AlsoPIDs}
	if cfg.API != "" {
		if b.api, err = newAPI(ctx, cfg.API, cfg.Token); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// run goes through the phases: warm-up, measured load, drain, check.
func (b *bench) run(ctx context.Context) (*Report, error) {
	before, err := b.readLedger(ctx)
	if err != nil {
		return nil, err
	}
	stopProbe, err := b.startProbe(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.warmUp(ctx, before); err != nil {
		return nil, errors.Join(err, stopProbe())
	}
	warm, err := b.readLedger(ctx)
	if err != nil {
		return nil, errors.Join(err, stopProbe())
	}

	report, err := b.measure(ctx, warm)
	probeErr := stopProbe()
	if err != nil {
		return nil, errors.Join(err, probeErr)
	}
	if b.probe != nil {
		report.Visibility = b.probe.report(probeErr)
	}
	return report, b.check(context.WithoutCancel(ctx), report, before)
}

func (b *bench) check(ctx context.Context, report *Report, before ledger) error {
	if b.api == nil || b.Check == CheckNone {
		return nil
	}
	fmt.Fprintf(b.log, "checking (%s)\n", b.Check)
	after, err := b.readLedger(ctx)
	if err != nil {
		return err
	}
	v := &verifier{api: b.api, gen: b.gen, tally: b.tally, mode: b.Mode, projects: b.projects, projectOf: b.shares.of, next: b.next, since: b.since}
	report.Verification, err = v.verify(ctx, b.Check, after.minus(before))
	return err
}

// startProbe starts the visibility probes, when asked for. The returned
// function gives what was sent last a second to show, then ends them.
func (b *bench) startProbe(ctx context.Context) (stop func() error, err error) {
	if !b.Visibility {
		return func() error { return nil }, nil
	}
	b.probe = newProber(b.api, b.gen.run, b.projects)
	b.tally.seen = b.probe.ack
	ctx, cancel := context.WithCancel(ctx)
	wait, err := b.probe.start(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return func() error {
		for end := time.Now().Add(time.Second); b.probe.unseen() > 0 && time.Now().Before(end); {
			if pause(ctx, askEvery) != nil {
				break
			}
		}
		cancel()
		return wait()
	}, nil
}

func (b *bench) warmUp(ctx context.Context, before ledger) error {
	if b.Warmup == 0 {
		return nil
	}
	fmt.Fprintf(b.log, "warming up for %s\n", b.Warmup)
	p := b.pace()
	p.Duration = b.Warmup
	b.next = p.run(ctx, b.newWorker).Next
	if _, err := b.drain(ctx, before, b.tally.total()); err != nil {
		return err
	}
	b.tally.reset(len(b.targets))
	if b.probe != nil {
		b.probe.reset()
	}
	return ctx.Err()
}

// measure sends the load and waits until it is stored.
func (b *bench) measure(ctx context.Context, warm ledger) (*Report, error) {
	if err := b.meter.begin(); err != nil {
		return nil, err
	}
	stopWatch := b.meter.watching(ctx)
	defer stopWatch()

	p := b.pace()
	p.First = b.next
	fmt.Fprintf(b.log, "sending %s for up to %s (run %016x, seed %d)\n", b.describe(), b.Duration, uint64(b.gen.run), b.Seed)
	start := time.Now()
	result := p.run(ctx, b.newWorker)
	sent := time.Now()
	b.next = result.Next
	for _, j := range result.Missed {
		b.tally.miss(b.shares.of(j.seq), sent.Sub(j.due))
	}
	// An early end still reports what was sent: only the load listens to it.
	ctx = context.WithoutCancel(ctx)
	drained, err := b.drain(ctx, warm, b.tally.total())
	if err != nil {
		return nil, err
	}
	used, err := b.meter.end()
	if err != nil {
		return nil, err
	}
	return b.report(result, used, phase{start: start, sent: sent, drain: drained}), nil
}

func (b *bench) pace() pace {
	return pace{Rate: b.Rate, Workers: b.Workers, Batch: b.Batch, Duration: b.Duration, Events: b.Events}
}

func (b *bench) describe() string {
	if b.Rate > 0 {
		return fmt.Sprintf("%s at %.0f/s, at most %d in flight", b.Mode, b.Rate, b.Workers)
	}
	return fmt.Sprintf("%s from %d clients", b.Mode, b.Workers)
}

// newWorker makes a worker with its own connection.
func (b *bench) newWorker() worker {
	s, err := b.traffic.newSender()
	return &benchWorker{bench: b, sender: s, err: err}
}

type benchWorker struct {
	*bench
	sender sender
	err    error
}

func (w *benchWorker) close() {
	if w.sender != nil {
		w.sender.close()
	}
}

// dialPause keeps a closed loop from spinning while nobody listens.
const dialPause = 20 * time.Millisecond

func (w *benchWorker) do(ctx context.Context, j job) {
	project := w.shares.of(j.seq)
	if w.err != nil {
		w.tally.record(project, j, result{err: fmt.Errorf("%w: %w", errNotSent, w.err)})
		return
	}
	r := w.sender.send(ctx, project, j)
	w.tally.record(project, j, r)
	if errors.Is(r.err, errDial) && w.Rate == 0 {
		_ = pause(ctx, dialPause) // ends early with ctx, which the loop sees by itself
	}
}

// readLedger sums the ledgers of all projects since shortly before the run.
func (b *bench) readLedger(ctx context.Context) (sum ledger, err error) {
	if b.api == nil {
		return ledger{}, nil
	}
	for _, project := range b.projects {
		l, err := b.api.ledger(ctx, project, b.Mode, b.since)
		if err != nil {
			return ledger{}, err
		}
		sum.add(l)
	}
	return sum, nil
}
