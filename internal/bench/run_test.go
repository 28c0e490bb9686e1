package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

func TestEveryModeIsStoredAndChecked(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModeEnvelope, ModeStore, ModeNative, ModeWS, ModeOTLPLogs} {
		for _, encoding := range []Encoding{Gzip, Zstd, Identity} {
			t.Run(string(mode)+" "+string(encoding), func(t *testing.T) {
				t.Parallel()
				r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.Mode, c.Encoding, c.Events = mode, encoding, 100 })
				if !r.OK() || r.Sent != 100 || r.Acknowledged != 100 || r.Stored != 100 || r.Verification.Exact.Found != 100 {
					t.Errorf("got %+v and %+v", r.Counts, r.Verification)
				}
				if r.Ack.Count == 0 || r.Ack.P99 < r.Ack.P50 || r.WireBytes == 0 {
					t.Errorf("got %+v", r.Counts)
				}
			})
		}
	}
}

func TestBulkKnowsItsRefusedItems(t *testing.T) {
	t.Parallel()
	r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.Mode, c.Batch = ModeBulk, 50 })
	if !r.OK() || r.Acknowledged != 450 || r.Refused != 50 || r.Verification.Exact.Found != 450 {
		t.Errorf("got %+v and %+v", r.Counts, r.Verification)
	}
}

func TestFixedRateRun(t *testing.T) {
	t.Parallel()
	r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.Rate, c.Events, c.Warmup = 500, 100, 100*time.Millisecond })
	if !r.OK() || r.Offered != 100 || r.Sent != 100 || r.Verification.Acknowledged < 110 {
		t.Errorf("got %+v and %+v", r.Counts, r.Verification)
	}
}

func TestRefusalsAreCountedApart(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModeEnvelope, ModeWS} {
		r := benchAgainst(t, newFake(t, func(n int) fate { return []fate{store, refuse}[n%2] }), func(c *Config) { c.Mode = mode })
		if !r.OK() || r.Acknowledged != 250 || r.Refused != 250 || r.Statuses[429] != 250 || r.Refusal.Count != 250 || r.RetryAfter != 250 || r.RetryAfterMax != 7 {
			t.Errorf("%s: got %+v and %+v", mode, r.Counts, r.Verification)
		}
	}
}

func TestCheckFindsEveryKindOfFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fate    fate
		problem string
		exact   ExactCount
	}{
		"lost":  {lose, "are not stored", ExactCount{Found: 450, Missing: 50}},
		"twice": {twice, "more than once", ExactCount{Found: 500, Duplicates: 50}},
		"sneak": {sneak, "refused or never sent", ExactCount{Found: 450, Surprises: 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFake(t, func(n int) fate {
				if n%10 == 5 {
					return c.fate
				}
				return store
			})
			r := benchAgainst(t, s, nil)
			if r.OK() || !strings.Contains(strings.Join(r.Verification.Problems, "; "), c.problem) {
				t.Errorf("problems: %v", r.Verification.Problems)
			}
			got := *r.Verification.Exact
			if c.exact.Missing > 0 && len(got.MissingIDs) != 10 {
				t.Errorf("missing ids: %v", got.MissingIDs)
			}
			got.MissingIDs = nil
			if got.Found != c.exact.Found || got.Missing != c.exact.Missing || got.Duplicates != c.exact.Duplicates || got.Surprises != c.exact.Surprises {
				t.Errorf("got %+v, want %+v", got, c.exact)
			}
		})
	}
}

func TestEventsWithoutAnAnswerAreReportedApart(t *testing.T) {
	t.Parallel()
	s := newFake(t, func(n int) fate {
		switch n % 10 {
		case 3:
			return hangUp
		case 7:
			return vanish
		}
		return store
	})
	r := benchAgainst(t, s, nil)
	if !r.OK() || r.InFlight != 100 || r.Acknowledged != 400 {
		t.Errorf("got %+v and %+v", r.Counts, r.Verification)
	}
	if e := r.Verification.Exact; e.Found != 400 || e.InFlightStored != 50 || e.Surprises != 0 || e.Missing != 0 {
		t.Errorf("got %+v", e)
	}
}

func TestCheckFindsWrongGrouping(t *testing.T) {
	t.Parallel()
	s := newFake(t, always(store))
	s.merge = true
	for _, check := range []Check{CheckExact, CheckCount} {
		r := benchAgainst(t, s, func(c *Config) {
			c.Check = check
			c.Seed += uint64(len(check))
		})
		if r.OK() || r.Verification.Issues.Found != 1 || r.Verification.Issues.Expected < 10 {
			t.Errorf("%s: got %+v", check, r.Verification)
		}
	}
}

