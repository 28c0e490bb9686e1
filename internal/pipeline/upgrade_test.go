package pipeline

import (
	"testing"

	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// upgraded is a processor whose algorithm is version now, and before it was version before; empty for none.
func (r *rig) upgraded(now, before string) *Processor {
	r.t.Helper()
	p := r.processor(Options{}, nil)
	rules, err := p.rules.of(r.t.Context(), r.project.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	rules.grouper = grouping.NewVersion(now, grouping.Rules{})
	if before != "" {
		rules.prior = grouping.NewVersion(before, grouping.Rules{})
	}
	return p
}

// TestUpgradeKeepsIssues wants events after an upgrade of the algorithm to find
// the issue they had before, and the new fingerprint to lead there on its own.
func TestUpgradeKeepsIssues(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, db *sqlstore.Store) {
		r := newRig(t, db)
		drain := func(p *Processor) {
			t.Helper()
			if err := r.drain(p); err != nil {
				t.Fatal(err)
			}
		}
		r.append(r.event(1, "DiskError"))
		drain(r.upgraded("first", ""))
		old := r.onlyIssue(1)

		r.append(r.event(2, "DiskError"), r.event(3, "DiskError"))
		drain(r.upgraded("second", "first"))
		if id := r.onlyIssue(3); id != old {
			t.Fatalf("during the upgrade events went to issue %d, want %d", id, old)
		}
		hashes, err := db.IssueHashes(t.Context(), old)
		if err != nil {
			t.Fatal(err)
		}
		versions := map[string]int{}
		for _, h := range hashes {
			versions[h.GroupingVersion]++
		}
		if versions["first"] != 1 || versions["second"] != 1 || len(hashes) != 2 {
			t.Errorf("fingerprints by version = %v, want one each of first and second", versions)
		}

		// When the transition is over, the new fingerprint is enough.
		r.append(r.event(4, "DiskError"))
		drain(r.upgraded("second", ""))
		if id := r.onlyIssue(4); id != old {
			t.Errorf("after the upgrade the event went to issue %d, want %d", id, old)
		}
	})
}

// TestUpgradeAttachesBoth wants an issue that is new during an upgrade to be
// known by both versions, because nodes are upgraded one after another.
func TestUpgradeAttachesBoth(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	for n, p := range []func() *Processor{
		func() *Processor { return r.upgraded("second", "first") },
		func() *Processor { return r.upgraded("first", "") },
		func() *Processor { return r.upgraded("second", "") },
	} {
		r.append(r.event(n+1, "NetError"))
		if err := r.drain(p()); err != nil {
			t.Fatal(err)
		}
		r.onlyIssue(int64(n + 1))
	}
}

// onlyIssue returns the project's issue, which must be the only one and have so many events.
func (r *rig) onlyIssue(events int64) int64 {
	r.t.Helper()
	page, err := r.db.ListIssues(r.t.Context(), store.IssueFilter{ProjectID: r.project.ID}, store.PageRequest{})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(page.Items) != 1 || page.Items[0].EventCount != events {
		r.t.Fatalf("%d issues, want one with %d events: %+v", len(page.Items), events, page.Items)
	}
	return page.Items[0].ID
}
