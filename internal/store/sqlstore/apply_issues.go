package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
)

// newHash is a fingerprint that a batch attaches to an issue.
type newHash struct {
	hash      [16]byte
	projectID int64
	state     *issueState
	version   string
	firstSeen int64
	// similar are the weak hashes of the event that brought it.
	similar [][16]byte
}

type discardCount struct{ count, lastAt int64 }

type hashKey struct {
	projectID int64
	hash      [16]byte
}

// owner is what a fingerprint leads to.
type owner struct {
	state     *issueState
	issueID   int64
	discardID int64
}

// place finds the issue of every fresh event by its fingerprints: the first
// known one names it, and the others are attached. Unknown ones make an issue.
func (a *application) place(ctx context.Context) error {
	owners, err := a.loadOwners(ctx)
	if err != nil {
		return err
	}
	if err := a.loadIssues(ctx, owners); err != nil {
		return err
	}
	a.fresh = slices.DeleteFunc(a.fresh, func(i int) bool { return !a.placeEvent(i, owners) })
	return nil
}

func (a *application) loadOwners(ctx context.Context) (map[hashKey]*owner, error) {
	var hashes [][]byte
	for _, i := range a.fresh {
		for h := range a.b.Events[i].Hashes {
			hashes = append(hashes, a.b.Events[i].Hashes[h][:])
		}
		for h := range a.b.Events[i].PriorHashes {
			hashes = append(hashes, a.b.Events[i].PriorHashes[h][:])
		}
	}
	slices.SortFunc(hashes, bytes.Compare)
	hashes = slices.CompactFunc(hashes, bytes.Equal)
	owners := map[hashKey]*owner{}
	err := listOf(ctx, a.c, "SELECT project_id, hash, issue_id, discard_id FROM issue_hashes WHERE hash IN (…)", hashes, func(r scanner) error {
		var o owner
		var projectID int64
		var hash []byte
		err := r.Scan(&projectID, &hash, &o.issueID, &o.discardID)
		if err == nil {
			owners[hashKey{projectID, [16]byte(hash)}] = &o
		}
		return err
	})
	return owners, err
}

// loadIssues locks the issues in id order.
func (a *application) loadIssues(ctx context.Context, owners map[hashKey]*owner) error {
	var ids []int64
	for _, o := range owners {
		if o.issueID != 0 {
			ids = append(ids, o.issueID)
		}
	}
	err := listOf(ctx, a.c, "SELECT "+issueColumns+" FROM issues WHERE id IN (…) ORDER BY id"+a.c.d.forUpdate, unique(ids), func(r scanner) error {
		i, err := scanIssue(r)
		a.issues[i.ID] = &issueState{Issue: i}
		return err
	})
	for key, o := range owners {
		if o.state = a.issues[o.issueID]; o.issueID != 0 && o.state == nil {
			return fmt.Errorf("fingerprint %x of project %d leads to issue %d, which is missing", key.hash, key.projectID, o.issueID)
		}
	}
	return err
}

// placeEvent returns false for an event that is discarded.
func (a *application) placeEvent(i int, owners map[hashKey]*owner) bool {
	e := &a.b.Events[i]
	o := ownerOf(e, owners)
	if o != nil && o.discardID != 0 {
		a.discard(i, o.discardID)
		return false
	}
	if o == nil {
		o = &owner{state: newIssue(e)}
		a.created = append(a.created, o.state)
	}
	a.attach(e, e.Hashes, e.GroupingVersion, o, owners)
	a.attach(e, e.PriorHashes, e.PriorVersion, o, owners)
	a.places[i] = o.state
	return true
}

// ownerOf finds what the event's fingerprints lead to, those of the version before last; nil when none is known.
func ownerOf(e *store.EventRow, owners map[hashKey]*owner) *owner {
	for _, hashes := range [][][16]byte{e.Hashes, e.PriorHashes} {
		for _, h := range hashes {
			if o := owners[hashKey{e.ProjectID, h}]; o != nil {
				return o
			}
		}
	}
	return nil
}

// attach lets unknown hashes lead to o from now on.
func (a *application) attach(e *store.EventRow, hashes [][16]byte, version string, o *owner, owners map[hashKey]*owner) {
	for _, h := range hashes {
		if key := (hashKey{e.ProjectID, h}); owners[key] == nil {
			owners[key] = o
			a.newHashes = append(a.newHashes, newHash{hash: h, projectID: e.ProjectID, state: o.state, version: version, firstSeen: e.Received, similar: e.Similar})
		}
	}
}

func (a *application) discard(i int, discardID int64) {
	e := &a.b.Events[i]
	a.result.Events[i].Discarded = true
	n := a.discarded[discardID]
	a.discarded[discardID] = discardCount{n.count + 1, max(n.lastAt, e.Received)}
	a.ledger(e, store.Discarded, "issue")
}

func newIssue(e *store.EventRow) *issueState {
	triage, _ := issue.Opened(priorityOf(e.Level))
	at := min(e.Timestamp, e.Received)
	return &issueState{created: true, Issue: issue.Issue{
		ProjectID: e.ProjectID, Title: e.Title, Type: e.Type, Value: e.Value, Culprit: e.Culprit, Level: e.Level,
		Platform: e.Platform, Logger: e.Logger, Basis: e.Basis, FirstSeen: at, LastSeen: at,
		FirstRelease: e.Release, LastRelease: e.Release, Triage: triage,
	}}
}

// priorityOf is the priority an issue starts with: 3 is high.
func priorityOf(l event.Level) int {
	switch {
	case l >= event.LevelFatal:
		return 3
	case l >= event.LevelWarning:
		return 2
	default:
		return 1
	}
}

