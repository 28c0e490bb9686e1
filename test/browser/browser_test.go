// Package browser looks at the real product in a real Chromium.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

// TestWalkThrough signs in and visits the pages in both themes; the script
// fails on console errors and on serious accessibility violations.
func TestWalkThrough(t *testing.T) {
	t.Parallel()
	s := startWithIssue(t)
	node(t, s, "run.mjs")
}

// TestLive opens the issue list and wants a new event to arrive without a reload.
func TestLive(t *testing.T) {
	t.Parallel()
	s := startWithIssue(t)
	node(t, s, "live.mjs")
}

func startWithIssue(t *testing.T) *harness.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a real browser: not with -short")
	}
	s := harness.Start(t, harness.Options{})
	for order := range 3 {
		body := fmt.Sprintf(`{"platform":"python","level":"error","release":"shop@1.0","environment":"production",
			"user":{"id":"%[1]d","email":"user%[1]d@example.org"},"tags":{"region":"eu"},
			"request":{"method":"POST","url":"https://shop.example.org/orders/%[1]d","headers":{"User-Agent":"curl/8"}},
			"breadcrumbs":[{"timestamp":1700000000,"category":"http","message":"GET /cart"}],
			"exception":{"values":[
				{"type":"KeyError","value":"'tea'","stacktrace":{"frames":[{"function":"price","module":"shop.prices","filename":"shop/prices.py","lineno":12,"in_app":true,"context_line":"    return PRICES[item]"}]}},
				{"type":"OrderError","value":"order %[1]d has no price","stacktrace":{"frames":[
					{"function":"handle","module":"flask.app","filename":"flask/app.py","lineno":1498,"in_app":false},
					{"function":"place_order","module":"shop.orders","filename":"shop/orders.py","lineno":41,"in_app":true,"pre_context":["    try:","        total = price(item)"],"context_line":"    except KeyError as err: raise OrderError(order) from err","post_context":["    return total"],"vars":{"item":"'tea'"}}]}}]}}`, order)
		if status, answer, err := s.PostEvent([]byte(body)); err != nil || status != 202 {
			t.Fatalf("send: %d %s %v", status, answer, err)
		}
	}
	harness.Eventually(t, 20*time.Second, func() error {
		issues, err := s.Issues()
		if err != nil {
			return err
		}
		if len(issues) != 1 || issues[0].EventCount != 3 {
			return fmt.Errorf("want one issue of three events, have %+v", issues)
		}
		return nil
	})
	return s
}

func node(t *testing.T, s *harness.Server, script string) {
	t.Helper()
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("e2e", script))
	cmd.Dir = filepath.Join(root, "web")
	cmd.Env = append(os.Environ(),
		"BASE_URL="+s.URL, "EMAIL="+harness.AdminEmail, "PASSWORD="+harness.AdminPassword,
		"MESHER_KEY="+s.Key, "SHOTS="+shots)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	} else {
		t.Logf("%s", out)
	}
}
