package triage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
	"github.com/mesher/mesher/internal/triage"
)

const day = 24 * time.Hour

type facts []eventlog.Fact

func (f *facts) Publish(_ context.Context, list []eventlog.Fact) error {
	*f = append(*f, list...)
	return nil
}

// rig is a project whose issues resolve themselves after 14 days, and one where they do not.
type rig struct {
	t       *testing.T
	store   *sqlstore.Store
	gen     *storetest.Generator
	on, off int64
	told    facts
}

func newRig(t *testing.T, s *sqlstore.Store) *rig {
	r := &rig{t: t, store: s}
	i, err := s.Install(t.Context(), store.Installation{
		User: org.User{Email: "a@example.org"}, Organization: org.Organization{Slug: "acme", Name: "Acme"},
		Project: org.Project{Slug: "shop", Name: "Shop"}, Key: org.Key{Public: org.NewPublicKey(), Active: true},
	})
	r.ok(err)
	off, _, err := s.CreateProject(t.Context(), org.Project{OrganizationID: i.Organization.ID, Slug: "other", Name: "Other"}, org.Key{Public: org.NewPublicKey(), Active: true})
	r.ok(err)
	r.on, r.off = i.Project.ID, off.ID
	p, err := s.GetProject(t.Context(), r.on)
	r.ok(err)
	p.Settings.AutoResolveDays = 14
	_, err = s.UpdateSettings(t.Context(), p.ID, p.Version, p.Settings)
	r.ok(err)
	r.gen = storetest.NewGenerator(1, 5, r.on)
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// event stores one event of the named issue so long after the start.
func (r *rig) event(projectID int64, name string, after time.Duration) int64 {
	r.t.Helper()
	r.gen.Clock = storetest.Start.Add(after)
	r.gen.NextMessage()
	e := r.gen.EventOf(projectID, name)
	result, err := r.store.Apply(r.t.Context(), &store.Batch{Partition: "p", Through: e.Seq, Now: r.gen.Clock.UnixMicro(), Events: []store.EventRow{e}})
	r.ok(err)
	return result.Events[0].IssueID
}

// sweep runs the resolver so long after the start.
func (r *rig) sweep(after time.Duration) {
	r.t.Helper()
	now := func() time.Time { return storetest.Start.Add(after) }
	r.ok(triage.New(triage.Options{Store: r.store, Facts: &r.told, Now: now}).Sweep(r.t.Context()))
}

func (r *rig) status(id int64) string {
	r.t.Helper()
	i, err := r.store.GetIssue(r.t.Context(), id)
	r.ok(err)
	return i.Status.String()
}

// set changes an issue's triage as a person would.
func (r *rig) set(id int64, kind string, at time.Duration, change func(issue.Issue) (issue.Triage, error)) {
	r.t.Helper()
	_, err := r.store.UpdateTriage(r.t.Context(), id, func(i issue.Issue) (issue.Triage, []store.Activity, error) {
		next, err := change(i)
		return next, []store.Activity{{IssueID: id, UserID: 1, At: storetest.Start.Add(at).UnixMicro(), Kind: kind}}, err
	})
	r.ok(err)
}

func TestSweepResolvesWhatIsQuiet(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) {
		r := newRig(t, s)
		quiet := r.event(r.on, "quiet", 0)
		elsewhere := r.event(r.off, "elsewhere", 0)
		archived := r.event(r.on, "archived", 0)
		r.set(archived, "archived", time.Hour, func(i issue.Issue) (issue.Triage, error) { return i.Archive(issue.Archive{}) })
		busy := r.event(r.on, "busy", 2*day)

		r.sweep(14 * day)
		if got := r.status(quiet); got != "unresolved" {
			t.Fatalf("14 days less a second are not over, yet the issue is %s", got)
		}
		r.sweep(15 * day)
		got := []string{r.status(quiet), r.status(elsewhere), r.status(archived), r.status(busy)}
		if d := cmp.Diff([]string{"resolved", "unresolved", "archived", "unresolved"}, got); d != "" {
			t.Error(d)
		}
		if len(r.told) != 1 || r.told[0].Kind != eventlog.IssueChanged || r.told[0].ProjectID != r.on {
			t.Errorf("facts: %+v", r.told)
		}
		page, err := s.ListActivity(t.Context(), quiet, []string{"resolved"}, store.PageRequest{Limit: 5})
		r.ok(err)
		if len(page.Items) != 1 || page.Items[0].UserID != 0 || string(page.Items[0].Data) == "" {
			t.Errorf("history: %+v", page.Items)
		}

		r.sweep(15 * day)
		if len(r.told) != 1 {
			t.Errorf("a second sweep told %d facts more", len(r.told)-1)
		}
		r.event(r.on, "quiet", 15*day+time.Hour)
		if got := r.status(quiet); got != "unresolved" {
			t.Errorf("a new event left the issue %s", got)
		}
	})
}

// What somebody opened again is not taken from them at the next sweep.
func TestSweepLeavesWhatWasReopened(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	id := r.event(r.on, "quiet", 0)
	r.sweep(20 * day)
	r.set(id, "reopened", 20*day, func(i issue.Issue) (issue.Triage, error) { return i.Reopen(), nil })
	r.sweep(33 * day)
	if got := r.status(id); got != "unresolved" {
		t.Errorf("13 days after it was opened again the issue is %s", got)
	}
	r.sweep(35 * day)
	if got := r.status(id); got != "resolved" {
		t.Errorf("15 days after it was opened again the issue is %s", got)
	}
}

func TestSweepReadsEveryPage(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	for n := range 130 {
		r.event(r.on, "issue "+string(rune('A'+n)), time.Duration(n)*time.Second)
	}
	r.sweep(20 * day)
	if len(r.told) != 130 {
		t.Errorf("%d of 130 quiet issues were resolved", len(r.told))
	}
}
