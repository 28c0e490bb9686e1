package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

const worldPassword = "correct horse battery"

// world is a server on a real store with two organizations.
type world struct {
	t      *testing.T
	store  *sqlstore.Store
	auth   *auth.Service
	server *Server
	facts  *factList
	keys   *forgotten
	gen    *storetest.Generator

	org, otherOrg, project, otherProject int64
	users                                map[string]org.User
	// issue and event are of project and stay.
	issue int64
	event string
	// n makes names unique.
	n int
}

// factList keeps what was published.
type factList struct {
	mu    sync.Mutex
	facts []eventlog.Fact
}

func (f *factList) Publish(_ context.Context, facts []eventlog.Fact) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts = append(f.facts, facts...)
	return nil
}

// forgotten keeps which projects' keys were to be forgotten.
type forgotten struct {
	mu  sync.Mutex
	ids []int64
}

func (f *forgotten) Forget(id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids = append(f.ids, id)
}

func newWorld(t *testing.T, s *sqlstore.Store) *world {
	t.Helper()
	now := func() time.Time { return storetest.Start.Add(2 * time.Hour) }
	w := &world{
		t: t, store: s, auth: auth.New(auth.Options{Store: s, Now: now}), facts: &factList{}, keys: &forgotten{},
		users: map[string]org.User{},
	}
	w.server = New(Options{
		Accounts: s, Telemetry: s, Auth: w.auth, Facts: w.facts, Keys: w.keys,
		PublicURL: "http://mesher.test", Version: "test", RetentionDays: 90, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: now,
	})
	w.people()
	w.gen = storetest.NewGenerator(1, 5, w.project)
	w.gen.Clock = storetest.Start.Add(time.Hour)
	w.issue, w.event = w.newIssue(w.project)
	return w
}

func (w *world) people() {
	w.t.Helper()
	hash, err := w.auth.HashPassword(w.t.Context(), worldPassword, "")
	w.ok(err)
	i, err := w.store.Install(w.t.Context(), store.Installation{
		User:         org.User{Email: "owner@example.org", Name: "owner", PasswordHash: hash, CreatedAt: 1},
		Organization: org.Organization{Slug: "acme", Name: "Acme"}, Project: org.Project{Slug: "shop", Name: "Shop", Platform: "go"},
		Key: org.Key{Public: org.NewPublicKey(), Label: "Default", Active: true},
	})
	w.ok(err)
	w.org, w.project, w.users["owner"] = i.Organization.ID, i.Project.ID, i.User
	for _, name := range []string{"admin", "member", "viewer", "outsider"} {
		w.users[name], err = w.store.CreateUser(w.t.Context(), org.User{Email: name + "@example.org", Name: name, PasswordHash: hash})
		w.ok(err)
		if role, ok := org.ParseRole(name); ok {
			w.ok(w.store.AddMember(w.t.Context(), org.Member{OrganizationID: w.org, UserID: w.users[name].ID, Role: role}))
		}
	}
	other, err := w.store.CreateOrganization(w.t.Context(), org.Organization{Slug: "other", Name: "Other"}, w.users["outsider"].ID)
	w.ok(err)
	w.otherOrg, w.otherProject = other.ID, w.newProject(other.ID).ID
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unique(name string) string {
	w.n++
	return fmt.Sprintf("%s-%d", name, w.n)
}

func (w *world) newProject(orgID int64) org.Project {
	w.t.Helper()
	name := w.unique("project")
	p, _, err := w.store.CreateProject(w.t.Context(), org.Project{OrganizationID: orgID, Slug: name, Name: name}, org.Key{Public: org.NewPublicKey(), Active: true})
	w.ok(err)
	return p
}

// newIssue stores an event of a new issue and returns the ids of both.
func (w *world) newIssue(projectID int64) (issueID int64, eventID string) {
	w.t.Helper()
	w.gen.NextMessage()
	e := w.gen.EventOf(projectID, w.unique("issue"))
	b := &store.Batch{Partition: "p", Through: e.Seq, Now: w.gen.Clock.UnixMicro(), Events: []store.EventRow{e}}
	r, err := w.store.Apply(w.t.Context(), b)
	w.ok(err)
	return r.Events[0].IssueID, fmt.Sprintf("%x", e.EventID)
}

// session signs a user in and returns the cookie.
func (w *world) session(name string) string {
	w.t.Helper()
	secret, _, err := w.auth.StartSession(w.t.Context(), w.users[name], auth.Client{})
	w.ok(err)
	return sessionCookie + "=" + secret
}

// token makes an API token of a user.
func (w *world) token(name string, scopes ...org.Scope) string {
	w.t.Helper()
	secret := org.NewToken()
	_, err := w.store.CreateToken(w.t.Context(), auth.NewToken(auth.TokenRequest{Secret: secret, UserID: w.users[name].ID, Name: "test", Scopes: scopes, Now: 1}))
	w.ok(err)
	return "Bearer " + secret
}

// call is one request; who is a cookie, a bearer token or empty.
type call struct {
	method, path string
	who          string
	header       map[string]string
	body         any
}

func (w *world) do(c call) *httptest.ResponseRecorder {
	w.t.Helper()
	w.n++
	return w.serve(c, fmt.Sprintf("10.%d.%d.%d:9", w.n>>16&255, w.n>>8&255, w.n&255))
}

// serve is do from a given address; it may be called concurrently.
func (w *world) serve(c call, from string) *httptest.ResponseRecorder {
	w.t.Helper()
	var body io.Reader
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			w.t.Error(err)
		}
		body = bytes.NewReader(text)
	}
	r := httptest.NewRequest(c.method, c.path, body)
	r.RemoteAddr = from
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.who == "":
	case c.who[0] == 'B':
		r.Header.Set("Authorization", c.who)
	default:
		r.Header.Set("Cookie", c.who)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	if rec.Code >= http.StatusInternalServerError {
		w.t.Errorf("%s %s = %d %s", c.method, c.path, rec.Code, rec.Body)
	}
	return rec
}

// read does a call that must answer status and decodes its body.
func read[T any](w *world, status int, c call) T {
	w.t.Helper()
	var v T
	rec := w.do(c)
	if rec.Code != status {
		w.t.Fatalf("%s %s = %d, want %d: %s", c.method, c.path, rec.Code, status, rec.Body)
	}
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
			w.t.Fatalf("%s %s: %v in %s", c.method, c.path, err, rec.Body)
		}
	}
	return v
}

func onSQLite(t *testing.T) *world {
	t.Helper()
	return newWorld(t, sqltest.SQLite(t))
}
