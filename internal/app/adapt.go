package app

import (
	"context"

	"github.com/mesher/mesher/internal/api"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/oidc"
	"github.com/mesher/mesher/internal/quota"
	"github.com/mesher/mesher/internal/search"
)

// limits lets admission ask the quota package: policy does not know the ports of adapters.
type limits struct{ limiter *quota.Limiter }

// Allow implements ingest.Limiter.
func (l limits) Allow(_ context.Context, a *ingest.Access, d ingest.Demand) ingest.Decision {
	granted := l.limiter.Allow(
		quota.Subject{ProjectID: a.ProjectID, KeyID: a.KeyID, KeyRatePerMinute: a.RateLimitPerMinute, Settings: a.Settings},
		quota.Demand{Category: d.Category, Quantity: d.Quantity, Now: d.Now},
	)
	return ingest.Decision{Allowed: granted.Allowed, Reason: granted.Reason, RetryAfter: granted.RetryAfter, Scope: granted.Scope}
}

// forgetters are the caches that remember a project.
type forgetters []interface{ Forget(projectID int64) }

// Forget implements api.KeyCache.
func (f forgetters) Forget(projectID int64) {
	for _, cache := range f {
		cache.Forget(projectID)
	}
}

// identityProvider is nil when none is set up.
func (a *App) identityProvider() (api.IdentityProvider, error) {
	o := a.cfg.OIDC
	if o.Issuer == "" {
		return nil, nil
	}
	return oidc.New(oidc.Options{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Domains: oidc.ParseDomains(o.AllowedDomains)})
}

// parseQuery reads the search box for streams and lists alike.
func parseQuery(text string) (search.Query, error) { return search.Parse(text) }
