// Package browser looks at the real product in a real Chromium. The stories are
// told by the scripts in web/e2e; each gets a server of its own.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/test/harness"
)

// TestStories acts as people do, by mouse and by key, and wants the server to
// have what the screen says.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"triage", "bulk", "account", "search", "organization", "settings",
		"viewer", "keyboard", "comments", "notifications", "dashboard", "live",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, start(t), name+".mjs")
		})
	}
}

// TestWalk visits every page in each look; the script fails on console errors
// and on serious accessibility violations.
func TestWalk(t *testing.T) {
	t.Parallel()
	for _, look := range []string{"light", "phone", "dark", "policy"} {
		t.Run(look, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			sendIssue(t, s)
			tell(t, s, "walk.mjs", look)
		})
	}
}

func start(t *testing.T) *harness.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a real browser: not with -short")
	}
	return harness.Start(t, harness.Options{})
}

// sendIssue makes one issue of three events that have something to show in every part of its page.
func sendIssue(t *testing.T, s *harness.Server) {
	t.Helper()
	var calls strings.Builder // more than are kept of a stack
	for n := range 300 {
		fmt.Fprintf(&calls, `{"function":"discount_%d","module":"shop.prices","filename":"shop/prices.py","lineno":%d,"in_app":true},`, n, n+20)
	}
	for order := range 3 {
		body := fmt.Sprintf(`{"platform":"python","level":"error","release":"shop@1.0","environment":"production",
			"user":{"id":"%[1]d","email":"user%[1]d@example.org"},"tags":{"region":"eu"},"extra":{"order_id":9223372036854775807},
			"transaction":"/organizations/{organization}/orders/{order}/items/{item}","logger":"shop.orders.placement","server_name":"web-1.eu.example.org",
			"contexts":{"os":{"name":"Linux","version":"6.8.69"},"runtime":{"name":"CPython","version":"3.13.1"}},
			"request":{"method":"POST","url":"https://shop.example.org/orders/%[1]d","headers":{"User-Agent":"curl/8"}},
			"breadcrumbs":[{"timestamp":1700000000,"category":"http","message":"GET /cart"}],
			"exception":{"values":[
				{"type":"KeyError","value":"'tea'","stacktrace":{"frames":[%[2]s{"function":"price","module":"shop.prices","filename":"shop/prices.py","lineno":12,"in_app":true,"context_line":"    return PRICES[item]"}]}},
				{"type":"OrderError","mechanism":{"type":"django","handled":true},"value":"order %[1]d has no price","stacktrace":{"frames":[
					{"function":"handle","module":"flask.app","filename":"flask/app.py","lineno":1498,"in_app":false},
					{"function":"place_order","module":"shop.orders","filename":"shop/orders.py","lineno":41,"in_app":true,"pre_context":["    try:","        total = price(item)"],"context_line":"    except KeyError as err: raise OrderError(order) from err","post_context":["    return total"],"vars":{"item":"'tea'"}}]}}]}}`, order, calls.String())
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
}

// tell runs a script of web/e2e. SHOTS names a folder that keeps its screenshots.
func tell(t *testing.T, s *harness.Server, script string, args ...string) {
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
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join("e2e", script)}, args...)...)
	cmd.Dir = filepath.Join(root, "web")
	cmd.Env = append(os.Environ(),
		"BASE_URL="+s.URL, "EMAIL="+harness.AdminEmail, "PASSWORD="+harness.AdminPassword,
		"MESHER_KEY="+s.Key, "TOKEN="+s.Token, "SHOTS="+shots)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	t.Logf("%s", out)
}
