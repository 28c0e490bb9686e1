package script

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 30 * time.Second
	waitLimit  = 15 * time.Second
	pause      = 25 * time.Millisecond
)

type stateKey struct{}

// state is what one script has going.
type state struct {
	server *exec.Cmd
	done   chan error
	// status, head and body are the last answer.
	status int
	head   http.Header
	body   []byte
}

func stateOf(ts *testscript.TestScript) *state { return ts.Value(stateKey{}).(*state) }

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// serve starts the server and waits until it is ready. Its log is $WORK/server.log.
//
//	serve [-bare] [flag...]
//
// With -bare nothing is created at the first start. --data is $WORK/data and
// --listen $ADDR unless given.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := stateOf(ts)
	if neg || s.server != nil {
		ts.Fatalf("serve: a server runs already; to see one fail, exec mesher serve")
	}
	env := []string{"MESHER_DATA=" + ts.MkAbs("data"), "MESHER_LISTEN=" + ts.Getenv("ADDR")}
	if len(args) > 0 && args[0] == "-bare" {
		args = args[1:]
	} else {
		env = append(env, "MESHER_ADMIN_EMAIL="+owner, "MESHER_ADMIN_PASSWORD="+password, "MESHER_BOOTSTRAP_KEY="+key, "MESHER_BOOTSTRAP_TOKEN="+token)
	}
	for _, name := range []string{"MESHER_DATABASE_URL", "MESHER_CONFIG", "MESHER_DURABILITY"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	log, err := os.OpenFile(ts.MkAbs("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer log.Close()
	binary := ts.MkAbs(lookUp(ts, "mesher"))
	s.server = exec.Command(binary, append([]string{"serve"}, args...)...)
	s.server.Dir = ts.MkAbs(".")
	s.server.Env = append(os.Environ(), env...)
	s.server.Stdout, s.server.Stderr = log, log
	ts.Check(s.server.Start())
	s.done = make(chan error, 1)
	go func() { s.done <- s.server.Wait() }()
	ts.Defer(func() { s.end(syscall.SIGKILL) })
	ts.Check(s.ready(ts.Getenv("URL"), ts.MkAbs("server.log")))
}

func lookUp(ts *testscript.TestScript, name string) string {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if path := dir + "/" + name; exists(path) {
			return path
		}
	}
	ts.Fatalf("%s is not in PATH", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *state) ready(url, log string) error {
	var last error
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(pause) {
		select {
		case err := <-s.done:
			s.server = nil
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the server ended while starting: %w\n%s", err, text)
		default:
		}
		resp, err := http.Get(url + "/readyz")
		if last = err; err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		last = fmt.Errorf("/readyz answers %d", resp.StatusCode)
	}
	return fmt.Errorf("the server is not ready after %v: %w", startLimit, last)
}

// end signals the server and waits for its end; nil when none runs.
func (s *state) end(signal syscall.Signal) error {
	if s.server == nil {
		return nil
	}
	defer func() { s.server = nil }()
	if err := s.server.Process.Signal(signal); err != nil {
		return err
	}
	select {
	case err := <-s.done:
		return err
	case <-time.After(stopLimit):
		return errors.Join(errors.New("the server did not end in time"), s.server.Process.Kill())
	}
}

// stop asks the server to end and wants it to say that all went well.
func stop(ts *testscript.TestScript, _ bool, _ []string) {
	if stateOf(ts).server == nil {
		ts.Fatalf("no server runs")
	}
	ts.Check(stateOf(ts).end(syscall.SIGTERM))
}

// crash ends the server as a power cut would; kill is testscript's own, for programs in the background.
func crash(ts *testscript.TestScript, _ bool, _ []string) { _ = stateOf(ts).end(syscall.SIGKILL) }

// memory MIB wants the server's memory never to have been above so many MiB.
func memory(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.Atoi(args[0])
	ts.Check(err)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", stateOf(ts).server.Process.Pid))
	if err != nil {
		ts.Logf("no /proc here: the memory is not checked")
		return
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			ts.Check(err)
			ts.Logf("peak memory %d MiB", kib/1024)
			if kib/1024 > limit {
				ts.Fatalf("the server took %d MiB at its peak, more than %d", kib/1024, limit)
			}
		}
	}
}
