package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/oidc"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// oidcWorld is a world whose people may sign in with a provider.
type oidcWorld struct {
	*world
	provider *provider
	now      time.Time
}

func newOIDCWorld(w *world) *oidcWorld {
	w.t.Helper()
	o := &oidcWorld{world: w, now: w.server.Now()}
	o.provider = newProvider(w.t, o.now)
	client, err := oidc.New(oidc.Options{
		Issuer: o.provider.URL, ClientID: "mesher", ClientSecret: o.provider.client.Get("client_secret"),
		Domains: oidc.ParseDomains("corp.example, @Second.example"), Now: func() time.Time { return o.now },
	})
	w.ok(err)
	options := w.server.Options
	options.OIDC = client
	w.server = New(options)
	return o
}

// cookies are those of an answer that are not removed, as a browser sends them back.
func cookies(rec *httptest.ResponseRecorder) string {
	var list []string
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge >= 0 {
			list = append(list, c.Name+"="+c.Value)
		}
	}
	return strings.Join(list, "; ")
}

// begin starts a sign-in and returns the path with which the provider sends the browser back, and the browser's cookie.
func (o *oidcWorld) begin() (callback, flow string) {
	o.t.Helper()
	rec := o.do(call{method: "GET", path: oidcPath})
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), o.provider.URL+"/authorize?") {
		o.t.Fatalf("start: %d %s %s", rec.Code, rec.Header().Get("Location"), rec.Body)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(o.t.Context(), "GET", rec.Header().Get("Location"), nil)
	o.ok(err)
	resp, err := browser.Do(r)
	o.ok(err)
	o.ok(resp.Body.Close())
	return strings.TrimPrefix(resp.Header.Get("Location"), "http://mesher.test"), cookies(rec)
}

func TestOIDCSignIn(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o := newOIDCWorld(w)
		if s := read[Session](w, 200, call{method: "GET", path: "/api/v1/session"}); s.OIDC == nil || s.OIDC.Name != "127.0.0.1" {
			t.Errorf("session offers %+v", s.OIDC)
		}
		signIn := func(claims fields) Session {
			t.Helper()
			o.provider.claims = claims
			callback, flow := o.begin()
			rec := o.do(call{method: "GET", path: callback, who: flow})
			if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/" {
				t.Fatalf("callback: %d %s", rec.Code, rec.Header().Get("Location"))
			}
			if again := o.do(call{method: "GET", path: callback, who: flow}); again.Header().Get("Location") != "/sign-in?problem=oidc_failed" {
				t.Errorf("a code was taken twice: %s", again.Header().Get("Location"))
			}
			return read[Session](w, 200, call{method: "GET", path: "/api/v1/session", who: cookies(rec)})
		}

		s := signIn(fields{"email": "Viewer@example.org", "email_verified": true, "sub": "viewer"})
		if s.User == nil || s.User.ID != w.users["viewer"].ID {
			t.Errorf("an account was not found by its address: %+v", s.User)
		}
		s = signIn(fields{"email": "New@corp.example", "sub": "new", "email_verified": "true", "name": "New Person"})
		if s.User == nil || s.User.Email != "new@corp.example" || s.User.Name != "New Person" || len(s.Organizations) != 1 || s.Organizations[0].ID != w.org {
			t.Fatalf("joined: %+v", s)
		}
		m, err := w.store.GetMember(t.Context(), w.org, s.User.ID)
		if err != nil || m.Role != org.RegularMember {
			t.Errorf("member: %+v %v", m, err)
		}
		log, err := w.store.ListAudit(t.Context(), w.org, store.PageRequest{Limit: 1})
		if err != nil || log.Items[0].Action != "member.joined" || log.Items[0].UserEmail != "new@corp.example" {
			t.Errorf("audit: %+v %v", log.Items, err)
		}
		if again := signIn(fields{"email": "new@corp.example", "sub": "new", "email_verified": true}); again.User == nil || again.User.ID != s.User.ID {
			t.Errorf("the second sign-in is %+v", again.User)
		}
		if rec := w.do(call{"POST", "/api/v1/session", "", nil, fields{"email": "new@corp.example", "password": ""}}); rec.Code != 401 {
			t.Errorf("an account without a password takes an empty one: %d", rec.Code)
		}
	})
}

func TestOIDCRefuses(t *testing.T) {
	t.Parallel()
	o := newOIDCWorld(onSQLite(t))
	good := fields{"email": "viewer@example.org", "email_verified": true}
	with := func(name string, value any) fields {
		return fields{"email": "viewer@example.org", "email_verified": true, name: value}
	}
	same := func(callback, flow string) (string, string) { return callback, flow }
	for name, tc := range map[string]struct {
		claims fields
		meddle func(callback, flow string) (string, string)
		want   string
	}{
		"unverified":        {with("email_verified", false), same, "oidc_unverified"},
		"no address":        {fields{"email_verified": true}, same, "oidc_unverified"},
		"unknown domain":    {with("email", "a@elsewhere.example"), same, "oidc_uninvited"},
		"part of a domain":  {with("email", "a@xcorp.example"), same, "oidc_uninvited"},
		"no subject":        {with("sub", ""), same, "oidc_failed"},
		"for another":       {with("aud", "other"), same, "oidc_failed"},
		"of another issuer": {with("iss", "https://evil.example"), same, "oidc_failed"},
		"over":              {with("exp", o.now.Add(-time.Hour).Unix()), same, "oidc_failed"},
		"another nonce":     {with("nonce", "n"), same, "oidc_failed"},
		"no cookie":         {good, func(c, _ string) (string, string) { return c, "" }, "oidc_expired"},
		"meddled cookie":    {good, func(c, f string) (string, string) { return c, strings.Replace(f, "=", "=A", 1) }, "oidc_expired"},
		"another's cookie":  {good, func(c, _ string) (string, string) { _, f := o.begin(); return c, f }, "oidc_expired"},
		"denied": {good, func(c, f string) (string, string) {
			u, _ := url.Parse(c)
			return callbackPath + "?error=access_denied&state=" + url.QueryEscape(u.Query().Get("state")), f
		}, "oidc_denied"},
		"wrong code": {good, func(c, f string) (string, string) { return strings.Replace(c, "code=", "code=x", 1), f }, "oidc_failed"},
	} {
		o.provider.claims = tc.claims
		callback, flow := tc.meddle(o.begin())
		rec := o.do(call{method: "GET", path: callback, who: flow})
		if got := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || got != "/sign-in?problem="+tc.want {
			t.Errorf("%s: %d %s, want %s", name, rec.Code, got, tc.want)
		}
		if strings.Contains(cookies(rec), sessionCookie) {
			t.Errorf("%s: a session began", name)
		}
	}

	o.provider.claims = good
	callback, flow := o.begin()
	o.now = o.now.Add(oidc.Life)
	if got := o.do(call{method: "GET", path: callback, who: flow}).Header().Get("Location"); got != "/sign-in?problem=oidc_expired" {
		t.Errorf("ten minutes later: %s", got)
	}
}

func TestOIDCProviderDown(t *testing.T) {
	t.Parallel()
	o := newOIDCWorld(onSQLite(t))
	o.provider.Close()
	if got := o.do(call{method: "GET", path: oidcPath}).Header().Get("Location"); got != "/sign-in?problem=oidc_failed" {
		t.Errorf("start: %s", got)
	}
}
