package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func site(checks ...Check) (http.Handler, *strings.Builder) {
	log := &strings.Builder{}
	return Site{
		Routes: []Route{
			{"GET /panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })},
			{"GET /late", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic("late")
			})},
		},
		App:    http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "app") }),
		Checks: checks,
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}.Handler(), log
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHealth(t *testing.T) {
	t.Parallel()
	up := Check{"store", func(context.Context) error { return nil }}
	down := Check{"log", func(context.Context) error { return errors.New("disk full") }}
	h, _ := site(up, down)
	if w := get(h, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("healthz = %d", w.Code)
	}
	w := get(h, "/readyz")
	var answer struct {
		Status string
		Checks []checked
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusServiceUnavailable || answer.Status != "not_ready" || !answer.Checks[0].OK || answer.Checks[1].Reason != "disk full" {
		t.Errorf("readyz = %d %+v", w.Code, answer)
	}
	h, _ = site(up)
	if w := get(h, "/readyz"); w.Code != http.StatusOK {
		t.Errorf("readyz = %d", w.Code)
	}
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	h, log := site()
	w := get(h, "/panic", requestIDHeader, "abc")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "boom") || !strings.Contains(w.Body.String(), `"request_id":"abc"`) {
		t.Errorf("answer = %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "id=abc") {
		t.Errorf("log = %s", log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Error("a panic after the first byte must cut the connection")
		}
	}()
	get(h, "/late")
}

func TestHeadersAndIDs(t *testing.T) {
	t.Parallel()
	h, _ := site()
	w := get(h, "/some/page", requestIDHeader, "bad id\n")
	if w.Body.String() != "app" {
		t.Errorf("the app answers other paths, got %q", w.Body)
	}
	if id := w.Header().Get(requestIDHeader); id == "" || strings.Contains(id, " ") {
		t.Errorf("id = %q", id)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("headers = %v", w.Header())
	}
}

func TestServeDrains(t *testing.T) {
	t.Parallel()
	started, finish := make(chan struct{}), make(chan struct{})
	s := New(Options{Log: slog.New(slog.DiscardHandler), DrainTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		_, _ = io.WriteString(w, "done")
	})})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served, answered := make(chan error, 1), make(chan string, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	go func() {
		resp, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		answered <- string(body)
	}()
	<-started
	stop()
	close(finish)
	if got := <-answered; got != "done" {
		t.Errorf("request in flight got %q", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve = %v", err)
	}
}