func TestErrorsAreCountedByKind(t *testing.T) {
	t.Parallel()
	cfg := Config{DSNs: []string{"http://k@127.0.0.1:1/1"}, Workers: 4, Events: 20, Bugs: 5}
	r, err := Run(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r.NotSent != 20 || len(r.Errors) != 1 || r.Errors["dial: connect: connection refused"] != 20 {
		t.Errorf("got %+v", r.Counts)
	}
}

func TestNothingAcknowledgedIsNoSuccess(t *testing.T) {
	t.Parallel()
	if r := benchAgainst(t, newFake(t, always(refuse)), nil); r.OK() || r.Refused != 500 {
		t.Errorf("got %+v and %+v", r.Counts, r.Verification)
	}
}

func TestSampleFindsLoss(t *testing.T) {
	t.Parallel()
	s := newFake(t, func(n int) fate { return []fate{store, lose}[n%2] })
	r := benchAgainst(t, s, func(c *Config) { c.Check = CheckSample })
	if v := r.Verification; r.OK() || v.Sample.Asked != sampleSize || v.Sample.Found < 50 || v.Sample.Found > 150 {
		t.Errorf("got %+v, %+v", v, v.Sample)
	}
	if r.Lost != 250 {
		t.Errorf("the ledger misses %d, want 250", r.Lost)
	}
}

func TestNoisyProjectGetsItsShare(t *testing.T) {
	t.Parallel()
	s := newFake(t, always(store))
	r := benchAgainst(t, s, func(c *Config) {
		c.DSNs = []string{s.dsn("1"), s.dsn("2"), s.dsn("3")}
		c.Noisy, c.Events = 10, 1200
	})
	if !r.OK() || len(r.Projects) != 3 {
		t.Fatalf("got %+v", r)
	}
	for i, want := range []uint64{1000, 100, 100} {
		if got := r.Projects[i].Sent; got < want*6/10 || got > want*14/10 {
			t.Errorf("project %d got %d events, want about %d", i, got, want)
		}
	}
}

func TestVisibilityIsMeasured(t *testing.T) {
	t.Parallel()
	r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.Visibility, c.Rate, c.Events = true, 200, 100 })
	v := r.Visibility
	if !r.OK() || v.Live.Count != 100 || v.LiveUnseen != 0 || v.Dropped != 100 || v.Search.Count == 0 || v.NotFound != 0 {
		t.Errorf("got %+v", v)
	}
}

func TestOtherServersNeedNoManagementAPI(t *testing.T) {
	t.Parallel()
	r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.API, c.Token, c.ServerPID = "", "", 0 })
	if !r.OK() || r.Acknowledged != 500 || r.Verification != nil {
		t.Errorf("got %+v", r)
	}
}

func TestCPUOfProcessesIsMeasured(t *testing.T) {
	t.Parallel()
	r := benchAgainst(t, newFake(t, always(store)), func(c *Config) { c.ServerPID, c.Events = os.Getpid(), 1000 })
	// The fake server is this very process, so its time is the generator's.
	if r.CPU.ServerSeconds == 0 || r.CPU.RSSMaxBytes < 1<<20 || r.CPU.PerStored == 0 || r.CPU.GeneratorSeconds == 0 {
		t.Errorf("got %+v", r.CPU)
	}
	if _, err := Run(t.Context(), Config{DSNs: []string{"http://k@127.0.0.1:1/1"}, ServerPID: 1 << 30, Events: 1}, io.Discard); err == nil {
		t.Error("a process that is not there is not refused")
	}
}

func TestAnEarlyEndIsReported(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newFake(t, func(n int) fate {
		if n == 200 {
			cancel()
		}
		return store
	})
	r, err := Run(ctx, Config{DSNs: []string{s.dsn("1")}, API: s.URL, Token: fakeToken, Check: CheckExact, Workers: 2, Bugs: 10, Duration: time.Minute}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() || r.Acknowledged == 0 || r.Acknowledged > 1000 {
		t.Errorf("got %+v and %+v", r.Counts, r.Verification)
	}
}

func TestReportsAreReadable(t *testing.T) {
	t.Parallel()
	s := newFake(t, func(n int) fate { return []fate{store, refuse, lose, hangUp}[n%4] })
	r := benchAgainst(t, s, func(c *Config) {
		c.DSNs = []string{s.dsn("1"), s.dsn("2")}
		c.Visibility, c.ServerPID = true, os.Getpid()
	})
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"acknowledged", "×429", "Retry-After", "PROBLEM", "missing", "project 2", "CPU", "seen live", "in search", "ledger", "error"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, text.String())
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"acknowledged":`, `"p99_ms":`, `"us_per_stored_event":`, `"missing":`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the JSON has no %s: %s", want, data)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	dsn := []string{"http://k@127.0.0.1:1/1"}
	for name, c := range map[string]Config{
		"no dsn":        {},
		"another host":  {DSNs: []string{"http://k@10.0.0.1/1"}},
		"two hosts":     {DSNs: []string{dsn[0], "http://k@127.0.0.2:1/2"}},
		"endless":       {DSNs: dsn, Duration: 1000 * time.Hour},
		"too many":      {DSNs: dsn, Events: 1 << 60},
		"too wide":      {DSNs: dsn, Workers: 1 << 20},
		"batch":         {DSNs: dsn, Batch: 5},
		"rate":          {DSNs: dsn, Rate: -1},
		"noisy":         {DSNs: dsn, Noisy: 0.5},
		"visibility":    {DSNs: dsn, Visibility: true},
		"no token":      {DSNs: dsn, API: "http://127.0.0.1:1"},
		"API elsewhere": {DSNs: dsn, API: "http://10.0.0.1", Token: "t"},
		"bugs":          {DSNs: dsn, Bugs: -1},
	} {
		if _, err := Run(t.Context(), c, io.Discard); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ByteSize{"6000": 6000, "6KiB": 6144, "6 kB": 6000, "1.5MiB": 3 << 19, "7B": 7} {
		var b ByteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q: got %d, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "6GiB", "1e99"} {
		if err := new(ByteSize).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is not refused", text)
		}
	}
}
