package org

import (
	"testing"

	"github.com/mesher/mesher/internal/fault"
)

func TestRightsGrowWithTheRole(t *testing.T) {
	t.Parallel()
	for _, scope := range Scopes() {
		actions := scope.actions()
		if len(actions) == 0 {
			t.Errorf("scope %s grants nothing", scope)
		}
		for _, a := range actions {
			if !Can(Owner, a) {
				t.Errorf("an owner cannot %s", a)
			}
			for r := Viewer; r < Owner; r++ {
				if Can(r, a) && !Can(r+1, a) {
					t.Errorf("%s can %s but %s cannot", r, a, r+1)
				}
			}
		}
	}
	if Can(Owner, "unknown") || Can(NoRole, ReadIssues) {
		t.Error("an unknown action or no role has rights")
	}
}

func TestCanGrant(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		role, target Role
		want         bool
	}{
		{Owner, Owner, true}, {Admin, Admin, true}, {Admin, Owner, false}, {RegularMember, Viewer, false}, {Owner, NoRole, false},
	} {
		if got := CanGrant(tt.role, tt.target); got != tt.want {
			t.Errorf("CanGrant(%s, %s) = %v", tt.role, tt.target, got)
		}
	}
}

func TestScopeSetSurvivesStorage(t *testing.T) {
	t.Parallel()
	set := ScopeSet{ScopeIssueWrite, ScopeEventRead}
	again := ParseScopeSet(set.String() + " issue:write gone:scope")
	if again.String() != set.String() || !again.Grants(TriageIssues) || again.Grants(DeleteIssues) {
		t.Errorf("got %v", again)
	}
}

func TestSlugs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"My Shop!": "my-shop", "  Ünïcode  x": "n-code-x", "---": "", "A1": "a1"} {
		if got := Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
	}
	for slug, valid := range map[string]bool{"shop": true, "my-shop": true, "": false, "My": false, "a--b": false, "a-": false} {
		if got := CheckSlug(slug) == nil; got != valid {
			t.Errorf("CheckSlug(%q) = %v", slug, got)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	if k := NewPublicKey(); !ValidPublicKey(k) || k == NewPublicKey() {
		t.Errorf("key %q", k)
	}
	for _, bad := range []string{"", "xyz", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdeg"} {
		if ValidPublicKey(bad) {
			t.Errorf("%q is valid", bad)
		}
	}
	if token := NewToken(); token[:4] != TokenPrefix || len(token) < 40 {
		t.Errorf("token %q", token)
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for password, valid := range map[string]bool{
		"correct horse": true, "short": false, "aaaaaaaaaaaa": false, "someone@example.org": false, "ünïcodeünï": true, string(make([]byte, 600)): false,
	} {
		if got := CheckPassword(password, "someone@example.org") == nil; got != valid {
			t.Errorf("CheckPassword(%q) = %v", password, got)
		}
	}
	if _, err := NormalizeEmail("Ada <a@example.org>"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an address with a name: %v", err)
	}
}

func TestSettingsCheck(t *testing.T) {
	t.Parallel()
	if err := (Settings{}).Check(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for field, s := range map[string]Settings{
		"body.sample_rate":          {SampleRate: 1.5},
		"body.retention_days":       {RetentionDays: -1},
		"body.filters.ip_addresses": {Filters: FilterSettings{IPAddresses: []string{"10.0.0.0/99"}}},
		"body.filters.messages":     {Filters: FilterSettings{Messages: []string{""}}},
	} {
		err, _ := s.Check().(*fault.Error) //nolint:errorlint // the very value
		if err == nil || err.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
