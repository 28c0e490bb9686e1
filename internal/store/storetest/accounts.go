package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// AccountStore is what the suite of accounts, tenants and projects looks at.
type AccountStore interface {
	store.Users
	store.Sessions
	store.Tokens
	store.SecondFactors
	store.Organizations
	store.Members
	store.Invitations
	store.AuditLog
	store.Setup
	store.Projects
	store.Keys
	store.Bookmarks
	store.Teams
	store.Shares
	store.Identities
}

// Accounts checks everything about people, tenants and projects on an empty store.
func Accounts(t *testing.T, open func(t *testing.T) AccountStore) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, AccountStore){
		"users":         testUsers,
		"sessions":      testSessions,
		"tokens":        testTokens,
		"second factor": testSecondFactor,
		"organizations": testOrganizations,
		"last owner":    testLastOwner,
		"invitations":   testInvitations,
		"audit log":     testAuditLog,
		"install once":  testInstall,
		"projects":      testProjects,
		"settings":      testSettings,
		"keys":          testKeys,
		"bookmarks":     testBookmarks,
		"teams":         testTeams,
		"shares":        testShares,
		"identities":    testIdentities,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func addUser(t *testing.T, s AccountStore, email string) org.User {
	t.Helper()
	return must[org.User](t)(s.CreateUser(t.Context(), org.User{Email: email, Name: "N", PasswordHash: "h", CreatedAt: 1}))
}

func addOrg(t *testing.T, s AccountStore, slug string) (org.Organization, org.User) {
	t.Helper()
	owner := addUser(t, s, slug+"@example.org")
	return must[org.Organization](t)(s.CreateOrganization(t.Context(), org.Organization{Slug: slug, Name: slug, CreatedAt: 2}, owner.ID)), owner
}

func addProject(t *testing.T, s AccountStore, orgID int64, slug string) (org.Project, org.Key) {
	t.Helper()
	p, k, err := s.CreateProject(t.Context(), org.Project{OrganizationID: orgID, Slug: slug, Name: slug, Platform: "go", CreatedAt: 3},
		org.Key{Public: org.NewPublicKey(), Label: "Default", Active: true, CreatedAt: 3})
	ok(t, err)
	return p, k
}

func testUsers(t *testing.T, s AccountStore) {
	ctx := t.Context()
	u := addUser(t, s, "a@example.org")
	_, err := s.CreateUser(ctx, org.User{Email: "a@example.org"})
	wantErr(t, err, store.ErrConflict)
	equal(t, must[org.User](t)(s.UserByEmail(ctx, "a@example.org")), u)
	_, err = s.GetUser(ctx, u.ID+1)
	wantErr(t, err, store.ErrNotFound)

	ok(t, s.SetUserName(ctx, u.ID, "Ada"))
	equal(t, must[org.User](t)(s.GetUser(ctx, u.ID)).Name, "Ada")
	b := addUser(t, s, "b@example.org")
	found := must[map[int64]org.User](t)(s.UsersByID(ctx, []int64{b.ID, b.ID, u.ID, 999}))
	equal(t, len(found), 2)
	equal(t, found[b.ID], b)
	equal(t, must[int64](t)(s.CountUsers(ctx)), 2)
}

func testSessions(t *testing.T, s AccountStore) {
	ctx := t.Context()
	u, other := addUser(t, s, "a@example.org"), addUser(t, s, "b@example.org")
	start := func(secret string, user int64) store.Session {
		return must[store.Session](t)(s.CreateSession(ctx, store.Session{
			Hash: org.HashSecret(secret), UserID: user, CreatedAt: 10, LastSeenAt: 10, ExpiresAt: 100, Address: "::1", UserAgent: "test",
		}))
	}
	one, two, foreign := start("one", u.ID), start("two", u.ID), start("three", other.ID)

	got, user, err := s.SessionByHash(ctx, org.HashSecret("one"), 99)
	ok(t, err)
	equal(t, got, one)
	equal(t, user, u)
	_, _, err = s.SessionByHash(ctx, org.HashSecret("one"), 100)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.TouchSession(ctx, one.ID, 50, 200))
	equal(t, len(must[[]store.Session](t)(s.ListSessions(ctx, u.ID, 150))), 1)

	wantErr(t, s.DeleteSession(ctx, u.ID, foreign.ID), store.ErrNotFound)
	equal(t, must[int64](t)(s.DeleteSessionsExcept(ctx, u.ID, one.ID)), 1)
	wantErr(t, s.DeleteSession(ctx, u.ID, two.ID), store.ErrNotFound)
	ok(t, s.SetPassword(ctx, u.ID, "new", 0))
	equal(t, len(must[[]store.Session](t)(s.ListSessions(ctx, u.ID, 0))), 0)
	equal(t, must[org.User](t)(s.GetUser(ctx, u.ID)).PasswordHash, "new")
	ok(t, s.DeleteExpired(ctx, 100))
	equal(t, len(must[[]store.Session](t)(s.ListSessions(ctx, other.ID, 0))), 0)
}

