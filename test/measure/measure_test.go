// Package measure takes the figures of the store in docs/performance.md: how
// long the queries of every page take, what an event occupies, and what
// retention costs, while events keep coming in. It asserts no times.
package measure

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/storetest"
)

// setting says what to measure. The store is kept, so that loading is paid for
// once; a store belongs to one number of events.
type setting struct {
	// events is how many the history holds, from MESHER_MEASURE.
	events int
	// place is a data folder or a postgres:// URL, from MESHER_MEASURE_STORE.
	place string
}

// history is how far back the events go, and end when the last of them came.
const history = 30 * 24 * time.Hour

var end = storetest.Start

// TestMeasure has a step per question; -run TestMeasure/load picks one.
func TestMeasure(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("MESHER_MEASURE"))
	s := setting{events: n, place: os.Getenv("MESHER_MEASURE_STORE")}
	if err != nil || s.place == "" {
		t.Skip("set MESHER_MEASURE to a number of events and MESHER_MEASURE_STORE to a data folder or the URL of a PostgreSQL database to keep them in")
	}
	t.Run("load", s.load)
	t.Run("queries", s.queries)
	t.Run("retention", s.retention)
}

func (s setting) postgres() bool { return strings.Contains(s.place, "://") }

func (s setting) open(t *testing.T) *sqlstore.Store {
	t.Helper()
	o := sqlstore.Options{DataDir: s.place}
	if s.postgres() {
		o = sqlstore.Options{URL: s.place}
	}
	opened, err := sqlstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

// logFolder is where the event log of a run lies: on the store's disk, as in production.
func (s setting) logFolder(t *testing.T) string {
	t.Helper()
	if s.postgres() {
		return filepath.Join(t.TempDir(), "log")
	}
	dir, err := os.MkdirTemp(s.place, "measure-log-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
