package api

import (
	"testing"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// TestTwoAdmins changes everything that has settings from a stale and from a current state.
func TestTwoAdmins(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who := w.session("owner")
		team, err := w.store.CreateTeam(t.Context(), store.Team{OrganizationID: w.org, Slug: "core", Name: "Core"})
		w.ok(err)
		key, err := w.store.CreateKey(t.Context(), org.Key{ProjectID: w.project, Public: org.NewPublicKey(), Label: "x", Active: true})
		w.ok(err)
		orgPath, projectPath := "/api/v1/orgs/"+id(w.org), projectPathOf(w.project)
		fromHeader := func(path string) func() string {
			return func() string {
				t.Helper()
				return w.do(call{method: "GET", path: path, who: who}).Header().Get("ETag")
			}
		}
		for path, tc := range map[string]struct {
			tag           func() string
			first, second fields
		}{
			orgPath:                   {fromHeader(orgPath), fields{"name": "Acme Two"}, fields{"name": "Acme Three"}},
			projectPath:               {fromHeader(projectPath), fields{"name": "Shop Two"}, fields{"platform": "node"}},
			projectPath + "/settings": {fromHeader(projectPath + "/settings"), fields{"retention_days": 7}, fields{"auto_resolve_days": 9}},
			orgPath + "/teams/" + id(team.ID): {func() string {
				return read[List[Team]](w, 200, call{method: "GET", path: orgPath + "/teams", who: who}).Items[0].ETag
			}, fields{"name": "Two"}, fields{"name": "Three"}},
			projectPath + "/keys/" + id(key.ID): {func() string {
				return read[List[Key]](w, 200, call{method: "GET", path: projectPath + "/keys", who: who}).Items[1].ETag
			}, fields{"active": false}, fields{"label": "three"}},
		} {
			stale := tc.tag()
			change := func(tag string, body fields, want int) {
				t.Helper()
				if rec := w.do(call{"PATCH", path, who, map[string]string{"If-Match": tag}, body}); rec.Code != want {
					t.Errorf("PATCH %s with %s: %d %s, want %d", path, tag, rec.Code, rec.Body, want)
				}
			}
			if stale == "" {
				t.Errorf("%s has no ETag", path)
			}
			change(stale, tc.first, 200)
			change(stale, tc.second, 412)
			change(tc.tag(), tc.second, 200)
			change("*", tc.first, 200)
		}
	})
}
