// Package sdk runs small applications that use official Sentry SDKs, with
// nothing changed but the DSN, against the real server.
package sdk

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

func TestSentryGo(t *testing.T) {
	t.Parallel()
	s := start(t)
	run(t, s, "go", "go", "run", ".")
	expect(t, s, want{title: "card declined", function: "main", events: 2})
	expect(t, s, want{title: "assignment to entry in nil map", function: "panics", events: 1})
	expect(t, s, want{title: "nightly report was skipped", events: 1})
}

func TestSentryNode(t *testing.T) {
	t.Parallel()
	s := start(t)
	run(t, s, "node", "node", "app.mjs")
	expect(t, s, want{title: "StockError: no stock left of item", function: "reserve", events: 2})
}

func TestSentryPython(t *testing.T) {
	t.Parallel()
	s := start(t)
	run(t, s, "python", python(t), "app.py")
	expect(t, s, want{title: "InvoiceError: invoice 50", function: "invoice", events: 2})
	expect(t, s, want{title: "could not send invoice 501 to print queue", events: 1})
}

func TestSentryBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	bundle := filepath.Join(t.TempDir(), "app.bundle.js")
	run(t, s, "node", "node_modules/.bin/esbuild", "page/app.js", "--bundle", "--log-level=error", "--outfile="+bundle)

	mux := http.NewServeMux()
	mux.HandleFunc("/app.bundle.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, bundle) })
	mux.Handle("/", http.FileServer(http.Dir("node/page")))
	page := httptest.NewServer(mux)
	defer page.Close()

	run(t, s, "node", "node", "click.mjs", page.URL+"/index.html?dsn="+s.DSN())
	expect(t, s, want{title: "TypeError: Cannot read properties of undefined (reading 'amount')", function: "priceOf", events: 1})
}

func TestSentryCLI(t *testing.T) {
	t.Parallel()
	s := start(t)
	run(t, s, "node", "node_modules/.bin/sentry-cli", "send-event", "--message", "deploy of %s failed", "--message-arg", "web", "--no-environ")
	expect(t, s, want{title: "deploy of web failed", events: 1})
}

func TestCurl(t *testing.T) {
	t.Parallel()
	s := start(t)
	body := `{"message":"disk is full","level":"fatal","exception":{"type":"DiskFullError","value":"no space left on /dev/sda1",
		"stacktrace":{"frames":[{"function":"main","filename":"backup.sh","lineno":3},{"function":"copy_files","filename":"backup.sh","lineno":14,"in_app":true}]}}}`
	run(t, s, ".", "curl", "--fail", "--silent", "--show-error", "-X", "POST", s.URL+"/api/v1/events",
		"-H", "X-Mesher-Auth: "+s.Key, "-H", "Content-Type: application/json", "-d", body)
	expect(t, s, want{title: "DiskFullError: no space left on /dev/sda1", function: "copy_files", events: 1})
}

// want is an issue that must be there: its title contains the text, its
// latest event's stack has an in-app frame whose function contains the name.
type want struct {
	title    string
	function string
	events   int64
}

func expect(t *testing.T, s *harness.Server, w want) {
	t.Helper()
	var found harness.Issue
	harness.Eventually(t, 20*time.Second, func() error {
		issues, err := s.Issues()
		if err != nil {
			return err
		}
		var titles []string
		for _, issue := range issues {
			titles = append(titles, fmt.Sprintf("%q ×%d", issue.Title, issue.EventCount))
			if strings.Contains(issue.Title, w.title) && issue.EventCount == w.events {
				found = issue
				return nil
			}
		}
		return fmt.Errorf("no issue %q with %d events among %s", w.title, w.events, strings.Join(titles, ", "))
	})
	if w.function == "" {
		return
	}
	event, err := s.LatestEvent(found.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, exception := range event.Payload.Exception {
		for _, frame := range exception.Stacktrace.Frames {
			if strings.Contains(frame.Function, w.function) {
				return
			}
		}
	}
	t.Errorf("issue %q: no frame of %q in its latest event: %+v", found.Title, w.function, event.Payload.Exception)
}

func start(t *testing.T) *harness.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("runs real SDKs: not with -short")
	}
	return harness.Start(t, harness.Options{})
}

func run(t *testing.T, s *harness.Server, dir, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SENTRY_DSN="+s.DSN(), "SENTRY_LOG_LEVEL=error")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s\n(make test-tools installs what this needs)", name, strings.Join(args, " "), err, out)
	}
}

func python(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("python", ".venv", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
