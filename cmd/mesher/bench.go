package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/bench"
	"github.com/mesher/mesher/internal/fault"
)

// BenchCmd sends realistic load to a server on this machine and checks what it stored.
type BenchCmd struct {
	DSN      string   `help:"DSN of the project to load, on a loopback address." env:"MESHER_DSN" required:"" placeholder:"http://KEY@127.0.0.1:8080/1"`
	Projects []string `help:"DSNs of further projects on the same host." placeholder:"DSN"`
	Noisy    float64  `help:"How many times the share of another project the first one gets." default:"1" placeholder:"FACTOR"`
	API      string   `name:"api" help:"Base URL of Mesher for the check; leave it out for other servers." placeholder:"http://127.0.0.1:8080"`
	Token    string   `help:"API token for the check." env:"MESHER_TOKEN" placeholder:"TOKEN"`

	Mode     string         `help:"Door to use: ${enum}." enum:"envelope,store,native,bulk,ws,otlp-logs" default:"envelope"`
	Encoding string         `help:"Compression of bodies: ${enum}." enum:"gzip,zstd,identity" default:"gzip"`
	Bugs     int            `help:"Distinct bugs, of which few are frequent." default:"500" placeholder:"K"`
	Size     bench.ByteSize `help:"Mean size of an event before compression." default:"6KiB" placeholder:"SIZE"`
	Batch    int            `help:"Events in one request, for bulk (50) and otlp-logs (50)." placeholder:"N"`
	Seed     uint64         `help:"Repeat the events of an earlier run." placeholder:"SEED"`

	Rate        float64       `help:"Events a second, sent when they are due whatever the server does. Without it: a closed loop." placeholder:"N"`
	Concurrency int           `help:"Requests in flight: exactly so many in a closed loop (32), at most at a fixed rate (512)." placeholder:"N"`
	Duration    time.Duration `help:"How long to send (30s, or 10m with --events)." placeholder:"TIME"`
	Events      uint64        `help:"How many events to send at most." placeholder:"N"`
	Warmup      time.Duration `help:"Send so long beforehand without measuring." placeholder:"TIME"`
	Timeout     time.Duration `help:"How long a request may take." default:"30s"`

	Verify       string        `help:"How to check what was stored: ${enum}." enum:"exact,sample,count,none" default:"count"`
	Visibility   bool          `help:"Measure the time until acknowledged events show on the live stream and in the event search."`
	DrainTimeout time.Duration `help:"Give up when nothing more was stored for so long." default:"60s"`
	ServerPID    int           `name:"server-pid" help:"Process whose CPU time and memory are measured." placeholder:"PID"`
	AlsoPID      []int         `name:"also-pid" help:"Processes whose CPU time counts too, with all below them (PostgreSQL's postmaster)." placeholder:"PID"`
	JSON         bool          `name:"json" help:"Print the report as JSON."`
}

// Run fails when the check finds that something acknowledged is not as it must be.
func (c *BenchCmd) Run(ctx context.Context, k *kong.Context) error {
	report, err := bench.Run(ctx, c.config(), os.Stderr)
	if report == nil {
		return err
	}
	if err := c.print(report, k.Stdout); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if err == nil && !report.OK() {
		return fault.New(fault.Internal, "the check failed")
	}
	return err
}

func (c *BenchCmd) print(report *bench.Report, out io.Writer) error {
	if !c.JSON {
		return report.WriteText(out)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func (c *BenchCmd) config() bench.Config {
	return bench.Config{
		DSNs:  append([]string{c.DSN}, c.Projects...),
		Noisy: c.Noisy,
		API:   c.API,
		Token: c.Token,

		Mode:     bench.Mode(c.Mode),
		Encoding: bench.Encoding(c.Encoding),
		Bugs:     c.Bugs,
		Size:     int(c.Size),
		Batch:    c.Batch,
		Seed:     c.Seed,

		Rate:     c.Rate,
		Workers:  c.Concurrency,
		Duration: c.Duration,
		Events:   c.Events,
		Warmup:   c.Warmup,
		Timeout:  c.Timeout,

		Check:        bench.Check(c.Verify),
		Visibility:   c.Visibility,
		DrainTimeout: c.DrainTimeout,
		ServerPID:    c.ServerPID,
		AlsoPIDs:     c.AlsoPID,
	}
}
