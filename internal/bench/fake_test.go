package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"
)

const fakeToken = "secret"

// fate is what a fake server does with a request that it understood.
type fate int

const (
	store fate = iota
	refuse
	// lose answers 2xx and stores nothing; twice stores two copies; hangUp stores without an answer, vanish neither.
	lose
	twice
	hangUp
	vanish
	// sneak refuses and stores all the same.
	sneak
)

// fakeServer takes events as Mesher does, and treats them as its fate function says.
type fakeServer struct {
	*httptest.Server
	t    *testing.T
	fate func(n int) fate

	mu       sync.Mutex
	requests int
	events   []fakeEvent
	logs     []string
	// merge makes one issue of everything.
	merge  bool
	issues map[string]int64
	live   []chan string
}

type fakeEvent struct {
	ID      string `json:"id"`
	IssueID int64  `json:"issue_id"`
	Project string `json:"-"`
}

func newFake(t *testing.T, fate func(n int) fate) *fakeServer {
	t.Helper()
	s := &fakeServer{t: t, fate: fate, issues: map[string]int64{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{project}/envelope/", s.ingest(s.envelope))
	mux.HandleFunc("POST /api/{project}/store/", s.ingest(s.event))
	mux.HandleFunc("POST /api/v1/events", s.ingest(s.event))
	mux.HandleFunc("POST /api/v1/events/bulk", s.ingest(s.bulk))
	mux.HandleFunc("GET /api/v1/events/ws", s.socket)
	mux.HandleFunc("POST /v1/logs", s.ingest(s.otlp))
	mux.HandleFunc("GET /api/v1/projects/{project}/usage", s.usage)
	mux.HandleFunc("GET /api/v1/projects/{project}/events", s.listEvents)
	mux.HandleFunc("GET /api/v1/projects/{project}/logs", s.listLogs)
	mux.HandleFunc("GET /api/v1/projects/{project}/issues", s.listIssues)
	mux.HandleFunc("GET /api/v1/projects/{project}/stream", s.stream)
	mux.HandleFunc("GET /api/v1/events/{id}", s.getEvent)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func always(f fate) func(int) fate { return func(int) fate { return f } }

func (s *fakeServer) dsn(project string) string {
	return strings.Replace(s.URL, "http://", "http://key"+project+"@", 1) + "/" + project
}

// ingest decides the fate of a request and lets parse store its items.
func (s *fakeServer) ingest(parse func(project string, body []byte, keep bool) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(r)
		if err != nil {
			s.t.Errorf("%s: %v", r.URL, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		project := r.PathValue("project")
		if key := r.Header.Get("X-Mesher-Auth") + r.Header.Get("X-Sentry-Auth"); project == "" {
			project = key[strings.LastIndex(key, "key")+3:]
		} else if !strings.Contains(key, "sentry_key=key"+project) {
			s.t.Errorf("%s came with %q", r.URL, key)
		}
		s.mu.Lock()
		fate := s.fate(s.requests)
		s.requests++
		s.mu.Unlock()
		switch fate {
		case hangUp:
			parse(project, body, true)
			panic(http.ErrAbortHandler)
		case vanish:
			panic(http.ErrAbortHandler)
		case sneak, refuse:
			parse(project, body, fate == sneak)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		case twice:
			parse(project, body, true)
		}
		w.WriteHeader(http.StatusAccepted)
		json.NewEncoder(w).Encode(parse(project, body, fate != lose))
	}
}

func readBody(r *http.Request) ([]byte, error) {
	var body io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		body = z
	case "zstd":
		z, err := zstd.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		body = z
	}
	return io.ReadAll(body)
}

func (s *fakeServer) envelope(project string, body []byte, keep bool) any {
	parts := bytes.SplitN(body, []byte("\n"), 3)
	return s.event(project, parts[2], keep)
}

func (s *fakeServer) event(project string, body []byte, keep bool) any {
	var e generated
	if err := json.Unmarshal(body, &e); err != nil {
		s.t.Errorf("an event is broken: %v", err)
		return nil
	}
	if keep {
		s.keep(project, e)
	}
	return map[string]string{"id": e.EventID}
}

func (s *fakeServer) keep(project string, e generated) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := project
	if !s.merge {
		frames := e.Exception.Values[0].Stacktrace.Frames
		key += e.Platform + e.Exception.Values[0].Type + frames[len(frames)-1].Function
	}
	if s.issues[key] == 0 {
		s.issues[key] = int64(len(s.issues) + 1)
	}
	s.events = append(s.events, fakeEvent{ID: e.EventID, IssueID: s.issues[key], Project: project})
	for _, c := range s.live {
		c <- e.EventID
	}
}

// bulk refuses every tenth item.
func (s *fakeServer) bulk(project string, body []byte, keep bool) any {
	items := []any{}
	accepted := 0
	for i, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
		if i%10 == 9 {
			items = append(items, map[string]string{"error": "no"})
			continue
		}
		accepted++
		items = append(items, s.event(project, line, keep))
	}
	return map[string]any{"accepted": accepted, "rejected": len(items) - accepted, "items": items}
}

func (s *fakeServer) otlp(_ string, body []byte, keep bool) any {
	var request collector.ExportLogsServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		s.t.Errorf("the logs are broken: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range request.ResourceLogs[0].ScopeLogs[0].LogRecords {
		if keep {
			s.logs = append(s.logs, record.Attributes[0].Value.GetStringValue())
		}
		if len(record.TraceId) != 16 || len(record.SpanId) != 8 || record.Body.GetStringValue() == "" {
			s.t.Errorf("a log record is broken: %s", hex.EncodeToString(record.TraceId))
		}
	}
	return map[string]any{}
}

func (s *fakeServer) socket(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	project := strings.TrimPrefix(r.URL.Query().Get("mesher_key"), "key")
	for {
		_, frame, err := c.Read(r.Context())
		if err != nil {
			return
		}
		s.mu.Lock()
		fate := s.fate(s.requests)
		s.requests++
		s.mu.Unlock()
		ack := []byte(`{"seq":1,"error":"slow down","status":429,"retry_after":7}`)
		if fate != refuse {
			ack, _ = json.Marshal(s.event(project, frame, fate != lose))
		}
		if err := c.Write(r.Context(), websocket.MessageText, ack); err != nil {
			return
		}
	}
}

func (s *fakeServer) authorized(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") != "Bearer "+fakeToken {
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	return true
}

func (s *fakeServer) usage(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if e.Project == r.PathValue("project") {
			n++
		}
	}
	fmt.Fprintf(w, `{"items":[{"category":"error","outcome":"stored","quantity":%d},{"category":"log","outcome":"stored","quantity":%d},`+
		`{"category":"error","outcome":"rate_limited","quantity":3},{"category":"error","outcome":"client_lost","quantity":99}]}`, n, len(s.logs))
}

