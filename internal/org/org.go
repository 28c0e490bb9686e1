// Package org holds the tenants of Mesher: organizations, their projects with
// DSN keys, members with roles, and API tokens with scopes. It is pure.
package org

// Organization is the wall between tenants.
type Organization struct {
	ID        int64
	Slug      string
	Name      string
	CreatedAt int64
}

// Project receives events through its keys.
type Project struct {
	ID             int64
	OrganizationID int64
	Slug           string
	Name           string
	Platform       string
	Settings       Settings
	// Version grows with every change of the settings; it is their ETag.
	Version   int64
	CreatedAt int64
	// FirstEventAt is when the first event was stored, 0 while the project waits for it.
	FirstEventAt int64
}

// Settings of a project. Zero values mean "no limit" or "the default".
type Settings struct {
	// RateLimitPerMinute is the token bucket's rate for events, 0 for none.
	RateLimitPerMinute int64 `json:"rate_limit_per_minute"`
	// RateLimitBurst is the bucket's size: how many events may come at once after a
	// pause. 0 means one minute's worth. Without a rate it has no effect.
	RateLimitBurst int64 `json:"rate_limit_burst"`
	// MonthlyQuota is the number of events a calendar month (UTC) may store, 0 for no quota.
	MonthlyQuota int64 `json:"monthly_quota"`
	// ByteBudget caps the bytes a project may occupy, 0 for no cap.
	ByteBudget int64 `json:"byte_budget"`
	// AttachmentQuota is the bytes of attachments that a day (UTC) may keep; 0 means store.DayAttachmentBytes.
	AttachmentQuota int64 `json:"attachment_quota"`
	// SampleRate is the share of events kept, 0 < rate ≤ 1; 0 means 1.
	SampleRate float64 `json:"sample_rate"`
	// SpikeProtection sheds events above a multiple of the project's usual rate.
	SpikeProtection bool `json:"spike_protection"`
	// RetentionDays is how long events are kept; 0 means the server's default.
	RetentionDays int `json:"retention_days"`
	// AutoResolveDays resolves issues without events for so many days; 0 never.
	AutoResolveDays int `json:"auto_resolve_days"`

	Scrub   ScrubSettings  `json:"scrub"`
	Filters FilterSettings `json:"filters"`
	// GroupingRules is the text form of internal/grouping.
	GroupingRules string `json:"grouping_rules"`
}

// ScrubSettings say which secrets are replaced before an event is stored.
type ScrubSettings struct {
	// Disabled turns the default rules (passwords, tokens, card numbers, auth headers, cookies) off.
	Disabled bool `json:"disabled"`
	// IPAddresses removes IP addresses of users too.
	IPAddresses bool `json:"ip_addresses"`
	// SensitiveFields are further key names whose values are replaced, SafeFields ones that are kept.
	SensitiveFields []string `json:"sensitive_fields"`
	SafeFields      []string `json:"safe_fields"`
}

// FilterSettings drop unwanted events on arrival; what they drop is counted as filtered.
type FilterSettings struct {
	// Messages are patterns with * on an event's message and on "Type: value" of its exceptions.
	Messages     []string `json:"messages"`
	Releases     []string `json:"releases"`
	Environments []string `json:"environments"`
	// IPAddresses are addresses or CIDR ranges.
	IPAddresses []string `json:"ip_addresses"`
	// BrowserExtensions, LegacyBrowsers, WebCrawlers and Localhost drop known noise.
	BrowserExtensions bool `json:"browser_extensions"`
	LegacyBrowsers    bool `json:"legacy_browsers"`
	WebCrawlers       bool `json:"web_crawlers"`
	Localhost         bool `json:"localhost"`
	// AllowedOrigins is an allow-list of browser origins; empty allows all.
	AllowedOrigins []string `json:"allowed_origins"`
}

// Key is a DSN key of a project. The public key is no secret.
type Key struct {
	ID        int64
	ProjectID int64
	// Public is 32 lower-case hex digits, unique over all projects.
	Public string
	Label  string
	Active bool
	// RateLimitPerMinute limits this key alone, 0 for none.
	RateLimitPerMinute int64
	CreatedAt          int64
	LastUsedAt         int64
}

// User is a person with an account.
type User struct {
	ID           int64
	Email        string
	Name         string
	PasswordHash string
	CreatedAt    int64
}

// Member is a user's place in an organization.
type Member struct {
	OrganizationID int64
	UserID         int64
	Role           Role
	Email          string
	Name           string
	CreatedAt      int64
}