// createIssues numbers and inserts new issues, so that they have ids.
func (a *application) createIssues(ctx context.Context) error {
	if len(a.created) == 0 {
		return nil
	}
	byProject := map[int64][]*issueState{}
	for _, i := range a.created {
		byProject[i.ProjectID] = append(byProject[i.ProjectID], i)
	}
	type number struct{ projectID, number int64 }
	byNumber := map[number]*issueState{}
	var rows [][]any
	for _, projectID := range sortedKeys(byProject) {
		list := byProject[projectID]
		var last int64
		if err := a.c.row(ctx, "UPDATE project_counters SET issues = issues + $1 WHERE project_id = $2 RETURNING issues", []any{len(list), projectID}, &last); err != nil {
			return fmt.Errorf("number issues of project %d: %w", projectID, err)
		}
		if last == int64(len(list)) {
			if err := markFirstEvent(ctx, a.c, projectID, a.b.Now); err != nil {
				return fmt.Errorf("mark first event of project %d: %w", projectID, err)
			}
		}
		for n, i := range list {
			i.Number = last - int64(len(list)) + int64(n) + 1
			byNumber[number{projectID, i.Number}] = i
			rows = append(rows, issueRow(&i.Issue)[1:])
		}
	}
	return a.c.insert(ctx, insert{into: "INSERT INTO issues (" + issueColumns[len("id, "):] + ", search_text) VALUES", rows: rows, then: "RETURNING project_id, number, id",
		scan: func(r scanner) error {
			var n number
			var id int64
			err := r.Scan(&n.projectID, &n.number, &id)
			if i := byNumber[n]; i != nil {
				i.ID = id
				a.issues[id] = i
			}
			return err
		}})
}

// arrive runs the status machine over the events in order.
func (a *application) arrive(ctx context.Context) error {
	seen, err := a.releasesSeen(ctx)
	if err != nil {
		return err
	}
	for _, i := range a.fresh {
		e, state := &a.b.Events[i], a.places[i]
		outcome := issue.OutcomeNone
		if state.EventCount == 0 && state.created {
			outcome = issue.OutcomeNew
		}
		state.count(e, a.takeNewUser(state, e))
		if outcome == issue.OutcomeNone {
			state.Triage, outcome = state.Arrive(issue.Arrival{
				Timestamp: e.Timestamp, Now: a.b.Now, Release: e.Release, ReleaseSeen: seen[releaseKey{e.ProjectID, e.Release}],
				ResolvedInSeen: seen[releaseKey{e.ProjectID, state.ResolvedIn}], EventCount: state.EventCount, UserCount: state.UserCount, Escalates: state.escalates,
			})
		}
		a.result.Events[i].IssueID, a.result.Events[i].Outcome = state.ID, outcome
		a.note(state, outcome)
		a.ledger(e, store.Stored, "")
	}
	for _, i := range a.fresh {
		a.result.Events[i].EventCount, a.result.Events[i].UserCount = a.places[i].EventCount, a.places[i].UserCount
	}
	return nil
}

// count adds one event. The latest event gives the issue its title and release.
func (i *issueState) count(e *store.EventRow, newUser int64) {
	i.EventCount++
	i.UserCount += newUser
	at := min(e.Timestamp, e.Received)
	if at < i.FirstSeen {
		i.FirstSeen, i.FirstRelease = at, e.Release
	}
	if at < i.LastSeen {
		return
	}
	i.LastSeen = at
	i.Title, i.Type, i.Value, i.Culprit, i.Level = e.Title, e.Type, e.Value, e.Culprit, e.Level
	if e.Release != "" {
		i.LastRelease = e.Release
	}
}

// activityKinds are the outcomes that an issue's history keeps.
var activityKinds = map[issue.Outcome]string{issue.OutcomeNew: "first_seen", issue.OutcomeRegressed: "regressed", issue.OutcomeEscalating: "escalated"}

func (a *application) note(state *issueState, outcome issue.Outcome) {
	if kind, ok := activityKinds[outcome]; ok {
		a.activity = append(a.activity, store.Activity{IssueID: state.ID, At: a.b.Now, Kind: kind})
	}
}

func (a *application) writeIssues(ctx context.Context) error {
	var rows [][]any
	for _, id := range sortedKeys(a.issues) {
		if i := a.issues[id]; i.EventCount > 0 {
			rows = append(rows, issueRow(&i.Issue))
		}
	}
	if err := a.c.insert(ctx, insert{into: "INSERT INTO issues (" + issueColumns + ", search_text) VALUES", rows: rows, then: issueConflict}); err != nil {
		return err
	}
	if err := a.writeHashes(ctx); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(a.discarded)) {
		n := a.discarded[id]
		if _, err := a.c.exec(ctx, "UPDATE discards SET count = count + $1, last_at = CASE WHEN last_at < $2 THEN $2 ELSE last_at END WHERE id = $3", n.count, n.lastAt, id); err != nil {
			return err
		}
	}
	return insertActivities(ctx, a.c, a.activity)
}

func (a *application) writeHashes(ctx context.Context) error {
	slices.SortFunc(a.newHashes, func(x, y newHash) int {
		return cmp.Or(bytes.Compare(x.hash[:], y.hash[:]), cmp.Compare(x.projectID, y.projectID))
	})
	var rows [][]any
	for _, h := range a.newHashes {
		rows = append(rows, []any{h.hash[:], h.projectID, h.state.ID, h.version, h.firstSeen})
	}
	return a.c.insert(ctx, insert{into: "INSERT INTO issue_hashes (hash, project_id, issue_id, grouping_version, first_seen) VALUES", rows: rows})
}
