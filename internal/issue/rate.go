package issue

// How an issue escalates: at escalation times its normal rate, but not below so
// many events in an hour – fewer where it was archived until then, because
// nobody sees it otherwise.
const (
	escalation    = 10
	leastArchived = 10
	leastVisible  = 100
)

const (
	hour      = 3600 * 1_000_000
	weekHours = 7 * 24
)

// Rate is how often an issue happens. Now is in Unix µs.
type Rate struct {
	Now int64
	// ThisHour counts the events of the running hour, Events all of the issue.
	ThisHour int64
	Events   int64
	// Week counts the events of the 168 hours before, Peak those of the busiest of them.
	Week int64
	Peak int64
}

// Escalates reports whether the events of the running hour are more than ten
// times the issue's normal rate, which is its mean over the week before or over
// its life, if that is shorter. What has happened within a single hour of the
// week is normal too: a nightly job that fails does not escalate every night.
// Of an archived issue only what came since it was archived counts.
func (i Issue) Escalates(r Rate) bool {
	switch {
	case i.Status == Archived && i.Substatus == ArchivedUntilEscalating:
		since := min(r.ThisHour, r.Events-i.ArchivedUntil)
		return since > max(leastArchived, i.tenfold(r, r.ThisHour-since))
	case i.Status == Unresolved:
		return r.ThisHour > max(leastVisible, i.tenfold(r, 0))
	default:
		return false
	}
}

// tenfold is what the running hour must exceed; known are those of its events that belong to the normal rate.
func (i Issue) tenfold(r Rate, known int64) int64 {
	hours := min(max((r.Now-i.FirstSeen)/hour, 1), weekHours)
	return max(escalation*(r.Week+known)/hours, r.Peak)
}
