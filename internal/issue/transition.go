package issue

import "github.com/mesher/mesher/internal/fault"

// Resolution says how an issue is resolved: now, in a named release, or in the next one.
type Resolution struct {
	At int64
	// Release holds the fix; empty for "now" or "next".
	Release string
	// Next is set when the fix is in the release after the issue's last one.
	Next bool
}

// Resolve returns the triage state of a resolved issue.
func (i Issue) Resolve(r Resolution) (Triage, error) {
	t := i.opened(NoSubstatus)
	t.Status, t.ResolvedAt, t.ResolvedIn = Resolved, r.At, r.Release
	if !r.Next {
		return t, nil
	}
	if r.Release != "" {
		return i.Triage, fault.Field("resolved_in", "name a release or \"next\", not both")
	}
	if i.LastRelease == "" {
		return i.Triage, fault.Field("resolved_in", "the issue's events carry no release, so there is no next one: resolve it now, or set a release in the SDK")
	}
	t.ResolvedIn, t.ResolvedInNext = i.LastRelease, true
	return t, nil
}

// Archive says until when an issue stays out of sight. At most one of the conditions may be set; none means forever.
type Archive struct {
	Now int64
	// Until is a time in Unix µs.
	Until int64
	// Events and Users are how many more of them bring the issue back; one or both.
	Events int64
	Users  int64
	// Escalating brings the issue back when its rate multiplies.
	Escalating bool
}

// Archive returns the triage state of an archived issue.
func (i Issue) Archive(a Archive) (Triage, error) {
	substatus, err := a.substatus()
	if err != nil {
		return i.Triage, err
	}
	t := i.opened(substatus)
	t.Status = Archived
	switch substatus {
	case ArchivedUntilTime:
		t.ArchivedUntil = a.Until
	case ArchivedUntilEscalating:
		t.ArchivedUntil = i.EventCount
	case ArchivedUntilCount:
		t.ArchivedUntil, t.ArchivedUntilUsers = after(i.EventCount, a.Events), after(i.UserCount, a.Users)
	}
	return t, nil
}

func after(count, more int64) int64 {
	if more == 0 {
		return 0
	}
	return count + more
}

func (a Archive) substatus() (Substatus, error) {
	if a.Events < 0 || a.Users < 0 {
		return 0, fault.Field("archived_until", "a count must be above 0")
	}
	set, substatus := 0, ArchivedForever
	for s, given := range map[Substatus]bool{
		ArchivedUntilTime: a.Until != 0, ArchivedUntilCount: a.Events+a.Users > 0, ArchivedUntilEscalating: a.Escalating,
	} {
		if given {
			set, substatus = set+1, s
		}
	}
	if set > 1 {
		return 0, fault.Field("archived_until", "choose one of a time, a count, and escalating")
	}
	if substatus == ArchivedUntilTime && a.Until <= a.Now {
		return 0, fault.Field("archived_until", "the time is in the past: choose a later one")
	}
	return substatus, nil
}

// Reopen returns the triage state of an issue that a person opened again.
func (i Issue) Reopen() Triage {
	if i.Status == Unresolved {
		return i.Triage
	}
	return i.opened(Ongoing)
}
