package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/httpd/problem"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/view"
)

func issuePathOf(n int64) string { return "/api/v1/issues/" + id(n) }

func projectPathOf(n int64) string { return "/api/v1/projects/" + id(n) }

// onEach runs a test on a world of each database.
func onEach(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) { test(t, newWorld(t, s)) })
}

func TestTriageIsToldAndRemembered(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who := w.session("member")
		patch := func(change fields) view.Issue {
			t.Helper()
			return read[view.Issue](w, 200, call{"PATCH", issuePathOf(w.issue), who, nil, change})
		}
		if i := patch(fields{"status": "resolved", "resolved_in": "shop@2.0"}); i.Status != "resolved" || i.ResolvedIn != "shop@2.0" || i.ResolvedAt == nil {
			t.Errorf("resolved: %+v", i)
		}
		if i := patch(fields{"status": "archived", "archived_until": fields{"events": 5}}); i.Status != "archived" || i.Substatus != "archived_until_count" || i.ArchivedUntilCount != 6 {
			t.Errorf("archived: %+v", i)
		}
		i := patch(fields{"status": "unresolved", "priority": "low", "is_bookmarked": true, "assignee": fields{"type": "user", "id": w.users["viewer"].ID}})
		if i.Status != "unresolved" || i.Priority != "low" || !i.IsBookmarked || i.Assignee == nil || i.Assignee.Name != "viewer" || i.Fingerprint == "" || len(i.Sparkline) != 24 {
			t.Errorf("reopened: %+v", i)
		}
		if i := patch(fields{"assignee": nil}); i.Assignee != nil || i.Priority != "low" {
			t.Errorf("unassigned: %+v", i)
		}
		patch(fields{}) // changes nothing and tells nothing
		comment := read[Comment](w, 201, call{"POST", issuePathOf(w.issue) + "/comments", who, nil, fields{"text": "It is **this**."}})
		if comment.UserName != "member" || comment.ID == 0 {
			t.Errorf("comment: %+v", comment)
		}
		history := read[List[Activity]](w, 200, call{method: "GET", path: issuePathOf(w.issue) + "/activity", who: who})
		var kinds []string
		for _, a := range history.Items {
			kinds = append(kinds, a.Kind)
		}
		want := []string{"comment", "assigned", "assigned", "priority", "reopened", "archived", "resolved", "first_seen"}
		if !slices.Equal(kinds, want) {
			t.Errorf("history %v, want %v", kinds, want)
		}
		if len(w.facts.facts) != 5 || w.facts.facts[0].Kind != eventlog.IssueChanged || w.facts.facts[0].ProjectID != w.project {
			t.Errorf("facts: %d %+v", len(w.facts.facts), w.facts.facts)
		}
		for name, bad := range map[string]fields{
			"outsider":   {"assignee": fields{"type": "user", "id": w.users["outsider"].ID}},
			"no status":  {"resolved_in": "next"},
			"two ways":   {"status": "archived", "archived_until": fields{"events": 1, "escalating": true}},
			"unknown":    {"state": "resolved"},
			"wrong word": {"status": "closed"},
		} {
			if rec := w.do(call{"PATCH", issuePathOf(w.issue), who, nil, bad}); rec.Code != 400 {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
	})
}

func TestBulk(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who := w.session("member")
		var ids []int64
		for range 3 {
			issueID, _ := w.newIssue(w.project)
			ids = append(ids, issueID)
		}
		foreign, _ := w.newIssue(w.otherProject)
		path := projectPathOf(w.project) + "/issues"
		r := read[BulkResult](w, 200, call{"PATCH", path, who, nil, fields{"ids": []int64{ids[0], foreign, 999999}, "status": "resolved"}})
		if !slices.Equal(r.Updated, ids[:1]) {
			t.Errorf("by ids: %+v", r)
		}
		r = read[BulkResult](w, 200, call{"PATCH", path, who, nil, fields{"query": "is:unresolved", "status": "archived"}})
		if len(r.Updated) != 3 || r.More {
			t.Errorf("by search: %+v", r)
		}
		r = read[BulkResult](w, 200, call{"POST", path + "/delete", who, nil, fields{"ids": append(ids, foreign), "discard": true}})
		if !slices.Equal(r.Updated, ids) {
			t.Errorf("deleted: %+v", r)
		}
		if rec := w.do(call{"PATCH", path, who, nil, fields{"ids": ids, "query": "", "status": "resolved"}}); rec.Code != 400 {
			t.Errorf("ids and query: %d", rec.Code)
		}
		list := read[List[view.Issue]](w, 200, call{method: "GET", path: path, who: who})
		if len(list.Items) != 1 || list.Items[0].ID != w.issue || list.Items[0].Status != "archived" {
			t.Errorf("left: %+v", list.Items)
		}
		discards := read[List[Discard]](w, 200, call{method: "GET", path: projectPathOf(w.project) + "/discards", who: who})
		if len(discards.Items) != 3 {
			t.Errorf("discards: %+v", discards.Items)
		}
		if i, err := w.store.GetIssue(t.Context(), foreign); err != nil || i.ID != foreign {
			t.Errorf("the other organization's issue: %v", err)
		}
	})
}

