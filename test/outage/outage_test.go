// Package outage takes away what the server needs, its database and its disk,
// while it is under load, and counts what is left when they are back.
package outage

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/test/harness"
)

// down is how long the database is away: two minutes with MESHER_LONG=1.
func down() time.Duration {
	if os.Getenv("MESHER_LONG") != "" {
		return 2 * time.Minute
	}
	return 3 * time.Second
}

// TestStoreDown stops PostgreSQL under load. The log goes on accepting, and
// when the database is back everything drains, in order, once.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server and PostgreSQL: not with -short")
	}
	pg := sqltest.NewCluster(t)
	s := harness.Start(t, harness.Options{Args: []string{"--database-url", pg.URL()}})
	load := harness.NewLoad(s, harness.LoadOptions{Every: 10 * time.Millisecond})
	load.Start()
	waitForAcknowledged(t, load, 50)
	pg.Stop()
	before := load.Acknowledged()
	time.Sleep(down())
	during := load.Acknowledged() - before
	pg.Start()
	waitForAcknowledged(t, load, before+during+50)
	load.Stop()
	back := time.Now()
	stored := load.CheckStored(t, 2*time.Minute)
	t.Logf("%d events accepted, %d of them in the %v without a store; %d stored %v after the load ended; answers %v",
		load.Acknowledged(), during, down(), stored, time.Since(back).Round(time.Millisecond), load.Answers())
	if during == 0 {
		t.Error("nothing was accepted while the store was down")
	}
	if answers := load.Answers(); len(answers) != 1 {
		t.Errorf("answers %v: all must be 202", answers)
	}
}

// TestLogFull lets the log reach its bound while the store is down: intake
// pauses with 503 and Retry-After, and resumes by itself.
func TestLogFull(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server and PostgreSQL: not with -short")
	}
	pg := sqltest.NewCluster(t)
	s := harness.Start(t, harness.Options{Args: []string{"--database-url", pg.URL(), "--log-max-mib", "2"}})
	load := harness.NewLoad(s, harness.LoadOptions{Padding: 8 << 10, Every: time.Millisecond})
	load.Start()
	waitForAcknowledged(t, load, 10)
	pg.Stop()
	waitForRefusals(t, load, 50)
	atBound := load.Acknowledged()
	pg.Start()
	waitForAcknowledged(t, load, atBound+50)
	load.Stop()
	stored := load.CheckStored(t, time.Minute)
	t.Logf("%d accepted until the bound, %d in all, %d stored; answers %v", atBound, load.Acknowledged(), stored, load.Answers())
	checkRefusals(t, load)
}

// TestDiskNearlyFull takes the free space of the data folder's disk below the
// floor and gives it back.
func TestDiskNearlyFull(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the real server and fills a disk: not with -short")
	}
	dir := t.TempDir()
	// Others write to the disk too: the margin must outlast what they do during the test.
	const margin = 1 << 30
	free := freeSpace(t, dir)
	if free < 4*margin {
		t.Skip("the disk has too little room for this test")
	}
	s := harness.Start(t, harness.Options{Dir: dir, Args: []string{"--min-free-mib", strconv.FormatInt((free-margin)>>20, 10)}})
	load := harness.NewLoad(s, harness.LoadOptions{Every: 5 * time.Millisecond})
	load.Start()
	waitForAcknowledged(t, load, 50)
	release := occupy(t, dir, 2*margin)
	waitForRefusals(t, load, 50)
	paused := load.Acknowledged()
	release()
	waitForAcknowledged(t, load, paused+50)
	load.Stop()
	load.CheckStored(t, time.Minute)
	checkRefusals(t, load)
}

func freeSpace(t *testing.T, dir string) int64 {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	return int64(stat.Bavail) * stat.Bsize
}

// occupy reserves room on the disk without writing it.
func occupy(t *testing.T, dir string, size int64) (release func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "occupied"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		t.Skipf("the file system cannot reserve room: %v", err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

func waitForAcknowledged(t *testing.T, load *harness.Load, n int) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		if got := load.Acknowledged(); got < n {
			return fmt.Errorf("%d events are acknowledged, waiting for %d; answers %v", got, n, load.Answers())
		}
		return nil
	})
}

func waitForRefusals(t *testing.T, load *harness.Load, n int) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		if got := load.Answers()[http.StatusServiceUnavailable]; got < n {
			return fmt.Errorf("%d events are refused, waiting for %d; answers %v", got, n, load.Answers())
		}
		return nil
	})
}

// checkRefusals wants nothing but 202, and 503 with Retry-After.
func checkRefusals(t *testing.T, load *harness.Load) {
	t.Helper()
	answers := load.Answers()
	delete(answers, http.StatusAccepted)
	delete(answers, http.StatusServiceUnavailable)
	if len(answers) > 0 || load.Unhinted() > 0 {
		t.Errorf("unexpected answers %v, %d refusals without Retry-After", answers, load.Unhinted())
	}
}
