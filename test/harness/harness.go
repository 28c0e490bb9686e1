// Package harness starts the real mesher binary for tests that look at the
// product from outside: its own process, data folder, key and token.
package harness

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The owner every server of a test has.
const (
	AdminEmail    = "owner@example.org"
	AdminPassword = "correct horse battery staple"
)

// Options of a server. The zero value is an embedded store in a fresh folder.
type Options struct {
	// Dir is the data folder; empty for one that ends with the test.
	Dir string
	// Env are further variables, as "MESHER_NAME=value".
	Env []string
	// Args follow "serve".
	Args []string
	// Key is the public key of project 1; empty for a random one.
	Key string
}

// Server is a running mesher process.
type Server struct {
	URL   string
	Dir   string
	Key   string
	Token string

	t    testing.TB
	opts Options
	addr string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan error
}

// Start runs a server until the test ends and waits until it is ready. The
// test fails with the server's log when it does not come up.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	s := &Server{
		Dir:   opts.Dir,
		Key:   cmp.Or(opts.Key, randomHex()),
		Token: "msh_test" + randomHex(),
		t:     t,
		opts:  opts,
		addr:  freeAddress(t),
		log:   &lockedBuffer{},
	}
	s.URL = "http://" + s.addr
	s.launch()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log.String())
		}
	})
	s.WaitReady()
	return s
}

// DSN of project 1.
func (s *Server) DSN() string { return "http://" + s.Key + "@" + s.addr + "/1" }

// Log returns what the server has written so far.
func (s *Server) Log() string { return s.log.String() }

// PID of the running process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

func (s *Server) launch() {
	s.t.Helper()
	args := append([]string{"serve", "--data", s.opts.Dir, "--listen", s.addr}, s.opts.Args...)
	cmd := exec.Command(Binary(s.t), args...)
	cmd.Env = append(os.Environ(),
		"MESHER_ADMIN_EMAIL="+AdminEmail,
		"MESHER_ADMIN_PASSWORD="+AdminPassword,
		"MESHER_BOOTSTRAP_KEY="+s.Key,
		"MESHER_BOOTSTRAP_TOKEN="+s.Token,
	)
	cmd.Env = append(cmd.Env, s.opts.Env...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start mesher: %v", err)
	}
	s.cmd = cmd
	s.done = make(chan error, 1)
	go func() { s.done <- cmd.Wait() }()
}

// WaitReady blocks until /readyz answers 200.
func (s *Server) WaitReady() {
	s.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case err := <-s.done:
			s.done <- err
			s.t.Fatalf("mesher ended while starting (%v):\n%s", err, s.log.String())
		default:
		}
		if resp, err := http.Get(s.URL + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatalf("mesher was not ready in time:\n%s", s.log.String())
}

// Kill ends the process as a power cut would: SIGKILL, no goodbye.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Restart launches the same server again after Kill or Stop.
func (s *Server) Restart() {
	s.t.Helper()
	s.launch()
	s.WaitReady()
}

// Stop asks the process to end and waits until it has.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.t.Errorf("mesher did not stop within 30 s of SIGTERM")
		_ = s.cmd.Process.Kill()
		<-s.done
	}
	s.cmd = nil
}

// Get reads a management API path ("/api/v1/projects") into v; the test fails on any status but 200.
func (s *Server) Get(path string, v any) {
	s.t.Helper()
	if err := s.TryGet(path, v); err != nil {
		s.t.Fatal(err)
	}
}

// TryGet is Get that returns the failure.
func (s *Server) TryGet(path string, v any) error {
	return s.Call(http.MethodGet, path, nil, v)
}

// Call sends a management API request with the owner's token; a nil in sends no body, a nil out reads none.
func (s *Server) Call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, s.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d: %s", method, path, resp.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// Eventually calls check until it returns nil, and fails the test with its last error after the limit.
func Eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %v", limit, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

var build struct {
	once sync.Once
	path string
	err  error
}

// Binary returns the path of the mesher binary: MESHER_BINARY when set, else one built for this test process.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() { build.path, build.err = buildBinary() })
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

func buildBinary() (string, error) {
	if path := os.Getenv("MESHER_BINARY"); path != "" {
		return path, nil
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	// Test processes build at the same time: each links under its own name, and
	// the rename leaves processes that run an earlier file alone.
	own := filepath.Join(root, "bin", fmt.Sprintf("mesher.test.%d", os.Getpid()))
	cmd := exec.Command("go", "build", "-o", own, "./cmd/mesher")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build mesher: %w\n%s", err, out)
	}
	path := filepath.Join(root, "bin", "mesher.test")
	return path, os.Rename(own, path)
}

// Root returns the repository's top folder.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}

// Corpus returns the path of a part of the shared corpus beside the repository
// and skips the test, saying so, where it is absent.
func Corpus(t testing.TB, part string) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "..", "shared", "corpus", part)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the corpus is not beside this checkout: %s", path)
	}
	return path
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
