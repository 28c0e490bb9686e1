package app

import (
	"testing"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

func TestResetPassword(t *testing.T) {
	t.Parallel()
	d := Database{DataDir: t.TempDir()}
	if err := ResetPassword(t.Context(), d, "a@example.org", "correct horse battery"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	// The server keeps its store open meanwhile.
	store, err := sqlstore.Open(t.Context(), sqlstore.Options{DataDir: d.DataDir})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	accounts := auth.New(auth.Options{Store: store})
	if _, err := accounts.CreateUser(t.Context(), auth.NewAccount{Email: "a@example.org", Password: "forgotten horse"}); err != nil {
		t.Fatal(err)
	}
	if err := ResetPassword(t.Context(), d, "A@example.org", "correct horse battery"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := accounts.SignIn(t.Context(), auth.Credentials{Email: "a@example.org", Password: "correct horse battery"}, auth.Client{}); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}