func TestSettingsAreNotOverwritten(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	who, path := w.session("admin"), projectPathOf(w.project)+"/settings"
	tag := w.do(call{method: "GET", path: path, who: who}).Header().Get("ETag")
	if tag == "" {
		t.Fatal("settings have no ETag")
	}
	with := map[string]string{"If-Match": tag}
	first := w.do(call{"PATCH", path, who, with, fields{"retention_days": 7}})
	if first.Code != 200 || first.Header().Get("ETag") == tag {
		t.Errorf("first: %d %s", first.Code, first.Body)
	}
	if second := w.do(call{"PATCH", path, who, with, fields{"retention_days": 9}}); second.Code != http.StatusPreconditionFailed {
		t.Errorf("second: %d %s", second.Code, second.Body)
	}
	got := read[org.Settings](w, 200, call{"PATCH", path, who, nil, fields{"sample_rate": 0.5}})
	if got.RetentionDays != 7 || got.SampleRate != 0.5 || got.Filters.Messages == nil {
		t.Errorf("settings %+v", got)
	}
	if !slices.Contains(w.keys.ids, w.project) {
		t.Error("admission was not told to read the settings again")
	}
	// Of filters and rules of scrubbing, too, only what is sent changes.
	w.do(call{"PATCH", path, who, nil, fields{"filters": fields{"messages": []string{"x*"}, "localhost": true}, "scrub": fields{"safe_fields": []string{"pin"}}}})
	got = read[org.Settings](w, 200, call{"PATCH", path, who, nil, fields{"filters": fields{"localhost": false}, "scrub": fields{"ip_addresses": true}}})
	if len(got.Filters.Messages) != 1 || got.Filters.Localhost || len(got.Scrub.SafeFields) != 1 || !got.Scrub.IPAddresses {
		t.Errorf("settings %+v", got)
	}
	rec := w.do(call{"PATCH", path, who, nil, fields{"retention_days": -1}})
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), "retention_days") {
		t.Errorf("negative: %d %s", rec.Code, rec.Body)
	}
	log := read[List[AuditEntry]](w, 200, call{method: "GET", path: "/api/v1/orgs/" + id(w.org) + "/audit-log", who: who})
	if len(log.Items) != 4 || log.Items[0].Action != "project.settings_changed" || log.Items[0].UserEmail != "admin@example.org" {
		t.Errorf("audit log %+v", log.Items)
	}
}