// page writes one page of at most limit items from the cursor on.
func page[T any](w http.ResponseWriter, r *http.Request, all []T) {
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	to := min(from+limit, len(all))
	next := ""
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	json.NewEncoder(w).Encode(map[string]any{"items": all[from:to], "next": next})
}

func (s *fakeServer) listEvents(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page(w, r, slices.DeleteFunc(slices.Clone(s.events), func(e fakeEvent) bool { return e.Project != r.PathValue("project") }))
}

func (s *fakeServer) listLogs(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := make([]map[string]any, len(s.logs))
	for i, id := range s.logs {
		items[i] = map[string]any{"attributes": map[string]any{"log.id": id}}
	}
	page(w, r, items)
}

func (s *fakeServer) listIssues(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []int64{}
	for key, id := range s.issues {
		if strings.HasPrefix(key, r.PathValue("project")) {
			items = append(items, id)
		}
	}
	page(w, r, items)
}

func (s *fakeServer) getEvent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.events, func(e fakeEvent) bool { return e.ID == r.PathValue("id") }) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	fmt.Fprint(w, `{}`)
}

func (s *fakeServer) stream(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(w, r) {
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	ids := make(chan string, 10_000)
	s.mu.Lock()
	s.live = append(s.live, ids)
	s.mu.Unlock()
	ctx := c.CloseRead(r.Context())
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-ids:
			frame := fmt.Sprintf(`{"facts":[{"kind":"event.stored","data":{"id":%q}}],"dropped":1,"cursor":"1"}`, id)
			if err := c.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
				return
			}
		}
	}
}

// benchAgainst runs the load with short defaults.
func benchAgainst(t *testing.T, s *fakeServer, change func(*Config)) *Report {
	t.Helper()
	cfg := Config{
		DSNs: []string{s.dsn("1")}, API: s.URL, Token: fakeToken, Check: CheckExact,
		Workers: 4, Events: 500, Duration: 20 * time.Second, Bugs: 12, Seed: 11, DrainTimeout: time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	report, err := Run(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
