package issue

// attention is how long an issue stays new, regressed or escalating before it is merely ongoing, in µs.
const attention = 7 * 24 * 3600 * 1_000_000

// Arrival is one more event of an issue, as the status machine sees it. Times are Unix µs.
type Arrival struct {
	// Timestamp is when the event happened, Now when it is processed.
	Timestamp int64
	Now       int64
	Release   string
	// ReleaseSeen is when the project first saw the event's release, and
	// ResolvedInSeen when it first saw Triage.ResolvedIn; 0 when unknown. They
	// order releases that are no version numbers.
	ReleaseSeen    int64
	ResolvedInSeen int64
	// EventCount and UserCount are the issue's with this event.
	EventCount int64
	UserCount  int64
	// Escalates is set when the issue's rate has multiplied: see Escalates.
	Escalates bool
}

// Opened is the triage state of an issue that its first event just made.
func Opened(priority int) (Triage, Outcome) {
	return Triage{Status: Unresolved, Substatus: New, Priority: priority}, OutcomeNew
}

// Arrive returns the triage state of an issue after one more event and what the event meant.
func (i Issue) Arrive(a Arrival) (Triage, Outcome) {
	switch i.Status {
	case Resolved:
		return i.arriveResolved(a)
	case Archived:
		return i.arriveArchived(a)
	default:
		return i.arriveUnresolved(a)
	}
}

// arriveResolved reopens the issue unless the event is from before the fix: an
// event that happened earlier but arrives late, or one of a release without it.
func (i Issue) arriveResolved(a Arrival) (Triage, Outcome) {
	if a.Timestamp <= i.ResolvedAt || i.beforeFix(a) {
		return i.Triage, OutcomeNone
	}
	t := i.opened(Regressed)
	t.RegressedAt = a.Now
	return t, OutcomeRegressed
}

func (i Issue) beforeFix(a Arrival) bool {
	if i.ResolvedIn == "" {
		return false
	}
	// An event without a release comes from a program older than the use of releases.
	if a.Release == "" {
		return true
	}
	if a.Release == i.ResolvedIn {
		return i.ResolvedInNext
	}
	if order, ok := CompareReleases(a.Release, i.ResolvedIn); ok {
		return order < 0
	}
	return a.ReleaseSeen != 0 && a.ReleaseSeen < i.fixSeen(a)
}

// fixSeen is when the release with the fix began to exist, as far as the project knows.
func (i Issue) fixSeen(a Arrival) int64 {
	if i.ResolvedInNext || a.ResolvedInSeen == 0 {
		return i.ResolvedAt
	}
	return a.ResolvedInSeen
}

func (i Issue) arriveArchived(a Arrival) (Triage, Outcome) {
	if !i.returns(a) {
		return i.Triage, OutcomeNone
	}
	t := i.opened(Escalating)
	t.EscalatedAt = a.Now
	return t, OutcomeEscalating
}

func (i Issue) returns(a Arrival) bool {
	switch i.Substatus {
	case ArchivedUntilTime:
		return a.Now >= i.ArchivedUntil
	case ArchivedUntilCount:
		return i.ArchivedUntil > 0 && a.EventCount >= i.ArchivedUntil ||
			i.ArchivedUntilUsers > 0 && a.UserCount >= i.ArchivedUntilUsers
	case ArchivedUntilEscalating:
		return a.Escalates
	default:
		return false
	}
}

func (i Issue) arriveUnresolved(a Arrival) (Triage, Outcome) {
	t := i.Calm(a.Now)
	if a.Escalates && t.Substatus == Ongoing {
		t.Substatus, t.EscalatedAt = Escalating, a.Now
		return t, OutcomeEscalating
	}
	return t, OutcomeNone
}

// Calm returns the triage state with an attention-seeking substatus replaced
// by Ongoing when it is a week old, and an archive whose time is over ended.
func (i Issue) Calm(now int64) Triage {
	if i.Status == Archived && i.Substatus == ArchivedUntilTime && now >= i.ArchivedUntil {
		return i.opened(Ongoing)
	}
	t := i.Triage
	since := map[Substatus]int64{New: i.FirstSeen, Regressed: i.RegressedAt, Escalating: i.EscalatedAt}
	if at, ok := since[t.Substatus]; ok && i.Status == Unresolved && now-at >= attention {
		t.Substatus = Ongoing
	}
	return t
}

// opened clears what resolving and archiving left.
func (i Issue) opened(s Substatus) Triage {
	t := i.Triage
	t.Status, t.Substatus = Unresolved, s
	t.ResolvedAt, t.ResolvedIn, t.ResolvedInNext = 0, "", false
	t.ArchivedUntil, t.ArchivedUntilUsers = 0, 0
	return t
}