func TestMembersKeepTheirBounds(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	base := "/api/v1/orgs/" + id(w.org)
	admin, owner := w.session("admin"), w.session("owner")
	ownerPath := base + "/members/" + id(w.users["owner"].ID)
	adminPath := base + "/members/" + id(w.users["admin"].ID)
	for name, c := range map[string]struct {
		status int
		call   call
	}{
		"an admin makes nobody owner":       {403, call{"PATCH", adminPath, admin, nil, fields{"role": "owner"}}},
		"an admin degrades no owner":        {403, call{"PATCH", ownerPath, admin, nil, fields{"role": "viewer"}}},
		"an admin removes no owner":         {403, call{method: "DELETE", path: ownerPath, who: admin}},
		"an admin invites no owner":         {403, call{"POST", base + "/members", admin, nil, fields{"role": "owner"}}},
		"the last owner stays owner":        {409, call{"PATCH", ownerPath, owner, nil, fields{"role": "admin"}}},
		"the last owner stays":              {409, call{method: "DELETE", path: ownerPath, who: owner}},
		"anybody may leave":                 {204, call{method: "DELETE", path: base + "/members/" + id(w.users["viewer"].ID), who: w.session("viewer")}},
		"deleting wants the right name":     {400, call{method: "DELETE", path: base + "?confirm=acme", who: owner}},
		"a project is deleted by its name":  {400, call{method: "DELETE", path: projectPathOf(w.project) + "?confirm=x", who: owner}},
		"the other organization is unknown": {404, call{method: "GET", path: "/api/v1/orgs/" + id(w.otherOrg), who: owner}},
	} {
		if rec := w.do(c.call); rec.Code != c.status {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	// Ownership is handed over by making somebody else owner first.
	read[Member](w, 200, call{"PATCH", adminPath, owner, nil, fields{"role": "owner"}})
	read[Member](w, 200, call{"PATCH", ownerPath, owner, nil, fields{"role": "viewer"}})
	if rec := w.do(call{"PATCH", adminPath, owner, nil, fields{"role": "viewer"}}); rec.Code != 403 {
		t.Errorf("the former owner still rules: %d", rec.Code)
	}
}

func TestInvitationLink(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	made := read[NewInvitation](w, 201, call{"POST", "/api/v1/orgs/" + id(w.org) + "/members", w.session("admin"), nil, fields{"role": "member", "email": "new@example.org"}})
	_, secret, ok := strings.Cut(made.URL, "/invite?token=")
	if !ok {
		t.Fatalf("link %q", made.URL)
	}
	path := "/api/v1/invitations/" + secret
	offer := read[InvitationOffer](w, 200, call{method: "GET", path: path})
	if offer.Organization != "Acme" || offer.Email != "new@example.org" || offer.AccountExists {
		t.Errorf("offer %+v", offer)
	}
	if rec := w.do(call{"POST", path, "", nil, fields{"email": "else@example.org", "password": worldPassword}}); rec.Code != 403 {
		t.Errorf("another address: %d", rec.Code)
	}
	s := read[Session](w, 200, call{"POST", path, "", nil, fields{"email": "new@example.org", "name": "Nia", "password": worldPassword}})
	if s.User == nil || len(s.Organizations) != 1 || s.Organizations[0].Role != "member" {
		t.Errorf("session %+v", s)
	}
	if rec := w.do(call{"POST", path, "", nil, fields{"email": "new@example.org", "password": worldPassword}}); rec.Code != 404 {
		t.Errorf("the link worked twice: %d", rec.Code)
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	rec := w.do(call{"POST", "/api/v1/session", "", nil, fields{"email": "Owner@example.org", "password": worldPassword}})
	cookies := rec.Result().Cookies()
	if rec.Code != 200 || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("sign-in: %d %v", rec.Code, cookies)
	}
	who := cookies[0].Name + "=" + cookies[0].Value
	if s := read[Session](w, 200, call{method: "GET", path: "/api/v1/session", who: who}); s.User == nil || s.User.Email != "owner@example.org" {
		t.Errorf("session %+v", s)
	}
	for name, c := range map[string]struct {
		status int
		header map[string]string
	}{
		"from another site":   {403, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"from another origin": {403, map[string]string{"Origin": "http://evil.test"}},
		"from our own page":   {200, map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"from no browser":     {200, nil},
	} {
		if rec := w.do(call{"PATCH", "/api/v1/account", who, c.header, fields{"name": "O"}}); rec.Code != c.status {
			t.Errorf("a write %s: %d", name, rec.Code)
		}
	}
	if rec := w.do(call{"POST", "/api/v1/session", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, fields{"email": "owner@example.org", "password": worldPassword}}); rec.Code != 403 {
		t.Errorf("sign-in from another site: %d", rec.Code)
	}
	if rec := w.do(call{method: "DELETE", path: "/api/v1/session", who: who}); rec.Code != 204 || rec.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("sign-out: %d", rec.Code)
	}
	if s := read[Session](w, 200, call{method: "GET", path: "/api/v1/session", who: who}); s.User != nil || s.SetupRequired {
		t.Errorf("after sign-out: %+v", s)
	}
	if rec := w.do(call{method: "GET", path: "/api/v1/projects", who: who}); rec.Code != 401 || rec.Header().Get("Content-Type") != problem.ContentType {
		t.Errorf("an ended session: %d", rec.Code)
	}
}

// TestNothingOfOthersShows looks for another organization in everything that lists.
func TestNothingOfOthersShows(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, foreignEvent := w.newIssue(w.otherProject)
	who := w.session("owner")
	projects := read[List[Project]](w, 200, call{method: "GET", path: "/api/v1/projects", who: who})
	for _, p := range projects.Items {
		if p.OrganizationID != w.org || !strings.Contains(p.DSN, "@mesher.test/"+id(p.ID)) {
			t.Errorf("project %+v", p)
		}
	}
	if rec := w.do(call{method: "GET", path: "/api/v1/events/" + foreignEvent, who: who}); rec.Code != 404 {
		t.Errorf("event of another organization: %d", rec.Code)
	}
	events := read[List[view.EventSummary]](w, 200, call{method: "GET", path: projectPathOf(w.project) + "/events", who: who})
	if len(events.Items) != 1 || events.Items[0].ID != w.event {
		t.Errorf("events %+v", events.Items)
	}
	if own := read[Project](w, 200, call{method: "GET", path: projectPathOf(w.project), who: who}); own.FirstEventAt == nil {
		t.Error("the project still waits for its first event")
	}
	unknown := w.do(call{method: "GET", path: projectPathOf(999999), who: who}).Body.String()
	foreign := w.do(call{method: "GET", path: projectPathOf(w.otherProject), who: who}).Body.String()
	if unknown != foreign {
		t.Errorf("another organization's project can be told from none:\n%s\n%s", unknown, foreign)
	}
}

func TestTokenOfFormerMember(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	who := w.token("member", org.Scopes()...)
	if rec := w.do(call{method: "GET", path: projectPathOf(w.project), who: who}); rec.Code != 200 {
		t.Fatalf("as a member: %d", rec.Code)
	}
	w.ok(w.store.RemoveMember(t.Context(), w.org, w.users["member"].ID))
	if rec := w.do(call{method: "GET", path: projectPathOf(w.project), who: who}); rec.Code != 404 {
		t.Errorf("afterwards: %d", rec.Code)
	}
	if rec := w.do(call{method: "GET", path: "/api/v1/session", who: "Bearer msh_wrong"}); rec.Code != 401 {
		t.Errorf("a wrong token: %d", rec.Code)
	}
}

func TestEventPage(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	who := w.token("viewer", org.ScopeEventRead)
	e := read[Event](w, 200, call{method: "GET", path: "/api/v1/events/" + w.event, who: who})
	if e.IssueID != w.issue || string(e.Payload) == "" || e.Neighbours.Latest == "" || e.User == nil {
		t.Errorf("event %+v", e)
	}
	for _, which := range []string{"latest", "first"} {
		if e := read[Event](w, 200, call{method: "GET", path: issuePathOf(w.issue) + "/events/" + which, who: who}); e.ID != w.event {
			t.Errorf("%s event %+v", which, e)
		}
	}
	rec := w.do(call{method: "GET", path: projectPathOf(w.project) + "/events?start=yesterday", who: who})
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), "-24h") {
		t.Errorf("a bad time: %d %s", rec.Code, rec.Body)
	}
}

func TestUsageAddsUp(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	minute := w.server.Now().Unix() / 60
	_, err := w.store.Apply(t.Context(), &store.Batch{Partition: "p", Through: 1000, Now: 1, Ledger: []store.LedgerCount{
		{ProjectID: w.project, Minute: minute - 5, Category: "error", Outcome: store.RateLimited, Reason: "project_rate", Quantity: 7},
		{ProjectID: w.project, Minute: minute - 5, Category: "error", Outcome: store.ClientLost, Reason: "queue", Quantity: 100},
	}})
	w.ok(err)
	u := read[Usage](w, 200, call{method: "GET", path: projectPathOf(w.project) + "/usage?start=-3h", who: w.session("viewer")})
	var sum int64
	for outcome, n := range u.Outcomes {
		if outcome != store.ClientLost {
			sum += n
		}
	}
	if u.Accepted != sum || u.Outcomes[store.RateLimited] != 7 || len(u.Outcomes) != 7 {
		t.Errorf("usage %+v", u)
	}
	if u.MonthEvents != u.Outcomes[store.Stored] || u.MonthEvents == 0 || u.RetentionDays != w.server.RetentionDays {
		t.Errorf("the month and retention of %+v", u)
	}
}

func TestNumbersThatDoNotFitAreNamed(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	rec := w.do(call{method: "PATCH", path: projectPathOf(w.project) + "/settings", who: w.session("owner"), body: map[string]any{"monthly_quota": 1e23}})
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), `"location":"body.monthly_quota","message":"1e+23 does not fit here"`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestOperationsEndInTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	options := w.server.Options
	options.Timeout = time.Nanosecond
	r := httptest.NewRequest(http.MethodGet, projectPathOf(w.project)+"/events", nil)
	r.Header.Set("Authorization", w.token("viewer", org.ScopeEventRead))
	rec := httptest.NewRecorder()
	New(options).ServeHTTP(rec, r)
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), "took longer than an operation may") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for path, status := range map[string]int{"/api/v1/nothing": 404, "/api/v1/projects/1/nothing": 404, "/api/v1/issues": 404} {
		if rec := w.do(call{method: "GET", path: path}); rec.Code != status || rec.Header().Get("Content-Type") != problem.ContentType {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	rec := w.do(call{method: "PUT", path: "/api/v1/projects"})
	if rec.Code != 405 || !strings.Contains(rec.Header().Get("Allow"), "POST") {
		t.Errorf("wrong method: %d %v", rec.Code, rec.Header())
	}
	if rec := w.do(call{method: "GET", path: "/api/openapi.json"}); rec.Code != 200 {
		t.Errorf("OpenAPI document: %d", rec.Code)
	}
}

func TestTeamsOwnIssues(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	admin, orgPath := w.session("admin"), "/api/v1/orgs/"+id(w.org)
	team := read[Team](w, 201, call{"POST", orgPath + "/teams", admin, nil, fields{"name": "Web Team"}})
	if rec := w.do(call{method: "PUT", path: orgPath + "/teams/" + id(team.ID) + "/members/" + id(w.users["outsider"].ID), who: admin}); rec.Code != 404 {
		t.Errorf("a stranger joins: %d", rec.Code)
	}
	i := read[view.Issue](w, 200, call{"PATCH", issuePathOf(w.issue), w.session("member"), nil, fields{"assignee": fields{"type": "team", "id": team.ID}}})
	if i.Assignee == nil || i.Assignee.Name != "Web Team" {
		t.Errorf("assignee %+v", i.Assignee)
	}
	list := projectPathOf(w.project) + "/issues?query=assigned:"
	for query, status := range map[string]int{"%23web-team": 200, "%23nobody": 400, "outsider@example.org": 400, "owner@example.org": 200} {
		if rec := w.do(call{method: "GET", path: list + query, who: admin}); rec.Code != status {
			t.Errorf("assigned:%s = %d %s", query, rec.Code, rec.Body)
		}
	}
	if rec := w.do(call{"PATCH", issuePathOf(w.issue), admin, nil, fields{"assignee": fields{"type": "team", "id": team.ID + 1}}}); rec.Code != 400 {
		t.Errorf("an unknown team: %d", rec.Code)
	}
}

func TestSharedLinkShowsNobody(t *testing.T) {
	t.Parallel()
	payload := []byte(`{"event_id":"x","user":{"email":"ada@example.org"},"request":{"url":"http://secret"},"tags":[["user","ada"]],"extra":{"a":"secret"},
		"exception":[{"type":"E","stacktrace":{"frames":[{"function":"f","vars":{"p":"secret"}}]}}]}`)
	public, err := publicPayload(payload)
	if err != nil || strings.Contains(string(public), "secret") || strings.Contains(string(public), "ada") || !strings.Contains(string(public), `"function":"f"`) {
		t.Errorf("public payload %s, %v", public, err)
	}
	w := onSQLite(t)
	member := w.session("member")
	made := read[NewShare](w, 201, call{method: "POST", path: issuePathOf(w.issue) + "/share", who: member})
	_, secret, _ := strings.Cut(made.URL, "token=")
	path := "/api/v1/shared/" + secret
	if i := read[SharedIssue](w, 200, call{method: "GET", path: path}); i.Title == "" || i.EventCount != 1 {
		t.Errorf("shared %+v", i)
	}
	if s := read[Share](w, 200, call{method: "GET", path: issuePathOf(w.issue) + "/share", who: member}); !s.Shared {
		t.Errorf("share %+v", s)
	}
	if rec := w.do(call{method: "DELETE", path: issuePathOf(w.issue) + "/share", who: member}); rec.Code != 204 {
		t.Errorf("revoke: %d", rec.Code)
	}
	if rec := w.do(call{method: "GET", path: path}); rec.Code != 404 {
		t.Errorf("a revoked link: %d", rec.Code)
	}
}
