package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what a run measured. Durations in JSON are milliseconds or
// microseconds as their names say; the numbers are of the measured phase, the
// warm-up left out, except those of Verification.
type Report struct {
	Run      string  `json:"run"`
	Seed     uint64  `json:"seed"`
	Mode     Mode    `json:"mode"`
	Encoding string  `json:"encoding"`
	Rate     float64 `json:"rate,omitempty"`
	Workers  int     `json:"workers"`
	Batch    int     `json:"batch"`
	Bugs     int     `json:"bugs"`

	// Seconds is how long the load lasted, StoredSeconds until all of it was stored.
	Seconds       float64 `json:"seconds"`
	StoredSeconds float64 `json:"stored_seconds"`
	// Offered events were due. Overruns are requests that were due while the limit of requests in flight
	// was reached; Unsent events never got their turn and count in the latency as if answered at the end.
	Offered  uint64 `json:"offered"`
	Overruns uint64 `json:"overruns"`
	Unsent   uint64 `json:"unsent"`

	Counts
	// AcknowledgedPerSecond counts while the load lasted, StoredPerSecond until all was stored.
	AcknowledgedPerSecond float64 `json:"acknowledged_per_second"`
	StoredPerSecond       float64 `json:"stored_per_second"`
	Stored                uint64  `json:"stored"`
	// Lost acknowledged events were still not accounted for when the wait ended.
	Lost uint64 `json:"lost"`

	Projects     []ProjectReport `json:"projects,omitempty"`
	CPU          *CPU            `json:"cpu,omitempty"`
	Visibility   *Visibility     `json:"visibility,omitempty"`
	Verification *Verification   `json:"verification,omitempty"`
}

// Counts are numbers of events, but for Statuses, Errors and RetryAfter, which count requests.
type Counts struct {
	Sent         uint64            `json:"sent"`
	Acknowledged uint64            `json:"acknowledged"`
	Refused      uint64            `json:"refused"`
	InFlight     uint64            `json:"in_flight"`
	NotSent      uint64            `json:"not_sent"`
	Statuses     map[int]uint64    `json:"statuses"`
	Errors       map[string]uint64 `json:"errors,omitempty"`
	// RetryAfter answers carried that header, at most RetryAfterMax seconds.
	RetryAfter    uint64  `json:"retry_after"`
	RetryAfterMax float64 `json:"retry_after_max"`
	// WireBytes and RawBytes are of all bodies, as sent and before compression.
	WireBytes uint64 `json:"wire_bytes"`
	RawBytes  uint64 `json:"raw_bytes"`
	// Ack is from when a request was due to its 2xx, Service from when it was begun, Refusal the latter for other answers.
	Ack     Latency `json:"ack"`
	Service Latency `json:"service"`
	Refusal Latency `json:"refusal"`
}

