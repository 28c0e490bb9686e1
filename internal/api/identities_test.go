package api

import (
	"net/http"
	"testing"
)

// arrive signs in with claims and returns where the browser is sent and its cookie.
func (o *oidcWorld) arrive(claims fields) (location, who string) {
	o.t.Helper()
	o.provider.claims = claims
	callback, flow := o.begin()
	rec := o.do(call{method: "GET", path: callback, who: flow})
	if rec.Code != http.StatusSeeOther {
		o.t.Fatalf("callback: %d %s", rec.Code, rec.Body)
	}
	return rec.Header().Get("Location"), cookies(rec)
}

func TestIdentitiesOutliveAddresses(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		o := newOIDCWorld(w)
		_, who := o.arrive(fields{"sub": "7", "email": "viewer@example.org", "email_verified": true})
		for name, claims := range map[string]fields{
			"changed address":    {"sub": "7", "email": "married@corp.example", "email_verified": true},
			"unverified address": {"sub": "7", "email": "other@elsewhere.example", "email_verified": false},
			"address of another": {"sub": "7", "email": "owner@example.org", "email_verified": true},
			"no address":         {"sub": "7"},
		} {
			location, who := o.arrive(claims)
			if s := read[Session](w, 200, call{method: "GET", path: "/api/v1/session", who: who}); location != "/" || s.User == nil || s.User.ID != w.users["viewer"].ID {
				t.Errorf("%s: %s %+v", name, location, s.User)
			}
		}
		if location, who := o.arrive(fields{"sub": "8", "email": "viewer@example.org", "email_verified": true}); location != "/sign-in?problem=oidc_other_identity" || who != "" {
			t.Errorf("somebody else who was given the address: %s %q", location, who)
		}

		list := read[List[LinkedIdentity]](w, 200, call{method: "GET", path: "/api/v1/account/identities", who: who})
		if len(list.Items) != 1 || list.Items[0].Issuer != o.provider.URL || !list.Items[0].CanUnlink {
			t.Fatalf("identities: %+v", list.Items)
		}
		path := "/api/v1/account/identities/" + id(list.Items[0].ID)
		read[none](w, 404, call{method: "DELETE", path: path, who: w.session("owner")})
		read[none](w, 204, call{method: "DELETE", path: path, who: who})
		if location, _ := o.arrive(fields{"sub": "8", "email": "viewer@example.org", "email_verified": true}); location != "/" {
			t.Errorf("after unlinking, the address links anew: %s", location)
		}
		if location, _ := o.arrive(fields{"sub": "7", "email": "viewer@example.org", "email_verified": true}); location != "/sign-in?problem=oidc_other_identity" {
			t.Errorf("the unlinked identity: %s", location)
		}
	})
}

func TestTheOnlyWayInStays(t *testing.T) {
	t.Parallel()
	o := newOIDCWorld(onSQLite(t))
	_, who := o.arrive(fields{"sub": "9", "email": "nine@corp.example", "email_verified": true})
	list := read[List[LinkedIdentity]](o.world, 200, call{method: "GET", path: "/api/v1/account/identities", who: who})
	if len(list.Items) != 1 || list.Items[0].CanUnlink {
		t.Fatalf("identities: %+v", list.Items)
	}
	read[none](o.world, 409, call{method: "DELETE", path: "/api/v1/account/identities/" + id(list.Items[0].ID), who: who})
}
