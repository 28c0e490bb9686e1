package org

import (
	"net/netip"
	"slices"

	"github.com/mesher/mesher/internal/fault"
)

// Bounds of settings.
const (
	MaxRetentionDays   = 3650
	MaxAutoResolveDays = 365
	// maxPatterns and maxPatternBytes bound each list of names or patterns.
	maxPatterns     = 200
	maxPatternBytes = 400
	maxRulesBytes   = 64 * 1024
)

// Check says what is wrong with settings that a person entered.
func (s Settings) Check() error {
	switch {
	case s.RateLimitPerMinute < 0:
		return fault.Field("body.rate_limit_per_minute", "the limit must not be negative; 0 means none")
	case s.RateLimitBurst < 0:
		return fault.Field("body.rate_limit_burst", "the burst must not be negative; 0 means one minute's worth")
	case s.MonthlyQuota < 0:
		return fault.Field("body.monthly_quota", "the quota must not be negative; 0 means none")
	case s.ByteBudget < 0:
		return fault.Field("body.byte_budget", "the budget must not be negative; 0 means none")
	case s.AttachmentQuota < 0:
		return fault.Field("body.attachment_quota", "the quota must not be negative; 0 means the server's default")
	case !(s.SampleRate >= 0 && s.SampleRate <= 1):
		return fault.Field("body.sample_rate", "the sample rate is above 0 and at most 1")
	case s.RetentionDays < 0 || s.RetentionDays > MaxRetentionDays:
		return fault.Field("body.retention_days", "retention is 1 to %d days; 0 means the server's default", MaxRetentionDays)
	case s.AutoResolveDays < 0 || s.AutoResolveDays > MaxAutoResolveDays:
		return fault.Field("body.auto_resolve_days", "issues resolve themselves after 1 to %d days; 0 means never", MaxAutoResolveDays)
	case len(s.GroupingRules) > maxRulesBytes:
		return fault.Field("body.grouping_rules", "the rules may have at most %d bytes", maxRulesBytes)
	}
	return s.checkLists()
}

func (s Settings) checkLists() error {
	lists := []struct {
		field string
		items []string
	}{
		{"body.scrub.sensitive_fields", s.Scrub.SensitiveFields},
		{"body.scrub.safe_fields", s.Scrub.SafeFields},
		{"body.filters.messages", s.Filters.Messages},
		{"body.filters.releases", s.Filters.Releases},
		{"body.filters.environments", s.Filters.Environments},
		{"body.filters.ip_addresses", s.Filters.IPAddresses},
		{"body.filters.allowed_origins", s.Filters.AllowedOrigins},
	}
	for _, l := range lists {
		tooLong := func(item string) bool { return item == "" || len(item) > maxPatternBytes }
		if len(l.items) > maxPatterns || slices.ContainsFunc(l.items, tooLong) {
			return fault.Field(l.field, "at most %d entries of 1 to %d bytes", maxPatterns, maxPatternBytes)
		}
	}
	for _, text := range s.Filters.IPAddresses {
		if !isAddress(text) {
			return fault.Field("body.filters.ip_addresses", "%q is neither an IP address nor a range such as 10.0.0.0/8", text)
		}
	}
	return nil
}

func isAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(text)
	return err == nil
}

// WithLists returns the settings with empty lists in place of missing ones, as JSON shows them.
func (s Settings) WithLists() Settings {
	for _, list := range []*[]string{
		&s.Scrub.SensitiveFields, &s.Scrub.SafeFields, &s.Filters.Messages, &s.Filters.Releases,
		&s.Filters.Environments, &s.Filters.IPAddresses, &s.Filters.AllowedOrigins,
	} {
		if *list == nil {
			*list = []string{}
		}
	}
	return s
}
