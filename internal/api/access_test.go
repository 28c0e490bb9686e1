package api

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// accessFile is the table of who may call what. Read every changed line of it:
// it is the wall between tenants.
const accessFile = "testdata/access.txt"

const accessHeader = `# What each operation answers: nobody, each role of the organization, the owner
# of another one, and which scopes let an API token of the owner in ("-" none).
# Written by: go test ./internal/api -run TestAccess -update
`

var principals = []string{"anonymous", "viewer", "member", "admin", "owner", "outsider"}

// sample is a request that succeeds for whoever may make it. It makes anew what
// the operation uses up.
type sample struct {
	params map[string]string
	query  string
	body   any
}

func TestAccess(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	var lines []string
	for _, op := range w.operations() {
		lines = append(lines, w.probe(op))
	}
	got := accessHeader + fmt.Sprintf("%-24s %s | %s\n", "operation", strings.Join(principals, " "), "scopes") + strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(accessFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(accessFile)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(text), "\n")
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(want, line) {
			t.Errorf("not in %s: %s", accessFile, line)
		}
	}
	if len(want) != strings.Count(got, "\n")+1 {
		t.Errorf("%s has other lines than there are operations", accessFile)
	}
}

// operations lists every operation of the document by its id.
func (w *world) operations() []documented {
	var list []documented
	for _, tag := range documentedTags(w.server.api.OpenAPI()) {
		list = append(list, tag.Operations...)
	}
	slices.SortFunc(list, func(a, b documented) int { return strings.Compare(a.OperationID, b.OperationID) })
	return list
}

// probe calls an operation as everybody and returns its line of the table.
func (w *world) probe(op documented) string {
	w.t.Helper()
	statuses := make([]string, len(principals))
	for i, name := range principals {
		who := ""
		if name != "anonymous" {
			who = w.session(name)
		}
		statuses[i] = strconv.Itoa(w.try(op, who))
	}
	var scopes []string
	for _, scope := range org.Scopes() {
		status := w.try(op, w.token("owner", scope))
		if status != 401 && status != 403 {
			if want := statuses[slices.Index(principals, "owner")]; strconv.Itoa(status) != want {
				w.t.Errorf("%s: a token of scope %s gets %d, the owner %s", op.OperationID, scope, status, want)
			}
			scopes = append(scopes, string(scope))
		}
	}
	shown := "-"
	if len(scopes) == len(org.Scopes()) {
		shown = "all"
	} else if len(scopes) > 0 {
		shown = strings.Join(scopes, " ")
	}
	return fmt.Sprintf("%-24s %s | %s", op.OperationID, strings.Join(statuses, " "), shown)
}

func (w *world) try(op documented, who string) int {
	w.t.Helper()
	path := op.Path
	s := w.sample(op.OperationID)
	if s.params == nil {
		s.params = map[string]string{}
	}
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		if s.params[p.Name] == "" {
			s.params[p.Name] = w.param(p.Name)
		}
		path = strings.ReplaceAll(path, "{"+p.Name+"}", s.params[p.Name])
	}
	if s.query != "" {
		path += "?" + s.query
	}
	return w.do(call{method: op.Method, path: path, who: who, body: s.body}).Code
}

