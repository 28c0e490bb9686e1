package bench

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

// Bounds of a run: it always stops by itself.
const (
	maxDuration = 2 * time.Hour
	maxEvents   = 20_000_000
	maxWorkers  = 4096
	maxBatch    = 1000
)

// Config is one run. Fields that are zero take the documented default.
type Config struct {
	// DSNs are the projects the load goes to, all on one loopback host; at least one.
	DSNs []string
	// Noisy is how many times the share of another project the first one gets; 0 means 1.
	Noisy float64
	// API and Token reach the management API for verification and visibility; empty for other servers.
	API, Token string

	Mode     Mode
	Encoding Encoding
	// Rate is events a second for the whole run; 0 is a closed loop of Workers.
	Rate float64
	// Workers bounds the requests in flight; 0 means 32 in a closed loop and 512 at a fixed rate.
	Workers int
	// Batch is events a request, for bulk and otlp-logs; 0 means 50, or 1 in the other modes.
	Batch int
	// Duration and Events end the run, whichever comes first; 0 means 30 s, or 10 min when Events is given.
	Duration time.Duration
	Events   uint64
	// Warmup is sent beforehand and not measured, though verified.
	Warmup time.Duration

	// Bugs is the number of distinct bugs, Size the bytes of an event; 0 means 500 and 6 KiB.
	Bugs, Size int
	// Seed repeats a run's events; 0 takes one from the clock.
	Seed uint64
	// Timeout is how long a request may take; 0 means 30 s.
	Timeout time.Duration

	Check Check
	// Visibility measures the time until acknowledged events show.
	Visibility bool
	// DrainTimeout is how long to wait without progress for what was acknowledged to be stored; 0 means 60 s.
	DrainTimeout time.Duration
	// ServerPID and AlsoPIDs are processes whose CPU time is measured, with their descendants.
	ServerPID int
	AlsoPIDs  []int
}

// prepared returns the config with defaults, or what is wrong with it.
func (c Config) prepared(now time.Time) (Config, error) {
	c.Mode = orDefault(c.Mode, ModeEnvelope)
	c.Encoding = orDefault(c.Encoding, Gzip)
	c.Noisy = orDefault(c.Noisy, 1)
	c.Bugs = orDefault(c.Bugs, 500)
	c.Size = orDefault(c.Size, 6<<10)
	c.Seed = orDefault(c.Seed, uint64(now.UnixNano()))
	c.Timeout = orDefault(c.Timeout, 30*time.Second)
	c.DrainTimeout = orDefault(c.DrainTimeout, time.Minute)
	c.Check = orDefault(c.Check, CheckCount)
	if c.API == "" {
		c.Check = CheckNone
	}
	if c.Workers == 0 {
		c.Workers = 32
		if c.Rate > 0 {
			c.Workers = 512
		}
	}
	if c.Batch == 0 {
		c.Batch = 1
		if c.batches() {
			c.Batch = 50
		}
	}
	if c.Duration == 0 {
		c.Duration = 30 * time.Second
		if c.Events > 0 {
			c.Duration = 10 * time.Minute
		}
	}
	c.Events = orDefault(c.Events, maxEvents)
	return c, c.validate()
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// batches says whether a request of the mode can hold several events.
func (c Config) batches() bool { return c.Mode == ModeBulk || c.Mode == ModeOTLPLogs }

func (c Config) validate() error {
	switch {
	case len(c.DSNs) == 0:
		return fault.Field("dsn", "give the DSN of a project: --dsn http://KEY@127.0.0.1:8080/1")
	case c.Duration < 0 || c.Duration > maxDuration || c.Warmup < 0 || c.Warmup > maxDuration:
		return fault.Field("duration", "a run may take at most %s", maxDuration)
	case c.Events > maxEvents:
		return fault.Field("events", "a run may send at most %d events", maxEvents)
	case c.Workers < 1 || c.Workers > maxWorkers:
		return fault.Field("concurrency", "the requests in flight must lie between 1 and %d", maxWorkers)
	case c.Batch < 1 || c.Batch > maxBatch || (c.Batch > 1 && !c.batches()):
		return fault.Field("batch", "only the modes bulk and otlp-logs send batches, of at most %d", maxBatch)
	case c.Rate < 0 || c.Rate > 1e6:
		return fault.Field("rate", "the rate must lie between 0 and 1,000,000 events a second")
	case c.Noisy < 1:
		return fault.Field("noisy", "the noisy project's factor must be at least 1")
	case c.Visibility && (c.API == "" || c.Mode == ModeOTLPLogs):
		return fault.Field("visibility", "visibility needs --api and a mode that sends events")
	case c.API != "" && c.Token == "":
		return fault.Field("token", "the management API needs --token")
	}
	return nil
}

// targets reads the DSNs, which must share one loopback host and be of different
// projects: the check adds up project by project.
func (c Config) targets(ctx context.Context) ([]org.DSN, error) {
	targets := make([]org.DSN, 0, len(c.DSNs))
	for _, text := range c.DSNs {
		d, err := loopbackTarget(ctx, text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(targets, func(other org.DSN) bool { return other.Project == d.Project }) {
			return nil, fault.Field("projects", "project %s is named twice: the one of --dsn is a target already, name further ones", d.Project)
		}
		targets = append(targets, d)
		if d.Host != targets[0].Host {
			return nil, fault.Field("projects", "all projects must be on one host, not on %s and %s", targets[0].Host, d.Host)
		}
	}
	return targets, nil
}

// shares deals events out to projects: the first gets noisy parts, each other one.
type shares struct {
	noisy float64
	n     int
	batch uint64
	seed  uint64
}

// of returns the project of an event; a batch goes to one project as a whole.
func (s shares) of(seq uint64) int {
	if s.n == 1 {
		return 0
	}
	r := random(mix(s.seed + seq/s.batch))
	behind := r.unit()*(s.noisy+float64(s.n-1)) - s.noisy
	if behind < 0 {
		return 0
	}
	return int(behind) + 1
}

// ByteSize is a number of bytes, written plain or with kB, KiB, MB or MiB.
type ByteSize int

// UnmarshalText reads "6000", "6kB" or "6KiB".
func (b *ByteSize) UnmarshalText(text []byte) error {
	units := []struct {
		suffix string
		factor float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"B", 1}, {"", 1}}
	for _, u := range units {
		number, ok := strings.CutSuffix(string(text), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n < 0 || n*u.factor > 1<<30 {
			return fmt.Errorf("%q is no size such as 6KiB", text)
		}
		*b = ByteSize(n * u.factor)
		return nil
	}
	return nil
}