// Latency sums up durations in milliseconds.
type Latency struct {
	Count uint64  `json:"count"`
	Mean  float64 `json:"mean_ms"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
}

// ProjectReport is one project's part of the load.
type ProjectReport struct {
	Project string `json:"project"`
	Counts
}

// CPU is what processes used from the first request until all was stored.
type CPU struct {
	// ServerSeconds are the server's, AlsoSeconds those of the other named processes, GeneratorSeconds our own.
	ServerSeconds    float64 `json:"server_seconds"`
	AlsoSeconds      float64 `json:"also_seconds"`
	GeneratorSeconds float64 `json:"generator_seconds"`
	// PerStored is server and others, in µs per stored event; GeneratorPerSent our own per sent event.
	PerStored        float64 `json:"us_per_stored_event"`
	GeneratorPerSent float64 `json:"generator_us_per_sent_event"`
	RSSMaxBytes      int64   `json:"rss_max_bytes"`
	RSSEndBytes      int64   `json:"rss_end_bytes"`
}

// phase is when things happened.
type phase struct {
	start, sent time.Time
	drain       drained
}

func (b *bench) report(p paced, used usage, at phase) *Report {
	sum := b.tally.total()
	r := &Report{
		Run: fmt.Sprintf("%016x", uint64(b.gen.run)), Seed: b.Seed, Mode: b.Mode, Encoding: string(b.Encoding),
		Rate: b.Rate, Workers: b.Workers, Batch: b.Batch, Bugs: b.Bugs,
		Seconds: at.sent.Sub(at.start).Seconds(), StoredSeconds: at.drain.At.Sub(at.start).Seconds(),
		Offered: p.Offered, Overruns: p.Overruns, Unsent: p.Unsent,
		Counts: countsOf(sum), Stored: at.drain.Stored, Lost: at.drain.Lost,
	}
	r.AcknowledgedPerSecond = per(float64(r.Acknowledged), r.Seconds)
	r.StoredPerSecond = per(float64(r.Stored), r.StoredSeconds)
	if len(b.projects) > 1 {
		for i, project := range b.projects {
			r.Projects = append(r.Projects, ProjectReport{Project: project, Counts: countsOf(b.tally.project(i))})
		}
	}
	r.CPU = &CPU{
		ServerSeconds: used.Server.Seconds(), AlsoSeconds: used.Also.Seconds(), GeneratorSeconds: used.Self.Seconds(),
		PerStored:        per(float64((used.Server + used.Also).Microseconds()), float64(r.Stored)),
		GeneratorPerSent: per(float64(used.Self.Microseconds()), float64(r.Sent)),
		RSSMaxBytes:      used.RSSMax, RSSEndBytes: used.RSSEnd,
	}
	return r
}

func per(n, of float64) float64 {
	if of == 0 {
		return 0
	}
	return n / of
}

func countsOf(p *projectTally) Counts {
	return Counts{
		Sent: p.Sent, Acknowledged: p.Acknowledged, Refused: p.Refused, InFlight: p.Uncertain, NotSent: p.NotSent,
		Statuses: p.Statuses, Errors: p.Errors, RetryAfter: p.RetryAfter, RetryAfterMax: p.RetryAfterMax.Seconds(),
		WireBytes: p.Wire, RawBytes: p.Raw,
		Ack: latencyOf(&p.Ack), Service: latencyOf(&p.Service), Refusal: latencyOf(&p.Refusal),
	}
}

func latencyOf(h *histogram) Latency {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Latency{
		Count: h.n, Mean: ms(h.Mean()), P50: ms(h.Quantile(0.5)), P90: ms(h.Quantile(0.9)),
		P99: ms(h.Quantile(0.99)), P999: ms(h.Quantile(0.999)), Max: ms(h.max),
	}
}

// OK is false when the check found a problem or acknowledged events are lost.
func (r *Report) OK() bool {
	return r.Lost == 0 && (r.Verification == nil || r.Verification.OK)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var s strings.Builder
	pace := fmt.Sprintf("%d clients in a closed loop", r.Workers)
	if r.Rate > 0 {
		pace = fmt.Sprintf("%.0f events/s fixed", r.Rate)
	}
	fmt.Fprintf(&s, "run %s: %s, %s, %s, batch %d, %d bugs\n", r.Run, r.Mode, r.Encoding, pace, r.Batch, r.Bugs)
	fmt.Fprintf(&s, "offered       %d events in %.1f s", r.Offered, r.Seconds)
	if r.Unsent > 0 || r.Overruns > 0 {
		fmt.Fprintf(&s, "; %d overran the requests in flight, %d were never sent", r.Overruns, r.Unsent)
	}
	s.WriteString("\n")
	r.Counts.write(&s)
	fmt.Fprintf(&s, "rate          %.0f acknowledged/s, %.0f stored/s (%d stored in %.1f s)\n", r.AcknowledgedPerSecond, r.StoredPerSecond, r.Stored, r.StoredSeconds)
	if r.Lost > 0 {
		fmt.Fprintf(&s, "LOST          %d acknowledged events were never accounted for\n", r.Lost)
	}
	for _, p := range r.Projects {
		fmt.Fprintf(&s, "project %s\n", p.Project)
		p.Counts.write(&s)
	}
	r.CPU.write(&s)
	r.Visibility.write(&s)
	r.Verification.write(&s)
	_, err := io.WriteString(w, s.String())
	return err
}

func (c *Counts) write(s *strings.Builder) {
	fmt.Fprintf(s, "sent          %d: %d acknowledged, %d refused, %d without an answer, %d not sent\n", c.Sent, c.Acknowledged, c.Refused, c.InFlight, c.NotSent)
	s.WriteString("answers      ")
	for _, status := range slices.Sorted(maps.Keys(c.Statuses)) {
		fmt.Fprintf(s, " %d×%d", c.Statuses[status], status)
	}
	if c.RetryAfter > 0 {
		fmt.Fprintf(s, "; %d with Retry-After of at most %g s", c.RetryAfter, c.RetryAfterMax)
	}
	s.WriteString("\n")
	for _, text := range slices.Sorted(maps.Keys(c.Errors)) {
		fmt.Fprintf(s, "error         %d× %s\n", c.Errors[text], text)
	}
	fmt.Fprintf(s, "bodies        %.0f B each, %.0f B before compression\n", per(float64(c.WireBytes), float64(c.Sent)), per(float64(c.RawBytes), float64(c.Sent)))
	c.Ack.write(s, "acknowledged")
	if c.Service.P99 < 0.9*c.Ack.P99 {
		c.Service.write(s, "of that, sent")
	}
	c.Refusal.write(s, "refused")
}

func (l Latency) write(s *strings.Builder, name string) {
	if l.Count > 0 {
		fmt.Fprintf(s, "%-13s p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms  (%d)\n", name, l.P50, l.P90, l.P99, l.P999, l.Max, l.Count)
	}
}

func (c *CPU) write(s *strings.Builder) {
	if c.ServerSeconds > 0 || c.AlsoSeconds > 0 {
		fmt.Fprintf(s, "CPU           %.1f µs per stored event (server %.2f s, others %.2f s)\n", c.PerStored, c.ServerSeconds, c.AlsoSeconds)
	}
	fmt.Fprintf(s, "generator     %.1f µs of CPU per sent event\n", c.GeneratorPerSent)
	if c.RSSMaxBytes > 0 {
		fmt.Fprintf(s, "memory        at most %.1f MiB resident, %.1f MiB at the end\n", float64(c.RSSMaxBytes)/(1<<20), float64(c.RSSEndBytes)/(1<<20))
	}
}

func (v *Visibility) write(s *strings.Builder) {
	if v == nil {
		return
	}
	v.Live.write(s, "seen live")
	v.Search.write(s, "in search")
	if v.Error != "" {
		fmt.Fprintf(s, "INCOMPLETE    the visibility probe ended early: %s\n", v.Error)
	}
	fmt.Fprintf(s, "not seen      %d live (the server left out %d), %d in search\n", v.LiveUnseen, v.Dropped, v.NotFound)
}

func (v *Verification) write(s *strings.Builder) {
	if v == nil {
		return
	}
	fmt.Fprintf(s, "ledger        %v for %d acknowledged and %d without an answer, warm-up included\n", v.Ledger, v.Acknowledged, v.InFlight)
	if e := v.Exact; e != nil {
		fmt.Fprintf(s, "exactly       %d found, %d missing, %d twice, %d of those without an answer, %d that must not be there\n", e.Found, e.Missing, e.Duplicates, e.InFlightStored, e.Surprises)
		for _, id := range e.MissingIDs {
			fmt.Fprintf(s, "missing       %s\n", id)
		}
	}
	if v.Sample != nil {
		fmt.Fprintf(s, "sample        %d of %d found\n", v.Sample.Found, v.Sample.Asked)
	}
	fmt.Fprintf(s, "issues        %d for %d bugs (%d bugs split, %d issues merged)\n", v.Issues.Found, v.Issues.Expected, v.Issues.Split, v.Issues.Merged)
	for _, p := range v.Problems {
		fmt.Fprintf(s, "PROBLEM       %s\n", p)
	}
	if v.OK {
		s.WriteString("check         passed\n")
	}
}
