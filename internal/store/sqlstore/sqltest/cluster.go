package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver

	"github.com/mesher/mesher/internal/store/sqlstore"
)

// cluster is a PostgreSQL of this test process, listening on a Unix socket in
// its own folder. There is one per process because initdb takes a second; the
// kernel interrupts it when the process ends.
type cluster struct {
	start     sync.Once
	template  sync.Once
	folder    string
	databases atomic.Int64
	// startErr and templateErr are what start and template came to.
	startErr, templateErr error
	// server is the running process, ended is closed once it has ended.
	server *exec.Cmd
	ended  chan struct{}
}

var shared cluster

// DatabaseURL creates an empty PostgreSQL database and returns its URL. The
// database is dropped when the test ends.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	started(t)
	return createDatabase(t, "template1")
}

// migratedURL creates a database with the current schema: copying one is much cheaper than migrating each.
func migratedURL(t testing.TB) string {
	t.Helper()
	started(t)
	shared.template.Do(func() { shared.templateErr = shared.migrate() })
	if shared.templateErr != nil {
		t.Fatalf("migrate template: %v", shared.templateErr)
	}
	return createDatabase(t, templateName)
}

const templateName = "mesher_template"

func (c *cluster) migrate() error {
	if err := c.admin("CREATE DATABASE " + templateName); err != nil {
		return err
	}
	s, err := sqlstore.Open(context.Background(), sqlstore.Options{URL: c.url(templateName)})
	if err != nil {
		return err
	}
	return s.Close()
}

// required returns the folder of PostgreSQL's programs; without it the test is skipped, or fails in CI.
func required(t testing.TB) string {
	t.Helper()
	bin := programs()
	if bin == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL's programs are missing in /usr/lib/postgresql/*/bin: install package postgresql")
		}
		t.Skip("PostgreSQL is not installed")
	}
	return bin
}

func started(t testing.TB) {
	t.Helper()
	bin := required(t)
	shared.start.Do(func() { shared.startErr = shared.run(bin) })
	if shared.startErr != nil {
		t.Fatalf("start PostgreSQL: %v", shared.startErr)
	}
}

func createDatabase(t testing.TB, template string) string {
	t.Helper()
	name := "test_" + strconv.FormatInt(shared.databases.Add(1), 10)
	if err := shared.admin("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() { _ = shared.admin("DROP DATABASE " + name + " WITH (FORCE)") })
	return shared.url(name)
}

// programs returns the folder of the newest installed server.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

func (c *cluster) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {c.folder}, "user": {"postgres"}}.Encode()
}

func (c *cluster) admin(statement string) error {
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func (c *cluster) run(bin string) error {
	if err := c.initialize(bin); err != nil {
		return err
	}
	return c.launch(bin)
}

func (c *cluster) initialize(bin string) error {
	removeAbandoned()
	folder, err := os.MkdirTemp(memory(), "mesher-pg-"+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return err
	}
	c.folder = folder
	identity, err := c.identity()
	if err != nil {
		return err
	}
	data := filepath.Join(folder, "data")
	initialize := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initialize.SysProcAttr = &syscall.SysProcAttr{Credential: identity}
	initialize.Dir = folder
	if out, err := initialize.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (c *cluster) launch(bin string) error {
	identity, err := c.identity()
	if err != nil {
		return err
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(c.folder, "data"), "-k", c.folder, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB", "-c", "log_min_messages=fatal")
	server.Dir = c.folder
	server.SysProcAttr = &syscall.SysProcAttr{Credential: identity, Pdeathsig: syscall.SIGQUIT}
	return c.serve(server)
}

// memory is the folder of a file system in memory where there is one: what a
// throw-away cluster writes is not worth a disk's time.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// serve starts the server from a thread that never ends, because the kernel
// ties the death signal to the thread that started the child.
func (c *cluster) serve(server *exec.Cmd) error {
	started := make(chan error)
	c.server, c.ended = server, make(chan struct{})
	go func() {
		defer close(c.ended)
		runtime.LockOSThread()
		started <- server.Start()
		_ = server.Wait()
	}()
	if err := <-started; err != nil {
		return err
	}
	var err error
	for range 200 {
		if err = c.admin("SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("server does not answer: %w", err)
}

// identity is the user to run the server as: PostgreSQL refuses root.
func (c *cluster) identity() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(c.folder, int(uid), int(gid))
}

// removeAbandoned deletes the folders of test processes that have ended.
func removeAbandoned() {
	folders, _ := filepath.Glob(filepath.Join(memory(), "mesher-pg-*"))
	for _, folder := range folders {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(folder), "mesher-pg-%d-", &pid); err != nil {
			continue
		}
		if syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(folder)
		}
	}
}