// param is what a path parameter names unless a sample says otherwise.
func (w *world) param(name string) string {
	w.t.Helper()
	switch name {
	case "organization_id":
		return id(w.org)
	case "project_id":
		return id(w.project)
	case "issue_id":
		return id(w.issue)
	case "event_id":
		return w.event
	}
	w.t.Fatalf("no sample for path parameter %s", name)
	return ""
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

type fields = map[string]any

// sample returns the request for an operation. An operation that is missing
// here and needs a body shows as 400 in the table, which the review must not let pass.
func (w *world) sample(operation string) sample {
	w.t.Helper()
	ctx := w.t.Context()
	switch operation {
	case "sign-in":
		return sample{body: fields{"email": "viewer@example.org", "password": worldPassword}}
	case "setup":
		return sample{body: fields{"token": "none", "email": "x@example.org", "name": "", "password": worldPassword, "organization": "x", "project": "x", "platform": "go"}}
	case "update-account":
		return sample{body: fields{"name": "Somebody"}}
	case "change-password":
		return sample{body: fields{"current": worldPassword, "password": worldPassword}}
	case "start-totp":
		return sample{body: fields{"password": worldPassword}}
	case "new-recovery-codes", "remove-totp":
		return sample{body: fields{"password": worldPassword}}
	case "confirm-totp":
		return sample{body: fields{"code": "1"}}
	case "create-token":
		return sample{body: fields{"name": "ci", "scopes": []string{"issue:read"}}}
	case "revoke-token", "end-session", "unlink-identity":
		return sample{params: map[string]string{"token_id": "999999", "session_id": "999999", "identity_id": "999999"}}
	case "create-organization":
		return sample{body: fields{"name": w.unique("Org")}}
	case "update-organization":
		return sample{body: fields{"name": "Acme"}}
	case "delete-organization":
		return w.doomedOrganization()
	case "invite-member":
		return sample{body: fields{"role": "viewer"}}
	case "update-member", "remove-member":
		user, err := w.store.CreateUser(ctx, org.User{Email: w.unique("x") + "@example.org"})
		w.ok(err)
		w.ok(w.store.AddMember(ctx, org.Member{OrganizationID: w.org, UserID: user.ID, Role: org.Viewer}))
		s := sample{params: map[string]string{"user_id": id(user.ID)}}
		if operation == "update-member" {
			s.body = fields{"role": "member"}
		}
		return s
	case "create-team":
		return sample{body: fields{"name": w.unique("Team")}}
	case "update-team", "delete-team", "add-team-member", "remove-team-member", "add-team-project", "remove-team-project":
		return w.teamSample(operation)
	case "get-shared-issue":
		secret := org.NewSecret()
		w.ok(w.store.PutShare(ctx, store.Share{IssueID: w.issue, Hash: org.HashSecret(secret)}))
		return sample{params: map[string]string{"token": secret}}
	case "unshare-issue":
		w.ok(w.store.PutShare(ctx, store.Share{IssueID: w.issue, Hash: org.HashSecret(org.NewSecret())}))
		return sample{}
	case "withdraw-invitation":
		i, _, err := w.auth.Invite(ctx, store.Invitation{OrganizationID: w.org, Role: org.Viewer})
		w.ok(err)
		return sample{params: map[string]string{"invitation_id": id(i.ID)}}
	case "get-invitation", "accept-invitation":
		_, secret, err := w.auth.Invite(ctx, store.Invitation{OrganizationID: w.otherOrg, Role: org.Viewer})
		w.ok(err)
		s := sample{params: map[string]string{"token": secret}}
		if operation == "accept-invitation" {
			s.body = fields{"email": w.unique("joiner") + "@example.org", "password": worldPassword}
		}
		return s
	}
	return w.projectSample(operation)
}

// doomedOrganization is one with the same members, to be deleted.
func (w *world) doomedOrganization() sample {
	w.t.Helper()
	name := w.unique("doomed")
	o, err := w.store.CreateOrganization(w.t.Context(), org.Organization{Slug: name, Name: name}, w.users["owner"].ID)
	w.ok(err)
	for _, member := range []string{"viewer", "member", "admin"} {
		role, _ := org.ParseRole(member)
		w.ok(w.store.AddMember(w.t.Context(), org.Member{OrganizationID: o.ID, UserID: w.users[member].ID, Role: role}))
	}
	return sample{params: map[string]string{"organization_id": id(o.ID)}, query: "confirm=" + name}
}

// teamSample has a team with a member and a project.
func (w *world) teamSample(operation string) sample {
	w.t.Helper()
	name, user := w.unique("team"), w.users["viewer"].ID
	team, err := w.store.CreateTeam(w.t.Context(), store.Team{OrganizationID: w.org, Slug: name, Name: name})
	w.ok(err)
	w.ok(w.store.AddTeamMember(w.t.Context(), w.org, team.ID, user))
	w.ok(w.store.AddTeamProject(w.t.Context(), w.org, team.ID, w.project))
	s := sample{params: map[string]string{"team_id": id(team.ID), "user_id": id(user)}}
	if operation == "update-team" {
		s.body = fields{"name": name}
	}
	return s
}

func (w *world) projectSample(operation string) sample {
	w.t.Helper()
	ctx := w.t.Context()
	switch operation {
	case "create-project":
		return sample{body: fields{"organization_id": w.org, "name": w.unique("Project"), "platform": "go"}}
	case "update-project":
		return sample{body: fields{"platform": "node"}}
	case "delete-project":
		p := w.newProject(w.org)
		return sample{params: map[string]string{"project_id": id(p.ID)}, query: "confirm=" + p.Name}
	case "update-project-settings":
		return sample{body: fields{"retention_days": 7}}
	case "create-key":
		return sample{body: fields{"label": "second"}}
	case "update-key", "delete-key":
		k, err := w.store.CreateKey(ctx, org.Key{ProjectID: w.project, Public: org.NewPublicKey(), Label: "x", Active: true})
		w.ok(err)
		s := sample{params: map[string]string{"key_id": id(k.ID)}}
		if operation == "update-key" {
			s.body = fields{"active": false}
		}
		return s
	case "delete-issue":
		issueID, _ := w.newIssue(w.project)
		return sample{params: map[string]string{"issue_id": id(issueID)}}
	case "update-issue":
		return sample{body: fields{"status": "resolved"}}
	case "update-issues", "delete-issues":
		issueID, _ := w.newIssue(w.project)
		if operation == "delete-issues" {
			return sample{body: fields{"ids": []int64{issueID}}}
		}
		return sample{body: fields{"ids": []int64{issueID}, "status": "archived"}}
	case "undo-issues":
		return sample{body: fields{"ids": []int64{w.issue}, "changed_at": "2026-01-01T00:00:00Z"}}
	case "merge-issues":
		other, _ := w.newIssue(w.project)
		return sample{body: fields{"ids": []int64{other}}}
	case "preview-grouping":
		return sample{body: fields{"rules": "logger:x -> y"}}
	case "split-issue":
		issueID, hash := w.splittable()
		return sample{params: map[string]string{"issue_id": id(issueID)}, body: fields{"hashes": []string{hash}}}
	case "mark-notifications-read":
		return sample{body: fields{"through": 1}}
	case "download-attachment":
		eventID, attachmentID := w.newAttachment("a.txt", []byte("x"))
		return sample{params: map[string]string{"event_id": eventID, "attachment_id": attachmentID}}
	case "create-comment":
		return sample{body: fields{"text": "hm"}}
	case "delete-discard":
		issueID, _ := w.newIssue(w.project)
		w.ok(w.store.DeleteIssue(ctx, issueID, store.Deletion{Discard: true, By: 1, At: 1}))
		list, err := w.store.ListDiscards(ctx, w.project)
		w.ok(err)
		return sample{params: map[string]string{"discard_id": id(list[0].ID)}}
	}
	return sample{}
}
