// Package bootstrap makes a fresh server usable: it creates the first owner,
// organization and project from the operator's settings, or a one-time link
// behind which a person does the same.
package bootstrap

import (
	"context"
	"fmt"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
)

// Settings are what the operator set for the first start.
type Settings struct {
	AdminEmail    string
	AdminPassword string
	// Key is the public key of project 1 and Token an API token of the owner with all scopes; both may be empty.
	Key   string
	Token string
}

// Result says what the start did.
type Result struct {
	// SetupSecret is the secret of a one-time set-up link; empty when Mesher is set up.
	SetupSecret string
	// Installed is set when this start created the owner.
	Installed bool
	// ProjectID and PublicKey are those of the first project when Installed.
	ProjectID int64
	PublicKey string
}

// Run makes the server usable. It is idempotent: where somebody has an account
// already the settings are ignored and nothing changes. Several nodes may run
// it at once; one of them installs.
func Run(ctx context.Context, accounts *auth.Service, s Settings) (Result, error) {
	required, err := accounts.SetupRequired(ctx)
	if err != nil || !required {
		return Result{}, err
	}
	if s.AdminEmail == "" {
		secret, err := accounts.NewSetupLink(ctx)
		return Result{SetupSecret: secret}, err
	}
	i, err := accounts.Install(ctx, auth.FirstStart{
		Owner:     auth.NewAccount{Email: s.AdminEmail, Password: s.AdminPassword},
		PublicKey: s.Key, Token: s.Token,
	})
	if fault.CodeOf(err) == fault.Conflict {
		return Result{}, nil // another node was faster
	}
	if err != nil {
		return Result{}, fmt.Errorf("create the first owner: %w", err)
	}
	return Result{Installed: true, ProjectID: i.Project.ID, PublicKey: i.Key.Public}, nil
}
