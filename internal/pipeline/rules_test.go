package pipeline

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// TestUnreadableRulesDropNothing wants events of a project whose stored rules
// cannot be read to be grouped without them, and one line in the log to say so.
func TestUnreadableRulesDropNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, sqltest.SQLite(t))
	settings := r.project.Settings
	settings.GroupingRules = "logger:x -> y\nnonsense"
	if _, err := r.db.UpdateSettings(t.Context(), r.project.ID, r.project.Version, settings); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := r.processor(Options{MaxBatch: 1}, nil)
	p.rules.log = slog.New(slog.NewTextHandler(&log, nil))
	r.append(r.event(1, "DiskError"))
	r.append(r.event(2, "DiskError"))
	if err := r.drain(p); err != nil {
		t.Fatal(err)
	}
	r.onlyIssue(2)
	if n := strings.Count(log.String(), "line 2"); n != 1 {
		t.Errorf("%d log lines name line 2 of the rules, want 1: %s", n, log.String())
	}
}
