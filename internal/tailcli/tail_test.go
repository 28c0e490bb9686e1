package tailcli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/fault"
)

// streamer gives each connection its own list of frames, then closes it. The
// last one stays open.
func streamer(t *testing.T, connections ...[]string) (address string, queries chan string) {
	t.Helper()
	queries = make(chan string, len(connections)+1)
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token" || r.URL.Path != "/api/v1/projects/3/stream" {
			t.Errorf("got %s with %v", r.URL, r.Header)
		}
		mu.Lock()
		mine := n
		n++
		mu.Unlock()
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		queries <- r.URL.RawQuery
		for _, frame := range connections[min(mine, len(connections)-1)] {
			c.Write(r.Context(), websocket.MessageText, []byte(frame))
		}
		if mine >= len(connections)-1 {
			<-c.CloseRead(r.Context()).Done()
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, queries
}

// lines is a writer that tells when a text has been written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	want string
	seen chan struct{}
}

func waitFor(want string) *lines { return &lines{want: want, seen: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	had := strings.Contains(l.text.String(), l.want)
	l.text.Write(p)
	if !had && strings.Contains(l.text.String(), l.want) {
		close(l.seen)
	}
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func event(id, title string) string {
	return fmt.Sprintf(`{"id":%q,"kind":"event.stored","data":{"timestamp":"2026-11-23T19:24:00.5Z","level":"error","title":%q,"culprit":"shop.charge","environment":"production"}}`, id, title)
}

// tailUntil runs a tail until out has seen what it waits for.
func tailUntil(t *testing.T, o Options, out *lines) (notes string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	note := waitFor("never")
	done := make(chan error, 1)
	go func() { done <- Run(ctx, o, out, note) }()
	select {
	case <-out.seen:
	case <-ctx.Done():
		t.Errorf("never saw %q in %q; notes: %s", out.want, out, note)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return note.String()
}

func TestTailResumesWithoutRepeating(t *testing.T) {
	t.Parallel()
	address, queries := streamer(t,
		[]string{`{"facts":[` + event("1", "first") + `],"dropped":0,"cursor":"41"}`, `{"facts":[],"dropped":0,"cursor":""}`},
		[]string{`{"facts":[` + event("1", "first") + `,` + event("2", "second") + `],"dropped":5,"cursor":42}`},
	)
	out := waitFor("second")
	notes := tailUntil(t, Options{API: address + "/", Token: "token", Project: "3", Query: "level:error"}, out)
	if strings.Count(out.String(), "first") != 1 || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got %q", out)
	}
	if !strings.Contains(out.String(), "error   second  shop.charge · production\n") {
		t.Errorf("got %q", out)
	}
	if !strings.Contains(notes, "5 more were left out") || !strings.Contains(notes, "connection lost") {
		t.Errorf("notes: %s", notes)
	}
	if first := <-queries; first != "kinds=event.stored%2Clog.stored&query=level%3Aerror" {
		t.Errorf("asked for %s", first)
	}
	if second := <-queries; !strings.HasPrefix(second, "after=41&") {
		t.Errorf("resumed with %s", second)
	}
}

func TestTailAsJSON(t *testing.T) {
	t.Parallel()
	address, _ := streamer(t, []string{`{"facts":[` + event("1", "first") + `],"dropped":0,"cursor":"1"}`})
	out := waitFor("\n")
	tailUntil(t, Options{API: address, Token: "token", Project: "3", JSON: true}, out)
	if got := out.String(); got != event("1", "first")+"\n" {
		t.Errorf("got %s", got)
	}
}

func TestTailGivesUpWhenTryingAgainCannotHelp(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]fault.Code{401: fault.Unauthenticated, 403: fault.Forbidden, 404: fault.NotFound, 400: fault.Invalid, 422: fault.Invalid} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := Run(t.Context(), Options{API: s.URL, Token: "x", Project: "1"}, waitFor("never"), waitFor("never"))
		s.Close()
		if fault.CodeOf(err) != want {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestLinesCannotHarmTheTerminal(t *testing.T) {
	t.Parallel()
	var s strings.Builder
	writeFact(&s, fact{Kind: "log.stored", Data: []byte(`{"timestamp":"2026-11-23T19:24:00Z","level":"info","body":"a\u001b[2Jb\nc\u202ed\u0000e\u009bf"}`)}, false)
	if got := s.String(); !strings.HasSuffix(got, " info    a [2Jb c d e f\n") {
		t.Errorf("got %q", got)
	}
	s.Reset()
	writeFact(&s, fact{Kind: "issue.new", Data: []byte(`{"last_seen":"2026-11-23T19:24:00Z","level":"fatal","title":"x","short_id":"SHOP-1"}`)}, true)
	if got := s.String(); !strings.Contains(got, bold+"NEW"+plain+" x") || !strings.Contains(got, "SHOP-1") {
		t.Errorf("got %q", got)
	}
	if long := printable(strings.Repeat("ü", 5000)); len(long) > 2010 || !strings.HasSuffix(long, "ü…") {
		t.Errorf("got %d bytes", len(long))
	}
}

func TestRecentForgets(t *testing.T) {
	t.Parallel()
	r := newRecent(2)
	for _, step := range []struct {
		id  string
		new bool
	}{{"a", true}, {"a", false}, {"b", true}, {"c", true}, {"b", false}, {"a", true}, {"b", true}} {
		if got := r.add(step.id); got != step.new {
			t.Errorf("%s: got %v", step.id, got)
		}
	}
}
