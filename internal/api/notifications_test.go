package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// inbox is what a user is told, newest first, as "kind reason by".
func (w *world) inbox(who string) []string {
	w.t.Helper()
	list := read[List[Notification]](w, 200, call{method: "GET", path: "/api/v1/notifications", who: who})
	return shapeAll(list.Items, func(n Notification) string { return n.Kind + " " + n.Reason + " by " + n.UserName })
}

func (w *world) unread(who string) int64 {
	w.t.Helper()
	return read[UnreadCount](w, 200, call{method: "GET", path: "/api/v1/notifications/unread", who: who}).Count
}

// again stores another event of an issue an hour later.
func (w *world) again(issueID int64) {
	w.t.Helper()
	hashes, err := w.store.IssueHashes(w.t.Context(), issueID)
	w.ok(err)
	w.gen.Clock = w.gen.Clock.Add(2 * time.Hour)
	w.gen.NextMessage()
	e := w.gen.EventOf(w.project, "again")
	e.Hashes = [][16]byte{hashes[0].Hash}
	_, err = w.store.Apply(w.t.Context(), &store.Batch{Partition: "p", Through: e.Seq, Now: w.gen.Clock.UnixMicro(), Events: []store.EventRow{e}})
	w.ok(err)
}

func TestNotificationsTellFollowers(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		member, viewer, admin, outsider := w.session("member"), w.session("viewer"), w.session("admin"), w.session("outsider")
		path := issuePathOf(w.issue)
		read[none](w, 204, call{method: "PUT", path: path + "/subscription", who: viewer})
		read[view.Issue](w, 200, call{"PATCH", path, member, nil, fields{"assignee": fields{"type": "user", "id": w.users["admin"].ID}}})
		read[Comment](w, 201, call{"POST", path + "/comments", member, nil, fields{"text": "look, @owner@example.org " + strings.Repeat("x", 400)}})
		read[view.Issue](w, 200, call{"PATCH", path, admin, nil, fields{"status": "resolved"}})
		w.again(w.issue)
		for who, want := range map[string][]string{
			viewer:             {"regressed subscribed by ", "resolved subscribed by admin", "commented subscribed by member"},
			member:             {"regressed subscribed by ", "resolved subscribed by admin"},
			admin:              {"regressed subscribed by ", "commented subscribed by member", "assigned assigned by member"},
			w.session("owner"): {"regressed subscribed by ", "resolved subscribed by admin", "mentioned mentioned by member"},
			outsider:           {},
		} {
			if got := w.inbox(who); !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
			if got := w.unread(who); got != int64(len(want)) {
				t.Errorf("unread %d, want %d", got, len(want))
			}
		}
		followers := read[List[Subscriber]](w, 200, call{method: "GET", path: path + "/subscribers", who: viewer})
		if got := shapeAll(followers.Items, func(s Subscriber) string { return s.Name + " " + s.Reason }); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"admin assigned", "member acted", "owner mentioned", "viewer chosen"}) {
			t.Errorf("followers: %q", got)
		}
		first := read[List[Notification]](w, 200, call{method: "GET", path: "/api/v1/notifications?limit=1", who: viewer})
		shown := first.Items[0]
		if shown.Issue.ID != w.issue || shown.Issue.ShortID != "SHOP-1" || shown.Issue.Title == "" || shown.ReadAt != nil || first.Next == "" {
			t.Errorf("shown: %+v, next %q", shown, first.Next)
		}
		rest := read[List[Notification]](w, 200, call{method: "GET", path: "/api/v1/notifications?cursor=" + first.Next, who: viewer})
		if len(rest.Items) != 2 || len([]rune(rest.Items[1].Text)) != 281 {
			t.Errorf("rest: %+v", rest.Items)
		}
		if left := read[UnreadCount](w, 200, call{"POST", "/api/v1/notifications/read", viewer, nil, fields{"ids": []int64{shown.ID}}}); left.Count != 2 {
			t.Errorf("%d left", left.Count)
		}
		if list := read[List[Notification]](w, 200, call{method: "GET", path: "/api/v1/notifications?unread=true", who: viewer}); len(list.Items) != 2 {
			t.Errorf("unread: %+v", list.Items)
		}
		if left := read[UnreadCount](w, 200, call{"POST", "/api/v1/notifications/read", viewer, nil, fields{"through": shown.ID}}); left.Count != 0 {
			t.Errorf("%d left", left.Count)
		}
		read[none](w, 400, call{"POST", "/api/v1/notifications/read", viewer, nil, fields{}})
	})
}

func TestSubscriptionIsOnesOwnChoice(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who, path := w.session("member"), issuePathOf(w.issue)
		followed := func() bool {
			t.Helper()
			return read[view.Issue](w, 200, call{method: "GET", path: path, who: who}).IsSubscribed
		}
		comment := call{"POST", path + "/comments", who, nil, fields{"text": "hm"}}
		read[Comment](w, 201, comment)
		if !followed() {
			t.Error("a comment does not subscribe")
		}
		read[none](w, 204, call{method: "DELETE", path: path + "/subscription", who: who})
		read[Comment](w, 201, comment)
		if followed() {
			t.Error("a comment overrules a no")
		}
		second, _ := w.newIssue(w.project)
		bulk := projectPathOf(w.project) + "/issues"
		ids := []int64{w.issue, second}
		read[BulkResult](w, 200, call{"PATCH", bulk, who, nil, fields{"ids": ids, "is_subscribed": true}})
		if list := read[List[view.Issue]](w, 200, call{method: "GET", path: bulk + "?query=is:subscribed", who: who}); len(list.Items) != 2 || !list.Items[0].IsSubscribed {
			t.Errorf("followed: %+v", list.Items)
		}
		read[BulkResult](w, 200, call{"PATCH", bulk, who, nil, fields{"query": "is:subscribed", "is_subscribed": false, "status": "resolved"}})
		if followed() {
			t.Error("acting in the same change overrules a no")
		}
	})
}

func TestTeamsAreToldOfAssignments(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		team, err := w.store.CreateTeam(t.Context(), store.Team{OrganizationID: w.org, Slug: "core", Name: "Core"})
		w.ok(err)
		for _, name := range []string{"viewer", "member"} {
			w.ok(w.store.AddTeamMember(t.Context(), w.org, team.ID, w.users[name].ID))
		}
		second, _ := w.newIssue(w.project)
		read[BulkResult](w, 200, call{"PATCH", projectPathOf(w.project) + "/issues", w.session("member"), nil, fields{
			"ids": []int64{w.issue, second}, "assignee": fields{"type": "team", "id": team.ID},
		}})
		viewer := w.session("viewer")
		if got := w.inbox(viewer); !slices.Equal(got, []string{"assigned team_assigned by member", "assigned team_assigned by member"}) {
			t.Errorf("viewer: %q", got)
		}
		if got := w.inbox(w.session("member")); len(got) != 0 {
			t.Errorf("of one's own act: %q", got)
		}
		if read[view.Issue](w, 200, call{method: "GET", path: issuePathOf(second), who: viewer}).IsSubscribed {
			t.Error("a team's assignment subscribes its members")
		}
	})
}
