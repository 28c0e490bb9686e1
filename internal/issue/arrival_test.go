package issue_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/issue"
)

const (
	hour = 3600 * 1_000_000
	day  = 24 * hour
	now  = 1000 * day
)

func TestArrive(t *testing.T) {
	t.Parallel()
	resolved := issue.Triage{Status: issue.Resolved, ResolvedAt: now - hour}
	inRelease := issue.Triage{Status: issue.Resolved, ResolvedAt: now - hour, ResolvedIn: "app@2.0.0"}
	inNext := issue.Triage{Status: issue.Resolved, ResolvedAt: now - hour, ResolvedIn: "app@2.0.0", ResolvedInNext: true}
	byHash := issue.Triage{Status: issue.Resolved, ResolvedAt: now - hour, ResolvedIn: "cafe", ResolvedInNext: true}
	inHash := issue.Triage{Status: issue.Resolved, ResolvedAt: now - hour, ResolvedIn: "cafe"}
	archived := func(s issue.Substatus, until, users int64) issue.Triage {
		return issue.Triage{Status: issue.Archived, Substatus: s, ArchivedUntil: until, ArchivedUntilUsers: users}
	}
	open := func(s issue.Substatus) issue.Triage { return issue.Triage{Status: issue.Unresolved, Substatus: s} }
	tests := map[string]struct {
		triage    issue.Triage
		firstSeen int64
		arrival   issue.Arrival
		outcome   issue.Outcome
		substatus issue.Substatus
	}{
		"resolved now, newer event":             {triage: resolved, arrival: issue.Arrival{Timestamp: now}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},
		"resolved now, late event":              {triage: resolved, arrival: issue.Arrival{Timestamp: now - 2*hour}},
		"resolved now, same moment":             {triage: resolved, arrival: issue.Arrival{Timestamp: now - hour}},
		"in release, older release":             {triage: inRelease, arrival: issue.Arrival{Timestamp: now, Release: "app@1.9.9"}},
		"in release, that release":              {triage: inRelease, arrival: issue.Arrival{Timestamp: now, Release: "app@2.0.0"}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},
		"in release, newer release":             {triage: inRelease, arrival: issue.Arrival{Timestamp: now, Release: "app@2.0.1"}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},
		"in release, newer release, late event": {triage: inRelease, arrival: issue.Arrival{Timestamp: now - 3*hour, Release: "app@2.0.1"}},
		"in release, no release":                {triage: inRelease, arrival: issue.Arrival{Timestamp: now}},
		"in next, last release":                 {triage: inNext, arrival: issue.Arrival{Timestamp: now, Release: "app@2.0.0"}},
		"in next, next release":                 {triage: inNext, arrival: issue.Arrival{Timestamp: now, Release: "app@2.1.0"}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},
		"in next, older release":                {triage: inNext, arrival: issue.Arrival{Timestamp: now, Release: "app@1.0.0"}},
		"in next, hash known before":            {triage: byHash, arrival: issue.Arrival{Timestamp: now, Release: "beef", ReleaseSeen: now - day}},
		"in next, new hash":                     {triage: byHash, arrival: issue.Arrival{Timestamp: now, Release: "f00d", ReleaseSeen: now}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},
		"in hash, older hash":                   {triage: inHash, arrival: issue.Arrival{Timestamp: now, Release: "beef", ReleaseSeen: now - 3*day, ResolvedInSeen: now - 2*day}},
		"in hash, hash between fix and resolve": {triage: inHash, arrival: issue.Arrival{Timestamp: now, Release: "f00d", ReleaseSeen: now - day, ResolvedInSeen: now - 2*day}, outcome: issue.OutcomeRegressed, substatus: issue.Regressed},

		"archived forever":                   {triage: archived(issue.ArchivedForever, 0, 0), arrival: issue.Arrival{EventCount: 1e6, Escalates: true}, substatus: issue.ArchivedForever},
		"archived until time, before":        {triage: archived(issue.ArchivedUntilTime, now+1, 0), substatus: issue.ArchivedUntilTime},
		"archived until time, reached":       {triage: archived(issue.ArchivedUntilTime, now, 0), outcome: issue.OutcomeEscalating, substatus: issue.Escalating},
		"archived until count, below":        {triage: archived(issue.ArchivedUntilCount, 10, 0), arrival: issue.Arrival{EventCount: 9, UserCount: 99}, substatus: issue.ArchivedUntilCount},
		"archived until count, reached":      {triage: archived(issue.ArchivedUntilCount, 10, 0), arrival: issue.Arrival{EventCount: 10}, outcome: issue.OutcomeEscalating, substatus: issue.Escalating},
		"archived until users, reached":      {triage: archived(issue.ArchivedUntilCount, 0, 3), arrival: issue.Arrival{EventCount: 99, UserCount: 3}, outcome: issue.OutcomeEscalating, substatus: issue.Escalating},
		"archived until escalating, quiet":   {triage: archived(issue.ArchivedUntilEscalating, 0, 0), substatus: issue.ArchivedUntilEscalating},
		"archived until escalating, reached": {triage: archived(issue.ArchivedUntilEscalating, 0, 0), arrival: issue.Arrival{Escalates: true}, outcome: issue.OutcomeEscalating, substatus: issue.Escalating},

		"new stays new":               {triage: open(issue.New), firstSeen: now - day, substatus: issue.New},
		"new becomes ongoing":         {triage: open(issue.New), firstSeen: now - 8*day, substatus: issue.Ongoing},
		"new does not escalate":       {triage: open(issue.New), firstSeen: now - hour, arrival: issue.Arrival{Escalates: true}, substatus: issue.New},
		"ongoing escalates":           {triage: open(issue.Ongoing), arrival: issue.Arrival{Escalates: true}, outcome: issue.OutcomeEscalating, substatus: issue.Escalating},
		"escalating tells only once":  {triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.Escalating, EscalatedAt: now - hour}, arrival: issue.Arrival{Escalates: true}, substatus: issue.Escalating},
		"regressed calms down":        {triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.Regressed, RegressedAt: now - 8*day}, substatus: issue.Ongoing},
		"regressed stays for a while": {triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.Regressed, RegressedAt: now - day}, substatus: issue.Regressed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.arrival.Now = now
			got, outcome := issue.Issue{FirstSeen: test.firstSeen, Triage: test.triage}.Arrive(test.arrival)
			if outcome != test.outcome || got.Substatus != test.substatus {
				t.Errorf("got %v, %v; want %v, %v", outcome, got.Substatus, test.outcome, test.substatus)
			}
			if outcome == issue.OutcomeNone {
				if got.Status != test.triage.Status {
					t.Errorf("status changed to %v", got.Status)
				}
				return
			}
			if got.Status != issue.Unresolved || got.ResolvedAt != 0 || got.ResolvedIn != "" || got.ArchivedUntil != 0 {
				t.Errorf("not opened cleanly: %+v", got)
			}
		})
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	base := issue.Issue{EventCount: 7, UserCount: 2, LastRelease: "app@1.4.0", Triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.Regressed, Priority: 2, AssigneeUser: 5}}
	with := func(change func(*issue.Triage)) issue.Triage {
		want := base.Triage
		change(&want)
		return want
	}
	noRelease := base
	noRelease.LastRelease = ""
	tests := map[string]struct {
		do   func() (issue.Triage, error)
		want issue.Triage
		fail bool
	}{
		"resolve now": {do: func() (issue.Triage, error) { return base.Resolve(issue.Resolution{At: now}) },
			want: with(func(w *issue.Triage) { w.Status, w.Substatus, w.ResolvedAt = issue.Resolved, 0, now })},
		"resolve in next": {do: func() (issue.Triage, error) { return base.Resolve(issue.Resolution{At: now, Next: true}) },
			want: with(func(w *issue.Triage) {
				w.Status, w.Substatus, w.ResolvedAt, w.ResolvedIn, w.ResolvedInNext = issue.Resolved, 0, now, "app@1.4.0", true
			})},
		"resolve in next without release": {do: func() (issue.Triage, error) { return noRelease.Resolve(issue.Resolution{At: now, Next: true}) }, fail: true},
		"archive forever": {do: func() (issue.Triage, error) { return base.Archive(issue.Archive{Now: now}) },
			want: with(func(w *issue.Triage) { w.Status, w.Substatus = issue.Archived, issue.ArchivedForever })},
		"archive for more events": {do: func() (issue.Triage, error) { return base.Archive(issue.Archive{Now: now, Events: 3}) },
			want: with(func(w *issue.Triage) {
				w.Status, w.Substatus, w.ArchivedUntil = issue.Archived, issue.ArchivedUntilCount, 10
			})},
		"archive until past": {do: func() (issue.Triage, error) { return base.Archive(issue.Archive{Now: now, Until: now}) }, fail: true},
		"archive with two limits": {do: func() (issue.Triage, error) {
			return base.Archive(issue.Archive{Now: now, Until: now + 1, Escalating: true})
		}, fail: true},
		"reopen resolved": {do: func() (issue.Triage, error) {
			i := base
			i.Triage, _ = base.Resolve(issue.Resolution{At: now, Release: "x"})
			return i.Reopen(), nil
		}, want: with(func(w *issue.Triage) { w.Substatus = issue.Ongoing })},
		"reopen unresolved changes nothing": {do: func() (issue.Triage, error) { return base.Reopen(), nil }, want: base.Triage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.do()
			if (err != nil) != test.fail {
				t.Fatalf("error %v, want failure %v", err, test.fail)
			}
			if test.fail {
				return
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCompareReleases(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b  string
		order int
		ok    bool
	}{
		{"1.2.3", "1.10.0", -1, true}, {"app@1.2.3", "app@1.2.3+build7", 0, true}, {"app@1.0", "web@2.0", 0, false},
		{"2.0.0-rc.1", "2.0.0", -1, true}, {"2.0.0-rc.2", "2.0.0-rc.10", -1, true}, {"v3", "2.9", 1, true},
		{"cafebabe", "1.0", 0, false}, {"1.0-alpha", "1.0-1", 1, true},
	}
	for _, test := range tests {
		if order, ok := issue.CompareReleases(test.a, test.b); order != test.order || ok != test.ok {
			t.Errorf("%s vs %s: %d, %v; want %d, %v", test.a, test.b, order, ok, test.order, test.ok)
		}
	}
}