func testTokens(t *testing.T, s AccountStore) {
	ctx := t.Context()
	u := addUser(t, s, "a@example.org")
	token := must[store.Token](t)(s.CreateToken(ctx, store.Token{
		Hash: org.HashSecret("x"), UserID: u.ID, Name: "ci", Hint: "abcd", Scopes: org.ScopeSet{org.ScopeIssueRead, org.ScopeEventRead}, CreatedAt: 1, ExpiresAt: 100,
	}))
	got, user, err := s.TokenByHash(ctx, org.HashSecret("x"), 99)
	ok(t, err)
	token.Hash = org.HashSecret("x")
	equal(t, got, token)
	equal(t, user, u)
	_, _, err = s.TokenByHash(ctx, org.HashSecret("x"), 100)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.TouchToken(ctx, token.ID, 50))
	ok(t, s.TouchToken(ctx, token.ID, 40))
	equal(t, must[[]store.Token](t)(s.ListTokens(ctx, u.ID))[0].LastUsedAt, 50)
	wantErr(t, s.DeleteToken(ctx, u.ID+1, token.ID), store.ErrNotFound)
	ok(t, s.DeleteToken(ctx, u.ID, token.ID))
	_, _, err = s.TokenByHash(ctx, org.HashSecret("x"), 1)
	wantErr(t, err, store.ErrNotFound)
}

func testSecondFactor(t *testing.T, s AccountStore) {
	ctx := t.Context()
	u := addUser(t, s, "a@example.org")
	_, err := s.GetTOTP(ctx, u.ID)
	wantErr(t, err, store.ErrNotFound)
	ok(t, s.PutTOTP(ctx, store.TOTP{UserID: u.ID, Secret: "A"}))
	ok(t, s.PutTOTP(ctx, store.TOTP{UserID: u.ID, Secret: "B"}))
	wantErr(t, s.ConfirmTOTP(ctx, store.TOTP{UserID: u.ID, Secret: "A", ConfirmedAt: 5}, nil), store.ErrNotFound)
	ok(t, s.ConfirmTOTP(ctx, store.TOTP{UserID: u.ID, Secret: "B", ConfirmedAt: 5, LastStep: 7}, [][32]byte{{1}, {2}}))
	wantErr(t, s.PutTOTP(ctx, store.TOTP{UserID: u.ID, Secret: "C"}), store.ErrConflict)

	equal(t, must[bool](t)(s.UseTOTPStep(ctx, u.ID, 7)), false)
	equal(t, must[bool](t)(s.UseTOTPStep(ctx, u.ID, 8)), true)
	equal(t, must[bool](t)(s.UseRecoveryCode(ctx, u.ID, [32]byte{1})), true)
	equal(t, must[bool](t)(s.UseRecoveryCode(ctx, u.ID, [32]byte{1})), false)
	equal(t, must[int64](t)(s.CountRecoveryCodes(ctx, u.ID)), 1)
	ok(t, s.ReplaceRecoveryCodes(ctx, u.ID, [][32]byte{{3}, {4}, {5}}))
	equal(t, must[int64](t)(s.CountRecoveryCodes(ctx, u.ID)), 3)
	ok(t, s.DeleteTOTP(ctx, u.ID))
	wantErr(t, s.DeleteTOTP(ctx, u.ID), store.ErrNotFound)
	equal(t, must[int64](t)(s.CountRecoveryCodes(ctx, u.ID)), 0)
}

