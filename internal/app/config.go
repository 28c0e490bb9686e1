package app

import (
	"log/slog"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/httpd"
)

// Config is everything an operator can set about a server. The command line
// describes and defaults it (cmd/mesher); Validate says what cannot work.
type Config struct {
	// DataDir holds the embedded store and the durable log.
	DataDir string
	// Listen is the address of the HTTP listener, host:port; port 0 picks a free one.
	Listen string
	// DatabaseURL is a postgres:// URL; empty for the embedded SQLite store.
	DatabaseURL string
	// PublicURL is what clients and browsers use to reach the server; empty derives it from Listen.
	PublicURL string
	// TrustedProxies are addresses and ranges of reverse proxies, separated by commas,
	// whose X-Forwarded-For is believed; empty for none.
	TrustedProxies string
	// TLSCert and TLSKey are PEM files; both or none.
	TLSCert, TLSKey string

	// Durability says what a 2xx promises: "os", "disk" or "quorum".
	Durability string
	// LogMaxBytes bounds the durable log; beyond it ingestion answers 503.
	LogMaxBytes int64
	// MinFreeBytes is the free disk space below which ingestion pauses.
	MinFreeBytes int64
	// MaxPendingBytes bounds the request bodies held in memory at one time.
	MaxPendingBytes int64
	// RetentionDays is how long events are kept where a project does not say.
	RetentionDays int
	// ShutdownTimeout bounds the drain at the end.
	ShutdownTimeout time.Duration

	OIDC      OIDC
	Bootstrap Bootstrap
	Log       *slog.Logger
	// Version is shown in the UI and the log.
	Version string
}

// OIDC is the OpenID Connect provider people may sign in with; none without Issuer.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// AllowedDomains of e-mail addresses whose owners may join by themselves, separated by commas.
	AllowedDomains string
}

// Bootstrap is what the first start creates.
type Bootstrap struct {
	AdminEmail    string
	AdminPassword string
	// Key is the 32 hex digits of project 1's public key; empty for a random one.
	Key string
	// Token is an API token of the owner with all scopes; empty for none.
	Token string
}

// Validate returns a fault.Invalid error that names the setting to change.
func (c *Config) Validate() error {
	switch {
	case c.DataDir == "":
		return fault.Field("data", "name a data folder with --data")
	case c.Listen == "":
		return fault.Field("listen", "name an address with --listen, for instance 127.0.0.1:8080")
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return fault.Field("tls", "set both --tls-cert and --tls-key, or neither")
	case c.Durability != "os" && c.Durability != "disk" && c.Durability != "quorum":
		return fault.Field("durability", "set --durability to os, disk or quorum, not %q", c.Durability)
	case (c.Bootstrap.AdminEmail == "") != (c.Bootstrap.AdminPassword == ""):
		return fault.Field("admin_email", "set both MESHER_ADMIN_EMAIL and MESHER_ADMIN_PASSWORD, or neither")
	case c.OIDC.Issuer == "" && c.OIDC != OIDC{}:
		return fault.Field("oidc_issuer", "name the provider with --oidc-issuer, or leave the other --oidc settings out")
	case c.RetentionDays < 1:
		return fault.Field("retention_days", "set --retention-days to at least 1")
	}
	_, err := httpd.ParseProxies(c.TrustedProxies)
	return err
}
