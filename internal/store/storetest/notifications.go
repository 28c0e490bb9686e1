package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// crew is a project with three members, and somebody who is none.
type crew struct {
	t                      *testing.T
	s                      Store
	g                      *Generator
	orgID, projectID       int64
	ann, bob, cy, stranger int64
}

func newCrew(t *testing.T, s Store) *crew {
	t.Helper()
	c := &crew{t: t, s: s}
	for i, id := range []*int64{&c.ann, &c.bob, &c.cy, &c.stranger} {
		*id = need[org.User](t)(s.CreateUser(t.Context(), org.User{Email: fmt.Sprintf("%d@example.org", i)})).ID
	}
	o := need[org.Organization](t)(s.CreateOrganization(t.Context(), org.Organization{Slug: "acme", Name: "Acme"}, c.ann))
	for _, id := range []int64{c.bob, c.cy} {
		c.ok(s.AddMember(t.Context(), org.Member{OrganizationID: o.ID, UserID: id, Role: org.RegularMember}))
	}
	p, _, err := s.CreateProject(t.Context(), org.Project{OrganizationID: o.ID, Slug: "shop", Name: "Shop"}, org.Key{Public: org.NewPublicKey()})
	c.ok(err)
	c.orgID, c.projectID, c.g = o.ID, p.ID, NewGenerator(60, 5, p.ID)
	return c
}

func (c *crew) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// event stores an event and returns its issue.
func (c *crew) event(group string) int64 {
	c.t.Helper()
	c.g.NextMessage()
	return need[*store.Result](c.t)(c.s.Apply(c.t.Context(), batch(c.g, c.g.EventOf(c.projectID, group)))).Events[0].IssueID
}

// act writes an activity without changing the issue.
func (c *crew) act(id, userID int64, kind string, to ...store.Addressee) {
	c.t.Helper()
	c.change(id, store.Activity{UserID: userID, Kind: kind, Addressees: to}, func(i issue.Issue) (issue.Triage, error) { return i.Triage, nil })
}

func (c *crew) change(id int64, a store.Activity, to func(issue.Issue) (issue.Triage, error)) {
	c.t.Helper()
	c.g.Clock = c.g.Clock.Add(time.Second)
	a.At = c.g.Clock.UnixMicro()
	_, err := c.s.UpdateTriage(c.t.Context(), id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		after, err := to(i)
		return after, []store.Activity{a}, err
	})
	c.ok(err)
}

func (c *crew) resolve(id, userID int64) {
	c.t.Helper()
	c.change(id, store.Activity{UserID: userID, Kind: "resolved"}, func(i issue.Issue) (issue.Triage, error) {
		return i.Resolve(issue.Resolution{At: c.g.Clock.UnixMicro()})
	})
}

func (c *crew) inbox(userID int64) []store.Notification {
	c.t.Helper()
	return need[store.Page[store.Notification]](c.t)(c.s.ListNotifications(c.t.Context(), store.NotificationFilter{UserID: userID}, store.PageRequest{Limit: 100})).Items
}

// told are the kinds and reasons of a user's notifications, newest first.
func (c *crew) told(userID int64) string {
	c.t.Helper()
	var words []string
	for _, n := range c.inbox(userID) {
		words = append(words, n.Activity.Kind+":"+string(n.Reason))
	}
	return strings.Join(words, " ")
}

func (c *crew) subscribers(id int64) string {
	c.t.Helper()
	var words []string
	for _, v := range need[[]store.Subscriber](c.t)(c.s.Subscribers(c.t.Context(), id)) {
		words = append(words, fmt.Sprintf("%d:%s", v.UserID, v.Reason))
	}
	return strings.Join(words, " ")
}

