package pipeline

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// killFolder names the folder in which this program plays the server that is killed.
const killFolder = "MESHER_TEST_KILL_FOLDER"

// A server that is killed at random moments while it takes and processes
// events has, after the last start, stored each acknowledged event once, and
// its ledger and issue counters agree.
func TestKilledServersLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openKillStore(t, dir)
	o, err := db.CreateOrganization(t.Context(), org.Organization{Slug: "default", Name: "Default"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	project, _, err := db.CreateProject(t.Context(), org.Project{OrganizationID: o.ID, Slug: "shop", Name: "Shop"}, org.Key{Public: strings.Repeat("ab", 16), Active: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const rounds = 4
	acknowledged := map[int]bool{}
	for round := range rounds {
		runAndKill(t, killRun{dir: dir, project: project.ID, first: round * 1_000_000}, acknowledged)
	}
	if len(acknowledged) == 0 {
		t.Fatal("no event was acknowledged before the kills")
	}
	checkKilled(t, dir, project.ID, acknowledged)
}

func openKillStore(t *testing.T, dir string) *sqlstore.Store {
	t.Helper()
	db, err := sqlstore.Open(context.Background(), sqlstore.Options{DataDir: filepath.Join(dir, "store")})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

type killRun struct {
	dir     string
	project int64
	first   int // number of the first event
}

// runAndKill starts the server, notes what it acknowledges, and kills it a
// random while after the first acknowledgement.
func runAndKill(t *testing.T, run killRun, acknowledged map[int]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerToKill$")
	cmd.Env = append(os.Environ(), killFolder+"="+fmt.Sprintf("%s %d %d", run.dir, run.project, run.first))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors strings.Builder
	cmd.Stderr = &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	count := 0
	for lines.Scan() {
		number, ok := strings.CutPrefix(lines.Text(), "ack ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		acknowledged[n] = true
		if count++; count == 1 {
			time.AfterFunc(200*time.Millisecond+rand.N(400*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || count == 0 {
		t.Fatalf("the server ended by itself after %d acknowledgements: %v\n%s", count, err, errors.String())
	}
}

// TestServerToKill is the server: it takes events from eight callers and
// processes them until it is killed. Without its folder it is no test.
func TestServerToKill(t *testing.T) {
	var run killRun
	if _, err := fmt.Sscanf(os.Getenv(killFolder), "%s %d %d", &run.dir, &run.project, &run.first); err != nil {
		t.Skip("only runs as the server of another test")
	}
	db := openKillStore(t, run.dir)
	log, err := jetlog.Open(t.Context(), jetlog.Options{Dir: filepath.Join(run.dir, "log"), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := log.Consumer(log.Partitions()[0])
	if err != nil {
		t.Fatal(err)
	}
	p := New(Parts{Consumer: consumer, Partition: consumer.Name(), Applier: db, Projects: db, Issues: db, Facts: log}, Options{Interval: 5 * time.Millisecond})
	go func() {
		if err := p.Serve(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for caller := range 8 {
		wg.Go(func() {
			for i := range 100_000 {
				n := run.first + caller*100_000 + i
				if err := log.Append(context.Background(), []eventlog.Record{killEvent(run.project, n)}); err != nil {
					return
				}
				mu.Lock()
				fmt.Println("ack", n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func killEvent(projectID int64, n int) eventlog.Record {
	r := eventlog.Record{
		Kind: eventlog.KindEvent, ProjectID: projectID, Received: time.Now().UnixMicro(),
		Body: fmt.Appendf(nil, `{"exception":{"values":[{"type":"Error%c","value":"x"}]}}`, 'A'+n%5),
	}
	copy(r.EventID[:], fmt.Sprintf("event-%010d", n))
	return r
}

// checkKilled drains what the kills left in the log and compares.
func checkKilled(t *testing.T, dir string, projectID int64, acknowledged map[int]bool) {
	t.Helper()
	db := openKillStore(t, dir)
	defer db.Close()
	log, err := jetlog.Open(t.Context(), jetlog.Options{Dir: filepath.Join(dir, "log"), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close(context.Background())
	r := &rig{t: t, log: log, name: log.Partitions()[0], db: db, project: org.Project{ID: projectID}}
	r.mustDrain(Options{})
	stored := map[string]int{}
	issues := map[int64]int64{}
	for _, e := range r.events() {
		stored[e.EventID]++
		issues[e.IssueID]++
	}
	for n := range acknowledged {
		id := fmt.Sprintf("%x", fmt.Sprintf("event-%010d", n))
		if stored[id] != 1 {
			t.Errorf("acknowledged event %d is stored %d times", n, stored[id])
		}
	}
	for id, n := range stored {
		if n != 1 {
			t.Errorf("event %s is stored %d times", id, n)
		}
	}
	if counted := r.ledger()["stored/"]; counted != int64(len(stored)) {
		t.Errorf("the ledger counts %d events, there are %d", counted, len(stored))
	}
	for id, n := range issues {
		i, err := db.GetIssue(t.Context(), id)
		if err != nil || i.EventCount != n {
			t.Errorf("issue %d counts %d events, there are %d: %v", id, i.EventCount, n, err)
		}
	}
	if lines := r.ledger(); len(lines) != 1 {
		t.Errorf("ledger = %v, want stored alone", lines)
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(stored))
}
