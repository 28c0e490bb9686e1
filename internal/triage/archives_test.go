package triage_test

import (
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

func TestArchivesEnd(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) {
		r := newRig(t, s)
		id := r.event(r.off, "a", 0)
		until := storetest.Start.Add(time.Hour).UnixMicro()
		_, err := s.UpdateTriage(t.Context(), id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
			next, err := i.Archive(issue.Archive{Now: 1, Until: until})
			return next, nil, err
		})
		r.ok(err)
		for _, step := range []struct {
			after time.Duration
			want  issue.Status
			told  int
		}{{59 * time.Minute, issue.Archived, 0}, {time.Hour, issue.Unresolved, 1}, {2 * time.Hour, issue.Unresolved, 1}} {
			r.sweep(step.after)
			i, err := s.GetIssue(t.Context(), id)
			r.ok(err)
			if i.Status != step.want || len(r.told) != step.told {
				t.Errorf("after %v: %s, %d facts", step.after, i.Status, len(r.told))
			}
		}
		if r.told[0].Kind != eventlog.IssueChanged || r.told[0].ProjectID != r.off {
			t.Errorf("told %+v", r.told[0])
		}
		history, err := s.ListActivity(t.Context(), id, []string{"reopened"}, store.PageRequest{})
		r.ok(err)
		if len(history.Items) != 1 || history.Items[0].UserID != 0 || history.Items[0].At != until {
			t.Errorf("history %+v", history.Items)
		}
	})
}