func notificationsFollowActivities(t *testing.T, s Store) {
	c := newCrew(t, s)
	id := c.event("a")
	same(t, "subscribers of a new issue", c.subscribers(id), "")
	c.act(id, c.ann, "comment")
	c.act(id, c.bob, "priority")
	c.ok(s.Subscribe(t.Context(), c.stranger, id, 1))
	same(t, "subscribers", c.subscribers(id), fmt.Sprintf("%d:commented", c.ann))
	c.resolve(id, c.bob)
	c.g.Clock = c.g.Clock.Add(time.Hour)
	c.event("a")
	same(t, "ann", c.told(c.ann), "regressed:subscribed resolved:subscribed")
	same(t, "bob, not of his own act", c.told(c.bob), "regressed:subscribed")
	same(t, "a stranger", c.told(c.stranger), "")

	newest := c.inbox(c.ann)[0]
	same(t, "issue", newest.Activity.IssueID, id)
	same(t, "number", newest.IssueNumber, 1)
	same(t, "project", newest.ProjectSlug, "shop")
	same(t, "title", newest.IssueTitle, need[issue.Issue](t)(s.GetIssue(t.Context(), id)).Title)

	c.ok(s.Unsubscribe(t.Context(), c.bob, id, 1))
	c.act(id, c.bob, "comment")
	c.resolve(id, c.ann)
	same(t, "a no outlasts one's own comment", c.told(c.bob), "regressed:subscribed")
	same(t, "bob follows", need[map[int64]bool](t)(s.Subscribed(t.Context(), c.bob, []int64{id}))[id], false)
	c.ok(s.Subscribe(t.Context(), c.bob, id, 1))
	same(t, "bob follows again", need[map[int64]bool](t)(s.Subscribed(t.Context(), c.bob, []int64{id}))[id], true)
	c.act(id, c.ann, "comment")
	same(t, "bob", c.told(c.bob), "comment:subscribed regressed:subscribed")
}

func notificationsNameAddressees(t *testing.T, s Store) {
	c := newCrew(t, s)
	id := c.event("a")
	c.ok(s.Subscribe(t.Context(), c.bob, id, 1))
	c.act(id, c.ann, "comment", store.Addressee{UserID: c.bob, Reason: store.ReasonMentioned}, store.Addressee{UserID: c.ann, Reason: store.ReasonMentioned})
	same(t, "bob, once and as named", c.told(c.bob), "comment:mentioned")
	same(t, "ann, who named herself", c.told(c.ann), "")
	c.act(id, c.ann, "assigned", store.Addressee{UserID: c.cy, Reason: store.ReasonTeamAssigned})
	same(t, "cy, through a team", c.told(c.cy), "assigned:team_assigned")
	same(t, "subscribers", c.subscribers(id), fmt.Sprintf("%d:chosen %d:commented", c.bob, c.ann))
	c.ok(s.Unsubscribe(t.Context(), c.cy, id, 1))
	c.act(id, c.ann, "assigned", store.Addressee{UserID: c.cy, Reason: store.ReasonAssigned})
	same(t, "cy is told in spite of a no", c.told(c.cy), "assigned:assigned assigned:team_assigned")
	same(t, "and stays unsubscribed", need[map[int64]bool](t)(s.Subscribed(t.Context(), c.cy, []int64{id}))[id], false)
}

func notificationsComeOnce(t *testing.T, s Store) {
	c := newCrew(t, s)
	id := c.event("a")
	c.resolve(id, c.ann)
	c.g.Clock = c.g.Clock.Add(time.Hour)
	c.g.NextMessage()
	b := batch(c.g, c.g.EventOf(c.projectID, "a"), c.g.EventOf(c.projectID, "a"))
	for range 3 {
		need[*store.Result](t)(s.Apply(t.Context(), b))
	}
	same(t, "ann", c.told(c.ann), "regressed:subscribed")
	same(t, "by Mesher", c.inbox(c.ann)[0].Activity.UserID, 0)
}

