package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// logLines makes the record of n log entries of one statement.
func (r *rig) logLines(n, from int) eventlog.Record {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"message\":\"order %d was paid by node_%c\"}\n", i, 'a'+from+i)
	}
	rec := r.raw(100+from, b.String())
	rec.Kind = eventlog.KindLogLines
	return rec
}

func (r *rig) patterns() map[string]int64 {
	r.t.Helper()
	list, err := r.db.LogPatterns(r.t.Context(), r.project.ID, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, p := range list {
		counts[p.Pattern] += p.Count
	}
	return counts
}

// TestPatternsSurviveARestart wants what was learned before a restart to be
// known at the first line after it, and every entry counted once.
func TestPatternsSurviveARestart(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, db *sqlstore.Store) {
		r := newRig(t, db)
		learning := func(crash stage) {
			t.Helper()
			p := r.processor(Options{}, nil)
			p.learned.store = db
			if crash != "" {
				p.crash = func(s stage) error {
					if s == crash {
						return errCrash
					}
					return nil
				}
			}
			if err := r.drain(p); err != nil && crash == "" {
				t.Fatal(err)
			}
			p.learned.close(t.Context())
		}
		r.append(r.logLines(6, 0))
		learning("")
		const wide = "order <n> was paid by <*>"
		before := r.patterns()
		if before[wide] == 0 {
			t.Fatalf("patterns = %v, want %q among them", before, wide)
		}
		r.append(r.logLines(1, 20))
		learning(afterTransaction) // the batch is applied; its acknowledgement is not
		learning("")
		after := r.patterns()
		if after[wide] != before[wide]+1 || len(after) != len(before) {
			t.Errorf("patterns = %v after one more line, were %v", after, before)
		}
	})
}

// TestClientTemplatesArePatterns wants the template that an SDK sends to be the pattern.
func TestClientTemplatesArePatterns(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	rec := r.raw(1, `{"items":[{"timestamp":1700000000.5,"level":"info","body":"user bob left","attributes":{"sentry.message.template":{"value":"user %s left","type":"string"}}}]}`)
	rec.Kind = eventlog.KindLogs
	r.append(rec)
	r.mustDrain(Options{})
	if got := r.patterns(); got["user %s left"] != 1 {
		t.Errorf("patterns = %v, want the client's template", got)
	}
	logs, err := r.db.ListLogs(t.Context(), store.LogFilter{ProjectID: r.project.ID}, store.PageRequest{})
	if err != nil || len(logs.Items) != 1 || logs.Items[0].Template != "user %s left" {
		t.Errorf("log entries = %+v, %v", logs.Items, err)
	}
}

// TestLearnersAreBounded wants the learner not used for longest to be saved and forgotten.
func TestLearnersAreBounded(t *testing.T) {
	t.Parallel()
	db := sqltest.SQLite(t)
	r := newRig(t, db)
	l := r.processor(Options{}, nil).learned
	l.store = db
	for id := range int64(maxLearners + 5) {
		one, err := l.load(t.Context(), id+1)
		if err != nil {
			t.Fatal(err)
		}
		l.turn++
		one.used, one.changed = l.turn, true
		one.Learn("a line")
	}
	if len(l.known) != maxLearners || l.known[1] != nil {
		t.Errorf("%d learners are in memory, want %d without the oldest", len(l.known), maxLearners)
	}
	if saved, err := db.LoadLearner(t.Context(), 1); err != nil || saved == nil {
		t.Errorf("the learner that made room was not saved: %v", err)
	}
}
