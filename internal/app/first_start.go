package app

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
)

// openAccounts creates the owner, the organization and project 1 on the first
// start when the environment names an owner; later starts change nothing.
func (a *App) openAccounts(ctx context.Context) error {
	a.auth = auth.New(auth.Options{Store: a.store})
	boot := a.cfg.Bootstrap
	if boot.AdminEmail == "" {
		return nil
	}
	required, err := a.auth.SetupRequired(ctx)
	if err != nil || !required {
		return err
	}
	_, err = a.auth.Install(ctx, auth.FirstStart{
		Owner:     auth.NewAccount{Email: boot.AdminEmail, Password: boot.AdminPassword},
		PublicKey: boot.Key,
		Token:     boot.Token,
	})
	if fault.CodeOf(err) == fault.Conflict && err != nil {
		return nil // another node was first
	}
	return err
}

// announce logs where the server is and, while nobody has an account, the one-time set-up link.
func (a *App) announce(ctx context.Context) {
	a.log.Info("mesher is ready", "url", a.url(), "version", a.cfg.Version, "store", a.store.Backend(), "durability", a.cfg.Durability)
	required, err := a.auth.SetupRequired(ctx)
	if err != nil {
		a.log.Error("cannot tell whether an account exists", "error", err)
		return
	}
	if !required {
		return
	}
	secret, err := a.auth.NewSetupLink(ctx)
	if err != nil {
		a.log.Error("cannot make a set-up link", "error", err)
		return
	}
	a.log.Info("nobody has an account yet: open this link once, within a day, to create the owner", "link", a.url()+"/setup?token="+secret)
}

// url is how people reach the server.
func (a *App) url() string {
	if a.cfg.PublicURL != "" {
		return strings.TrimRight(a.cfg.PublicURL, "/")
	}
	scheme := "http"
	if a.cfg.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.Addr().String())
	if err != nil {
		return fmt.Sprintf("%s://%s", scheme, a.Addr())
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
