package api

import "github.com/mesher/mesher/internal/org"

// scrubChange has the rules of scrubbing to change; what is left out stays.
type scrubChange struct {
	Disabled        *bool     `json:"disabled,omitempty"`
	IPAddresses     *bool     `json:"ip_addresses,omitempty"`
	SensitiveFields *[]string `json:"sensitive_fields,omitempty" doc:"The whole list"`
	SafeFields      *[]string `json:"safe_fields,omitempty" doc:"The whole list"`
}

func (c *scrubChange) apply(s org.ScrubSettings) org.ScrubSettings {
	if c == nil {
		return s
	}
	s.Disabled = *or(c.Disabled, &s.Disabled)
	s.IPAddresses = *or(c.IPAddresses, &s.IPAddresses)
	s.SensitiveFields = *or(c.SensitiveFields, &s.SensitiveFields)
	s.SafeFields = *or(c.SafeFields, &s.SafeFields)
	return s
}

// filtersChange has the inbound filters to change; what is left out stays.
type filtersChange struct {
	Messages          *[]string `json:"messages,omitempty" doc:"The whole list"`
	Releases          *[]string `json:"releases,omitempty" doc:"The whole list"`
	Environments      *[]string `json:"environments,omitempty" doc:"The whole list"`
	IPAddresses       *[]string `json:"ip_addresses,omitempty" doc:"The whole list"`
	BrowserExtensions *bool     `json:"browser_extensions,omitempty"`
	LegacyBrowsers    *bool     `json:"legacy_browsers,omitempty"`
	WebCrawlers       *bool     `json:"web_crawlers,omitempty"`
	Localhost         *bool     `json:"localhost,omitempty"`
	AllowedOrigins    *[]string `json:"allowed_origins,omitempty" doc:"The whole list"`
}

func (c *filtersChange) apply(s org.FilterSettings) org.FilterSettings {
	if c == nil {
		return s
	}
	s.Messages = *or(c.Messages, &s.Messages)
	s.Releases = *or(c.Releases, &s.Releases)
	s.Environments = *or(c.Environments, &s.Environments)
	s.IPAddresses = *or(c.IPAddresses, &s.IPAddresses)
	s.BrowserExtensions = *or(c.BrowserExtensions, &s.BrowserExtensions)
	s.LegacyBrowsers = *or(c.LegacyBrowsers, &s.LegacyBrowsers)
	s.WebCrawlers = *or(c.WebCrawlers, &s.WebCrawlers)
	s.Localhost = *or(c.Localhost, &s.Localhost)
	s.AllowedOrigins = *or(c.AllowedOrigins, &s.AllowedOrigins)
	return s
}