func testOrganizations(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, owner := addOrg(t, s, "one")
	two, _ := addOrg(t, s, "two")
	_, err := s.CreateOrganization(ctx, org.Organization{Slug: "one"}, owner.ID)
	wantErr(t, err, store.ErrConflict)
	equal(t, must[[]store.Membership](t)(s.Memberships(ctx, owner.ID)), []store.Membership{{Organization: o, Role: org.Owner}})
	before := o
	o.Name, o.Slug = "Uno", "uno"
	ok(t, s.UpdateOrganization(ctx, before, o))
	wantErr(t, s.UpdateOrganization(ctx, before, o), store.ErrStale)
	equal(t, must[org.Organization](t)(s.GetOrganization(ctx, o.ID)), o)
	taken := o
	taken.Slug = "two"
	wantErr(t, s.UpdateOrganization(ctx, o, taken), store.ErrConflict)

	p, k := addProject(t, s, o.ID, "shop")
	ok(t, s.DeleteOrganization(ctx, o.ID, 9))
	wantErr(t, s.DeleteOrganization(ctx, o.ID, 9), store.ErrNotFound)
	_, err = s.GetOrganization(ctx, o.ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.GetMember(ctx, o.ID, owner.ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.GetProject(ctx, p.ID)
	wantErr(t, err, store.ErrNotFound)
	_, _, err = s.KeyByPublic(ctx, k.Public)
	wantErr(t, err, store.ErrNotFound)
	equal(t, must[[]int64](t)(s.OrganizationIDs(ctx)), []int64{two.ID})
	// The deleted project never held anything, so there is nothing to remove.
	equal(t, must[[]int64](t)(s.DeletedProjects(ctx)), nil)
}

func testLastOwner(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, owner := addOrg(t, s, "one")
	wantErr(t, s.RemoveMember(ctx, o.ID, owner.ID), store.ErrLastOwner)
	wantErr(t, s.SetRole(ctx, o.ID, owner.ID, org.Admin), store.ErrLastOwner)
	wantErr(t, s.SetRole(ctx, o.ID, owner.ID+9, org.Admin), store.ErrNotFound)

	second := addUser(t, s, "b@example.org")
	ok(t, s.AddMember(ctx, org.Member{OrganizationID: o.ID, UserID: second.ID, Role: org.Owner, CreatedAt: 3}))
	wantErr(t, s.AddMember(ctx, org.Member{OrganizationID: o.ID, UserID: second.ID, Role: org.Viewer}), store.ErrConflict)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, id := range []int64{owner.ID, second.ID} {
		wg.Go(func() { errs[i] = s.RemoveMember(ctx, o.ID, id) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two owners left at once: %v, %v", errs[0], errs[1])
	}
	page := must[store.Page[org.Member]](t)(s.ListMembers(ctx, o.ID, store.PageRequest{}))
	equal(t, len(page.Items), 1)
	equal(t, page.Items[0].Role, org.Owner)
}

func testInvitations(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, owner := addOrg(t, s, "one")
	invite := func(secret string, role org.Role) store.Invitation {
		return must[store.Invitation](t)(s.CreateInvitation(ctx, store.Invitation{
			Hash: org.HashSecret(secret), OrganizationID: o.ID, Email: "x@example.org", Role: role, InvitedBy: owner.ID, CreatedAt: 1, ExpiresAt: 100,
		}))
	}
	i := invite("a", org.RegularMember)
	equal(t, must[store.Invitation](t)(s.InvitationByHash(ctx, org.HashSecret("a"), 99)), i)
	_, err := s.InvitationByHash(ctx, org.HashSecret("a"), 100)
	wantErr(t, err, store.ErrNotFound)
	joiner := addUser(t, s, "x@example.org")
	ok(t, s.AcceptInvitation(ctx, i, joiner.ID, 50))
	wantErr(t, s.AcceptInvitation(ctx, i, joiner.ID, 50), store.ErrNotFound)
	equal(t, must[org.Member](t)(s.GetMember(ctx, o.ID, joiner.ID)).Role, org.RegularMember)

	ok(t, s.AcceptInvitation(ctx, invite("b", org.Viewer), owner.ID, 50))
	equal(t, must[org.Member](t)(s.GetMember(ctx, o.ID, owner.ID)).Role, org.Owner)
	c := invite("c", org.Admin)
	equal(t, len(must[[]store.Invitation](t)(s.ListInvitations(ctx, o.ID, 50))), 1)
	wantErr(t, s.DeleteInvitation(ctx, o.ID+1, c.ID), store.ErrNotFound)
	ok(t, s.DeleteInvitation(ctx, o.ID, c.ID))
}

func testAuditLog(t *testing.T, s AccountStore) {
	ctx := t.Context()
	for n := range 7 {
		ok(t, s.AppendAudit(ctx, store.AuditEntry{
			OrganizationID: int64(1 + n%2), UserID: 3, UserEmail: "a@example.org", At: int64(n), Action: "a" + strconv.Itoa(n), Target: "x:1", Data: []byte(`{"n":1}`), Address: "::1",
		}))
	}
	var seen []string
	cursor := ""
	for {
		page := must[store.Page[store.AuditEntry]](t)(s.ListAudit(ctx, 1, store.PageRequest{Limit: 2, Cursor: cursor}))
		for _, e := range page.Items {
			seen = append(seen, e.Action)
			equal(t, string(e.Data), `{"n":1}`)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	equal(t, seen, []string{"a6", "a4", "a2", "a0"})
}

func testInstall(t *testing.T, s AccountStore) {
	ctx := t.Context()
	ok(t, s.PutSetupLink(ctx, org.HashSecret("link"), 100))
	equal(t, must[bool](t)(s.HasSetupLink(ctx, org.HashSecret("link"), 99)), true)
	equal(t, must[bool](t)(s.HasSetupLink(ctx, org.HashSecret("other"), 99)), false)
	equal(t, must[bool](t)(s.HasSetupLink(ctx, org.HashSecret("link"), 100)), false)

	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.Install(ctx, store.Installation{
				User:         org.User{Email: strconv.Itoa(i) + "@example.org", CreatedAt: 5},
				Organization: org.Organization{Slug: "default", Name: "default"},
				Project:      org.Project{Slug: "default", Name: "default"},
				Key:          org.Key{Public: org.NewPublicKey(), Active: true},
				Token:        &store.Token{Hash: org.HashSecret(strconv.Itoa(i)), Scopes: org.Scopes()},
			})
		})
	}
	wg.Wait()
	installed := 0
	for _, err := range errs {
		if err == nil {
			installed++
		} else {
			wantErr(t, err, store.ErrConflict)
		}
	}
	equal(t, installed, 1)
	equal(t, must[int64](t)(s.CountUsers(ctx)), 1)
	equal(t, must[org.Project](t)(s.GetProject(ctx, 1)).Slug, "default")
	equal(t, must[bool](t)(s.HasSetupLink(ctx, org.HashSecret("link"), 99)), false)
}

func testProjects(t *testing.T, s AccountStore) {
	ctx := t.Context()
	one, _ := addOrg(t, s, "one")
	two, _ := addOrg(t, s, "two")
	p, k := addProject(t, s, one.ID, "shop")
	addProject(t, s, two.ID, "shop")
	api, _ := addProject(t, s, one.ID, "api")
	_, _, err := s.CreateProject(ctx, org.Project{OrganizationID: one.ID, Slug: "shop"}, org.Key{Public: org.NewPublicKey()})
	wantErr(t, err, store.ErrConflict)
	equal(t, k.ProjectID, p.ID)

	first := must[store.Page[org.Project]](t)(s.ListProjects(ctx, []int64{one.ID}, store.PageRequest{Limit: 1}))
	equal(t, first.Items, []org.Project{p})
	second := must[store.Page[org.Project]](t)(s.ListProjects(ctx, []int64{one.ID}, store.PageRequest{Limit: 1, Cursor: first.Next}))
	equal(t, second.Items, []org.Project{api})
	equal(t, second.Next, "")
	equal(t, must[[]int64](t)(s.ProjectIDs(ctx, []int64{one.ID})), []int64{p.ID, api.ID})
	equal(t, len(must[[]org.Project](t)(s.AllProjects(ctx))), 3)

	before := p
	p.Name, p.Platform = "Shop", "node"
	ok(t, s.UpdateProject(ctx, before, p))
	wantErr(t, s.UpdateProject(ctx, before, p), store.ErrStale)
	equal(t, must[org.Project](t)(s.GetProject(ctx, p.ID)), p)
	ok(t, s.DeleteProject(ctx, p.ID, 9))
	wantErr(t, s.DeleteProject(ctx, p.ID, 9), store.ErrNotFound)
	_, err = s.GetProject(ctx, p.ID)
	wantErr(t, err, store.ErrNotFound)
	addProject(t, s, one.ID, "shop") // the name is free again
}

func testSettings(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, _ := addOrg(t, s, "one")
	p, _ := addProject(t, s, o.ID, "shop")
	settings := org.Settings{RateLimitPerMinute: 5, Filters: org.FilterSettings{Messages: []string{"*boring*"}}}
	version := must[int64](t)(s.UpdateSettings(ctx, p.ID, p.Version, settings))
	_, err := s.UpdateSettings(ctx, p.ID, p.Version, org.Settings{})
	wantErr(t, err, store.ErrConflict)
	got := must[org.Project](t)(s.GetProject(ctx, p.ID))
	equal(t, got.Settings, settings)
	equal(t, got.Version, version)
}

func testKeys(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, _ := addOrg(t, s, "one")
	p, first := addProject(t, s, o.ID, "shop")
	k := must[org.Key](t)(s.CreateKey(ctx, org.Key{ProjectID: p.ID, Public: org.NewPublicKey(), Label: "second", Active: true, CreatedAt: 4}))
	_, err := s.CreateKey(ctx, org.Key{ProjectID: p.ID, Public: k.Public})
	wantErr(t, err, store.ErrConflict)
	equal(t, must[map[int64]org.Key](t)(s.FirstKeys(ctx, []int64{p.ID, 99}))[p.ID], first)

	before := first
	first.Active, first.RateLimitPerMinute, first.Label = false, 9, "old"
	ok(t, s.UpdateKey(ctx, before, first))
	wantErr(t, s.UpdateKey(ctx, before, first), store.ErrStale)
	equal(t, must[org.Key](t)(s.GetKey(ctx, p.ID, first.ID)), first)
	_, err = s.GetKey(ctx, p.ID+1, first.ID)
	wantErr(t, err, store.ErrNotFound)
	equal(t, must[map[int64]org.Key](t)(s.FirstKeys(ctx, []int64{p.ID}))[p.ID], k)
	got, project, err := s.KeyByPublic(ctx, first.Public)
	ok(t, err)
	equal(t, got, first)
	equal(t, project, p)

	ok(t, s.TouchKeys(ctx, map[int64]int64{k.ID: 50, first.ID: 60}))
	ok(t, s.TouchKeys(ctx, map[int64]int64{k.ID: 40}))
	equal(t, must[org.Key](t)(s.GetKey(ctx, p.ID, k.ID)).LastUsedAt, 50)
	wantErr(t, s.DeleteKey(ctx, p.ID+1, k.ID), store.ErrNotFound)
	ok(t, s.DeleteKey(ctx, p.ID, k.ID))
	equal(t, len(must[[]org.Key](t)(s.ListKeys(ctx, p.ID))), 1)
}

func testBookmarks(t *testing.T, s AccountStore) {
	ctx := t.Context()
	ok(t, s.SetBookmark(ctx, 1, 10, 5))
	ok(t, s.SetBookmark(ctx, 1, 10, 6))
	ok(t, s.SetBookmark(ctx, 2, 11, 6))
	equal(t, must[map[int64]bool](t)(s.Bookmarked(ctx, 1, []int64{10, 11})), map[int64]bool{10: true})
	ok(t, s.DeleteBookmark(ctx, 1, 10))
	ok(t, s.DeleteBookmark(ctx, 1, 10))
	equal(t, must[map[int64]bool](t)(s.Bookmarked(ctx, 1, []int64{10})), map[int64]bool{})
}

func testTeams(t *testing.T, s AccountStore) {
	ctx := t.Context()
	o, owner := addOrg(t, s, "one")
	other, stranger := addOrg(t, s, "two")
	p, _ := addProject(t, s, o.ID, "shop")
	foreign, _ := addProject(t, s, other.ID, "shop")
	team := must[store.Team](t)(s.CreateTeam(ctx, store.Team{OrganizationID: o.ID, Slug: "web", Name: "Web", CreatedAt: 4}))
	_, err := s.CreateTeam(ctx, store.Team{OrganizationID: o.ID, Slug: "web"})
	wantErr(t, err, store.ErrConflict)

	ok(t, s.AddTeamMember(ctx, o.ID, team.ID, owner.ID))
	ok(t, s.AddTeamMember(ctx, o.ID, team.ID, owner.ID))
	ok(t, s.AddTeamProject(ctx, o.ID, team.ID, p.ID))
	wantErr(t, s.AddTeamMember(ctx, o.ID, team.ID, stranger.ID), store.ErrNotFound)
	wantErr(t, s.AddTeamProject(ctx, o.ID, team.ID, foreign.ID), store.ErrNotFound)
	wantErr(t, s.AddTeamMember(ctx, other.ID, team.ID, stranger.ID), store.ErrNotFound)
	before := team
	team.Name, team.UserIDs, team.ProjectIDs = "Website", []int64{owner.ID}, []int64{p.ID}
	ok(t, s.UpdateTeam(ctx, before, team))
	wantErr(t, s.UpdateTeam(ctx, before, team), store.ErrStale)
	equal(t, must[store.Team](t)(s.GetTeam(ctx, o.ID, team.ID)), team)
	equal(t, must[[]store.Team](t)(s.ListTeams(ctx, o.ID)), []store.Team{team})
	equal(t, must[map[int64]string](t)(s.TeamNames(ctx, []int64{team.ID, 99})), map[int64]string{team.ID: "Website"})
	_, err = s.GetTeam(ctx, other.ID, team.ID)
	wantErr(t, err, store.ErrNotFound)

	second := addUser(t, s, "x@example.org")
	ok(t, s.AddMember(ctx, org.Member{OrganizationID: o.ID, UserID: second.ID, Role: org.Viewer}))
	ok(t, s.AddTeamMember(ctx, o.ID, team.ID, second.ID))
	ok(t, s.RemoveMember(ctx, o.ID, second.ID)) // leaves the organization's teams too
	wantErr(t, s.RemoveTeamMember(ctx, o.ID, team.ID, second.ID), store.ErrNotFound)
	ok(t, s.RemoveTeamProject(ctx, o.ID, team.ID, p.ID))
	wantErr(t, s.DeleteTeam(ctx, other.ID, team.ID), store.ErrNotFound)
	ok(t, s.DeleteTeam(ctx, o.ID, team.ID))
	equal(t, len(must[[]store.Team](t)(s.ListTeams(ctx, o.ID))), 0)
}

func testShares(t *testing.T, s AccountStore) {
	ctx := t.Context()
	share := store.Share{IssueID: 7, Hash: org.HashSecret("a"), CreatedBy: 1, CreatedAt: 5}
	ok(t, s.PutShare(ctx, share))
	equal(t, must[store.Share](t)(s.ShareByHash(ctx, share.Hash)), share)
	old := share.Hash
	share.Hash = org.HashSecret("b")
	ok(t, s.PutShare(ctx, share))
	_, err := s.ShareByHash(ctx, old)
	wantErr(t, err, store.ErrNotFound)
	equal(t, must[store.Share](t)(s.GetShare(ctx, 7)), share)
	ok(t, s.DeleteShare(ctx, 7))
	wantErr(t, s.DeleteShare(ctx, 7), store.ErrNotFound)
}
