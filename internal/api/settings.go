package api

import (
	"context"
	"errors"
	"strconv"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// settingsChange has the settings to change; what is left out stays.
type settingsChange struct {
	RateLimitPerMinute *int64         `json:"rate_limit_per_minute,omitempty" doc:"Events a minute; 0 for no limit"`
	RateLimitBurst     *int64         `json:"rate_limit_burst,omitempty" doc:"Events at once after a pause, where there is a limit; 0 for one minute's worth"`
	MonthlyQuota       *int64         `json:"monthly_quota,omitempty" doc:"Events a calendar month (UTC); 0 for none"`
	ByteBudget         *int64         `json:"byte_budget,omitempty" doc:"Bytes the project may occupy; 0 for no cap"`
	AttachmentQuota    *int64         `json:"attachment_quota,omitempty" doc:"Bytes of attachments kept a day (UTC); 0 for the default of 256 MiB"`
	SampleRate         *float64       `json:"sample_rate,omitempty" doc:"Share of events kept, above 0 and at most 1"`
	SpikeProtection    *bool          `json:"spike_protection,omitempty"`
	RetentionDays      *int           `json:"retention_days,omitempty" doc:"0 for the server's default"`
	AutoResolveDays    *int           `json:"auto_resolve_days,omitempty" doc:"0 for never"`
	Scrub              *scrubChange   `json:"scrub,omitempty"`
	Filters            *filtersChange `json:"filters,omitempty"`
	GroupingRules      *string        `json:"grouping_rules,omitempty" doc:"Text of the rules; a mistake is refused with the number of its line"`
}

func (c settingsChange) apply(s org.Settings) org.Settings {
	s.RateLimitPerMinute = *or(c.RateLimitPerMinute, &s.RateLimitPerMinute)
	s.RateLimitBurst = *or(c.RateLimitBurst, &s.RateLimitBurst)
	s.MonthlyQuota = *or(c.MonthlyQuota, &s.MonthlyQuota)
	s.ByteBudget = *or(c.ByteBudget, &s.ByteBudget)
	s.AttachmentQuota = *or(c.AttachmentQuota, &s.AttachmentQuota)
	s.SampleRate = *or(c.SampleRate, &s.SampleRate)
	s.SpikeProtection = *or(c.SpikeProtection, &s.SpikeProtection)
	s.RetentionDays = *or(c.RetentionDays, &s.RetentionDays)
	s.AutoResolveDays = *or(c.AutoResolveDays, &s.AutoResolveDays)
	s.Scrub = c.Scrub.apply(s.Scrub)
	s.Filters = c.Filters.apply(s.Filters)
	s.GroupingRules = *or(c.GroupingRules, &s.GroupingRules)
	return s
}

type settingsPatch struct {
	ProjectPath
	Precondition
	Body settingsChange
}

func (s *Server) registerSettings() {
	register(s, route{
		call: "GET /projects/{project_id}/settings", id: "get-project-settings", tag: "Projects",
		summary: "Settings of a project", on: onProject, action: org.ReadProject,
	}, s.getSettings)
	register(s, route{
		call: "PATCH /projects/{project_id}/settings", id: "update-project-settings", tag: "Projects",
		summary: "Change settings of a project", description: "Send the ETag you read as If-Match, so that two admins do not overwrite each other: 412 when somebody was faster.",
		on: onProject, action: org.ManageProject,
	}, s.updateSettings)
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

func (s *Server) getSettings(ctx context.Context, _ *ProjectPath) (*tagged[org.Settings], error) {
	p := callerOf(ctx).project
	return &tagged[org.Settings]{ETag: etag(p.Version), Body: p.Settings.WithLists()}, nil
}

func (s *Server) updateSettings(ctx context.Context, in *settingsPatch) (*tagged[org.Settings], error) {
	p := callerOf(ctx).project
	for range writeAttempts {
		if !in.holds(etag(p.Version)) {
			return nil, errStale()
		}
		settings := in.Body.apply(p.Settings)
		if err := settings.Check(); err != nil {
			return nil, err
		}
		if in.Body.GroupingRules != nil {
			if _, err := checkRules("body.grouping_rules", settings.GroupingRules); err != nil {
				return nil, err
			}
		}
		version, err := s.Accounts.UpdateSettings(ctx, p.ID, p.Version, settings)
		if err == nil {
			s.Keys.Forget(p.ID)
			err = s.record(ctx, act{orgID: p.OrganizationID, action: "project.settings_changed", kind: "project", id: p.ID, data: map[string]any{
				"settings": settings, "settings_before": p.Settings,
			}})
			return &tagged[org.Settings]{ETag: etag(version), Body: settings.WithLists()}, err
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		if p, err = s.Accounts.GetProject(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	return nil, errStale()
}
