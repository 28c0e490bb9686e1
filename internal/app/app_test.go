package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

const (
	testKey   = "0123456789abcdef0123456789abcdef"
	testToken = "msh_0123456789abcdef0123456789abcdef"
)

func testConfig(dir string) Config {
	return Config{
		DataDir: dir, Listen: "127.0.0.1:0", Durability: "os", LogMaxBytes: 64 << 20, MinFreeBytes: 1 << 20,
		MaxPendingBytes: 16 << 20, RetentionDays: 90, ShutdownTimeout: 20 * time.Second, Version: "test",
		Log:       slog.New(slog.DiscardHandler),
		Bootstrap: Bootstrap{AdminEmail: "owner@example.org", AdminPassword: "correct horse battery staple", Key: testKey, Token: testToken},
	}
}

// start runs an App and returns its address and a function that ends it in order.
func start(t *testing.T, cfg Config) (url string, stop func()) {
	t.Helper()
	a, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server did not end in order: %v", err)
		}
	}
	return "http://" + a.Addr().String(), stop
}

func send(t *testing.T, url, message string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/v1/events", strings.NewReader(fmt.Sprintf(`{"message":%q}`, message)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Mesher-Auth", testKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("answered %d %s", resp.StatusCode, body)
	}
}

func titles(t *testing.T, url string) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/projects/1/issues", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page struct {
		Items []struct {
			Title string `json:"title"`
		} `json:"items"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range page.Items {
		all = append(all, i.Title)
	}
	return all
}

// TestTwoServersInOneProcess wants nothing global: each has its own store, log, metrics and listener.
func TestTwoServersInOneProcess(t *testing.T) {
	t.Parallel()
	dirs := []string{t.TempDir(), t.TempDir()}
	urls, stops := make([]string, 2), make([]func(), 2)
	for i := range dirs {
		urls[i], stops[i] = start(t, testConfig(dirs[i]))
	}
	for i, url := range urls {
		send(t, url, fmt.Sprintf("server %s failed", string(rune('A'+i))))
	}
	for i := range stops {
		stops[i]()
		// The orderly end has drained what was accepted, and a later start finds it.
		url, stop := start(t, testConfig(dirs[i]))
		if got, want := titles(t, url), fmt.Sprintf("server %s failed", string(rune('A'+i))); len(got) != 1 || got[0] != want {
			t.Errorf("after a restart the issues are %q, want only %q", got, want)
		}
		stop()
	}
}

func TestOneServerPerFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, stop := start(t, testConfig(dir))
	defer stop()
	if second, err := New(t.Context(), testConfig(dir)); err == nil {
		_ = second.Close()
		t.Error("two servers opened one data folder")
	}
}

func TestConfigSaysWhatToChange(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*Config){
		"data":           func(c *Config) { c.DataDir = "" },
		"listen":         func(c *Config) { c.Listen = "" },
		"tls":            func(c *Config) { c.TLSCert = "cert.pem" },
		"durability":     func(c *Config) { c.Durability = "maybe" },
		"admin_email":    func(c *Config) { c.Bootstrap.AdminPassword = "" },
		"retention_days": func(c *Config) { c.RetentionDays = 0 },
	} {
		cfg := testConfig(t.TempDir())
		spoil(&cfg)
		_, err := New(t.Context(), cfg)
		var f *fault.Error
		if !errors.As(err, &f) || f.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