func notificationsPage(t *testing.T, s Store) {
	c := newCrew(t, s)
	id := c.event("a")
	c.ok(s.Subscribe(t.Context(), c.ann, id, 1))
	for range 5 {
		c.act(id, c.bob, "comment")
	}
	list := func(unread bool, cursor string) store.Page[store.Notification] {
		t.Helper()
		f := store.NotificationFilter{UserID: c.ann, Unread: unread}
		return need[store.Page[store.Notification]](t)(s.ListNotifications(t.Context(), f, store.PageRequest{Limit: 3, Cursor: cursor}))
	}
	first := list(false, "")
	second := list(false, first.Next)
	same(t, "pages", fmt.Sprint(len(first.Items), len(second.Items), second.Next == ""), "3 2 true")
	unread := func() int64 { t.Helper(); return need[int64](t)(s.CountUnread(t.Context(), c.ann)) }
	same(t, "unread", unread(), 5)
	c.ok(s.MarkRead(t.Context(), c.bob, []int64{first.Items[0].ID}, 9))
	same(t, "unread after another's mark", unread(), 5)
	c.ok(s.MarkRead(t.Context(), c.ann, []int64{first.Items[0].ID}, 9))
	c.ok(s.MarkRead(t.Context(), c.ann, []int64{first.Items[0].ID}, 10))
	same(t, "read at", list(false, "").Items[0].ReadAt, 9)
	same(t, "newest unread", list(true, "").Items[0].ID, first.Items[1].ID)
	c.act(id, c.bob, "comment")
	c.ok(s.MarkReadThrough(t.Context(), c.ann, first.Items[0].ID, 11))
	same(t, "unread that came meanwhile", unread(), 1)
}

func notificationsEnd(t *testing.T, s Store) {
	c := newCrew(t, s)
	a, b := c.event("a"), c.event("b")
	for _, id := range []int64{a, b} {
		c.ok(s.Subscribe(t.Context(), c.bob, id, 1))
		c.act(id, c.ann, "comment")
	}
	same(t, "unread", need[int64](t)(s.CountUnread(t.Context(), c.bob)), 2)
	c.ok(s.DeleteIssue(t.Context(), a, store.Deletion{At: 1}))
	same(t, "of a deleted issue", len(c.inbox(c.bob)), 1)
	for more := true; more; {
		var err error
		more, err = s.DeleteStep(t.Context())
		c.ok(err)
	}
	same(t, "unread", need[int64](t)(s.CountUnread(t.Context(), c.bob)), 1)
	c.ok(s.RemoveMember(t.Context(), c.orgID, c.bob))
	same(t, "of one who left", len(c.inbox(c.bob)), 0)
	same(t, "unread of one who left", need[int64](t)(s.CountUnread(t.Context(), c.bob)), 0)
	same(t, "subscribers", c.subscribers(b), fmt.Sprintf("%d:commented", c.ann))
}

func notificationsAreBounded(t *testing.T, s Store) {
	c := newCrew(t, s)
	id := c.event("a")
	c.ok(s.Subscribe(t.Context(), c.ann, id, 1))
	for range 1003 {
		c.act(id, c.bob, "comment")
	}
	c.ok(s.Tidy(t.Context(), c.g.Clock.UnixMicro()))
	same(t, "newest kept", need[int64](t)(s.CountUnread(t.Context(), c.ann)), 1000)
	c.ok(s.Tidy(t.Context(), c.g.Clock.AddDate(0, 0, 90).Add(-time.Hour).UnixMicro()))
	same(t, "within 90 days", need[int64](t)(s.CountUnread(t.Context(), c.ann)), 1000)
	c.ok(s.Tidy(t.Context(), c.g.Clock.AddDate(0, 0, 90).Add(time.Second).UnixMicro()))
	same(t, "after 90 days", need[int64](t)(s.CountUnread(t.Context(), c.ann)), 0)
}

func subscriptionsAreMerged(t *testing.T, s Store) {
	c := newCrew(t, s)
	a, b := c.event("a"), c.event("b")
	c.act(b, c.bob, "comment")
	c.act(b, c.cy, "comment")
	c.ok(s.Unsubscribe(t.Context(), c.cy, a, 1))
	c.ok(s.MergeIssues(t.Context(), a, []int64{b}, store.Activity{UserID: c.ann, At: 1, Kind: "merged"}))
	same(t, "subscribers", c.subscribers(a), fmt.Sprintf("%d:acted %d:commented", c.ann, c.bob))
	same(t, "what was told is of the target now", c.inbox(c.bob)[0].Activity.IssueID, a)
}
