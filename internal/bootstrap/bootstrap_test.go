package bootstrap

import (
	"testing"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

const key = "0123456789abcdef0123456789abcdef"

func TestRunOnce(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) {
		accounts := auth.New(auth.Options{Store: s})
		settings := Settings{AdminEmail: "Owner@Example.org", AdminPassword: "correct horse battery", Key: key, Token: "msh_test"}
		first, err := Run(t.Context(), accounts, settings)
		if err != nil || !first.Installed || first.ProjectID != 1 || first.PublicKey != key {
			t.Fatalf("first start: %+v, %v", first, err)
		}
		settings.Key, settings.AdminEmail = org.NewPublicKey(), "other@example.org"
		again, err := Run(t.Context(), accounts, settings)
		if err != nil || again != (Result{}) {
			t.Errorf("second start: %+v, %v", again, err)
		}
		i, err := accounts.ByToken(t.Context(), "msh_test")
		if err != nil || i.User.Email != "owner@example.org" || !i.Allows(org.DeleteOrganization) {
			t.Errorf("token: %+v, %v", i, err)
		}
		if _, _, err := accounts.SignIn(t.Context(), auth.Credentials{Email: "owner@example.org", Password: "correct horse battery"}, auth.Client{}); err != nil {
			t.Errorf("sign in: %v", err)
		}
	})
}

func TestLinkWithoutSettings(t *testing.T) {
	t.Parallel()
	accounts := auth.New(auth.Options{Store: sqltest.SQLite(t)})
	r, err := Run(t.Context(), accounts, Settings{})
	if err != nil || r.SetupSecret == "" || r.Installed {
		t.Fatalf("got %+v, %v", r, err)
	}
	start := auth.FirstStart{Owner: auth.NewAccount{Email: "a@example.org", Password: "correct horse battery"}, Organization: "Acme", Project: "Shop", Platform: "go"}
	if _, err := accounts.InstallByLink(t.Context(), "wrong", start, auth.Client{}); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("wrong link: %v", err)
	}
	i, err := accounts.InstallByLink(t.Context(), r.SetupSecret, start, auth.Client{})
	if err != nil || i.Organization.Slug != "acme" || i.Project.Slug != "shop" {
		t.Fatalf("right link: %+v, %v", i, err)
	}
	if _, err := accounts.InstallByLink(t.Context(), r.SetupSecret, start, auth.Client{}); err == nil {
		t.Error("the link worked twice")
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	accounts := auth.New(auth.Options{Store: sqltest.SQLite(t)})
	for name, s := range map[string]Settings{
		"password": {AdminEmail: "a@example.org", AdminPassword: "short"},
		"email":    {AdminEmail: "nobody", AdminPassword: "correct horse battery"},
		"key":      {AdminEmail: "a@example.org", AdminPassword: "correct horse battery", Key: "XYZ"},
	} {
		if _, err := Run(t.Context(), accounts, s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
