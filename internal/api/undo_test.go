package api

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
	"github.com/mesher/mesher/internal/view"
)

// putTriage brings an issue into a state, with an activity of the given kind by the user.
func (w *world) putTriage(id int64, kind string, userID int64, next issue.Triage) {
	w.t.Helper()
	_, err := w.store.UpdateTriage(w.t.Context(), id, func(issue.Issue) (issue.Triage, []store.Activity, error) {
		return next, []store.Activity{{IssueID: id, UserID: userID, At: storetest.Start.Add(time.Hour).UnixMicro(), Kind: kind}}, nil
	})
	w.ok(err)
}

func (w *world) triageOf(id int64) issue.Triage {
	w.t.Helper()
	i, err := w.store.GetIssue(w.t.Context(), id)
	w.ok(err)
	return i.Triage
}

func TestUndoRestoresExactly(t *testing.T) {
	states := map[string]issue.Triage{
		"new":             {Status: issue.Unresolved, Substatus: issue.New, Priority: 2},
		"regressed":       {Status: issue.Unresolved, Substatus: issue.Regressed, Priority: 3, RegressedAt: 77, EscalatedAt: 55},
		"resolved next":   {Status: issue.Resolved, Priority: 1, ResolvedAt: 5, ResolvedIn: "shop@1", ResolvedInNext: true},
		"archived count":  {Status: issue.Archived, Substatus: issue.ArchivedUntilCount, Priority: 2, ArchivedUntil: 40, ArchivedUntilUsers: 9},
		"archived time":   {Status: issue.Archived, Substatus: issue.ArchivedUntilTime, Priority: 2, ArchivedUntil: 1 << 51, AssigneeTeam: 3},
		"assigned person": {Status: issue.Unresolved, Substatus: issue.Escalating, Priority: 2, AssigneeUser: 1, EscalatedAt: 3},
	}
	changes := []fields{
		{"status": "resolved"}, {"status": "unresolved", "priority": "medium"},
		{"status": "archived", "archived_until": fields{"escalating": true}, "priority": "low", "assignee": nil},
	}
	onEach(t, func(t *testing.T, w *world) {
		who, path := w.session("member"), projectPathOf(w.project)+"/issues"
		for name, before := range states {
			for _, change := range changes {
				id, _ := w.newIssue(w.project)
				w.putTriage(id, "regressed", 0, before)
				change["ids"] = []int64{id}
				r := read[BulkResult](w, 200, call{"PATCH", path, who, nil, change})
				touched := w.triageOf(id) != before
				u := read[BulkResult](w, 200, call{"POST", path + "/undo", who, nil, fields{"ids": []int64{id}, "changed_at": r.ChangedAt}})
				if d := cmp.Diff(before, w.triageOf(id)); d != "" {
					t.Errorf("%s after %v: %s", name, change, d)
				}
				if touched != slices.Equal(u.Updated, []int64{id}) {
					t.Errorf("%s after %v: touched %v, taken back %v", name, change, touched, u.Updated)
				}
			}
		}
	})
}

func TestUndoLeavesWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	who, path := w.session("member"), projectPathOf(w.project)+"/issues"
	member, now := w.users["member"].ID, view.Time(storetest.Start.Add(2*time.Hour).UnixMicro())
	regressed := issue.Triage{Status: issue.Unresolved, Substatus: issue.Regressed, Priority: 2, RegressedAt: 9}
	for name, tc := range map[string]struct {
		who       string
		changedAt view.Time
		between   func(id int64)
		undone    bool
	}{
		"at once":          {who, now, func(int64) {}, true},
		"after a comment":  {who, now, func(id int64) { w.do(call{"POST", issuePathOf(id) + "/comments", who, nil, fields{"text": "hm"}}) }, true},
		"regressed":        {who, now, func(id int64) { w.putTriage(id, "regressed", 0, regressed) }, false},
		"merged":           {who, now, func(id int64) { w.putTriage(id, "merged", member, w.triageOf(id)) }, false},
		"another's change": {who, now, func(id int64) { w.putTriage(id, "resolved", 1, w.triageOf(id)) }, false},
		"another's undo":   {w.session("admin"), now, func(int64) {}, false},
		"too late":         {who, now - view.Time(time.Minute.Microseconds()) - 1, func(int64) {}, false},
		"another change":   {who, now - 1, func(int64) {}, false},
	} {
		id, _ := w.newIssue(w.project)
		read[BulkResult](w, 200, call{"PATCH", path, who, nil, fields{"ids": []int64{id}, "status": "resolved"}})
		tc.between(id)
		before := w.triageOf(id)
		u := read[BulkResult](w, 200, call{"POST", path + "/undo", tc.who, nil, fields{"ids": []int64{id, 999999}, "changed_at": tc.changedAt}})
		if changed := w.triageOf(id) != before; changed != tc.undone || (len(u.Updated) == 1) != tc.undone {
			t.Errorf("%s: changed %v, answer %v", name, changed, u.Updated)
		}
		if again := read[BulkResult](w, 200, call{"POST", path + "/undo", tc.who, nil, fields{"ids": []int64{id}, "changed_at": tc.changedAt}}); len(again.Updated) != 0 {
			t.Errorf("%s: taken back twice", name)
		}
	}
}

func TestUndoKeepsToTheProject(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	id, _ := w.newIssue(w.project)
	r := read[BulkResult](w, 200, call{"PATCH", projectPathOf(w.project) + "/issues", w.session("owner"), nil, fields{"ids": []int64{id}, "status": "resolved"}})
	other := w.newProject(w.org)
	u := read[BulkResult](w, 200, call{"POST", projectPathOf(other.ID) + "/issues/undo", w.session("owner"), nil, fields{"ids": []int64{id}, "changed_at": r.ChangedAt}})
	if len(u.Updated) != 0 || w.triageOf(id).Status != issue.Resolved {
		t.Errorf("taken back by way of another project: %+v", u)
	}
}
