package native

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/ingest/ingesttest"
)

func newServer(log *ingesttest.Log, limiter ingest.Limiter) http.Handler {
	mux := http.NewServeMux()
	New(ingesttest.New(log, limiter), ingest.NewBodies(ingest.DefaultBodyMemory), slog.New(slog.DiscardHandler)).Routes(mux, "")
	return mux
}

func post(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("X-Mesher-Auth", ingesttest.Key)
	return r
}

func TestSingleAndBulk(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 32)
	tests := []struct {
		name, path, body string
		status           int
		answer           string
		events           int
	}{
		{"message", "/api/v1/events", `{"message":"x","event_id":"` + strings.ToUpper(id) + `"}`, 202, `{"id":"` + id + `"}`, 1},
		{"exception", "/api/v1/events/", `{"exception":{"type":"E","value":"v"}}`, 202, `"id"`, 1},
		{"nothing said", "/api/v1/events", `{"level":"error","message":""}`, 400, `"location":"message"`, 0},
		{"bad id", "/api/v1/events", `{"message":"x","event_id":"7"}`, 400, `"location":"event_id"`, 0},
		{"no object", "/api/v1/events", `["x"]`, 400, "one JSON object", 0},
		{"two objects", "/api/v1/events", `{"message":"x"}{"message":"y"}`, 400, "one JSON object", 0},
		{"too large", "/api/v1/events", `{"message":"` + strings.Repeat("x", ingest.MaxEvent) + `"}`, 413, "larger", 0},
		{"list", "/api/v1/events/bulk", `[{"message":"x"},{"level":"info"},{"message":"y"}]`, 202, `"accepted":2,"rejected":1`, 2},
		{"lines", "/api/v1/events/bulk", "{\"message\":\"x\"}\n\n{\"message\":\n{\"exception\":\"E: v\"}\r\n", 202, `"accepted":2,"rejected":1`, 2},
		{"empty bulk", "/api/v1/events/bulk", " ", 400, "empty", 0},
		{"broken list", "/api/v1/events/bulk", `[{"message":"x"}`, 400, "JSON list", 0},
		{"too many", "/api/v1/events/bulk", strings.Repeat("{}\n", maxBulk+1), 413, "at most", 0},
		{"log lines", "/api/v1/logs", "{\"body\":\"a\"}\nplain text\n", 202, `{"accepted":2,"rejected":0}`, 0},
		{"log list", "/api/v1/logs", "[{\"body\":\n\"a\"},{\"body\":\"b\"}]", 202, `{"accepted":2,"rejected":0}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := &ingesttest.Log{}
			w := httptest.NewRecorder()
			newServer(log, nil).ServeHTTP(w, post(tt.path, tt.body))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.answer) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.status, tt.answer)
			}
			if n := len(log.Records(eventlog.KindEvent)); n != tt.events {
				t.Errorf("%d events appended, want %d", n, tt.events)
			}
		})
	}
}

func TestKeysAreFoundInEveryPlace(t *testing.T) {
	t.Parallel()
	dsn := "http://" + ingesttest.Key + "@127.0.0.1:8080/1"
	tests := []struct {
		name, header, value, query string
		status                     int
	}{
		{"X-Mesher-Auth", "X-Mesher-Auth", ingesttest.Key, "", 202},
		{"DSN key", "Authorization", "DSN " + ingesttest.Key, "", 202},
		{"whole DSN", "Authorization", "DSN " + dsn, "", 202},
		{"bearer", "Authorization", "Bearer " + ingesttest.Key, "", 202},
		{"query", "", "", "?mesher_key=" + ingesttest.Key, 202},
		{"sentry", "X-Sentry-Auth", "Sentry sentry_key=" + ingesttest.Key, "", 202},
		{"none", "", "", "", 401},
		{"DSN of another project", "Authorization", "DSN " + strings.TrimSuffix(dsn, "1") + "9", "", 403},
		{"broken DSN", "Authorization", "DSN http://x", "", 400},
		{"switched off", "X-Mesher-Auth", ingesttest.DisabledKey, "", 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/api/v1/events"+tt.query, strings.NewReader(`{"message":"x"}`))
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			w := httptest.NewRecorder()
			newServer(&ingesttest.Log{}, nil).ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestBulkUnderALimit(t *testing.T) {
	t.Parallel()
	decision := ingesttest.Refuse()
	decision.Allowed = 1
	for allowed, want := range map[int64]int{0: 429, 1: 202} {
		decision.Allowed = allowed
		log := &ingesttest.Log{}
		w := httptest.NewRecorder()
		newServer(log, ingesttest.Limiter{ingest.CategoryError: decision}).ServeHTTP(w, post("/api/v1/events/bulk", `[{"message":"x"},{"message":"y"}]`))
		if w.Code != want || len(log.Records(eventlog.KindEvent)) != int(allowed) {
			t.Errorf("allowed %d: %d %s", allowed, w.Code, w.Body)
		}
		if want == 202 && !strings.Contains(w.Body.String(), `"code":"rate_limited"`) {
			t.Errorf("the refused item is not told: %s", w.Body)
		}
	}
}

func TestLogLinesAreParted(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	w := httptest.NewRecorder()
	newServer(log, nil).ServeHTTP(w, post("/api/v1/logs", strings.Repeat("{\"body\":\"x\"}\n", ingest.MaxLogRecords+1)))
	if w.Code != 202 || len(log.Records(eventlog.KindLogLines)) != 2 {
		t.Errorf("%d %s, %d records", w.Code, w.Body, len(log.Records(eventlog.KindLogLines)))
	}
}

// dial opens a stream to a server of its own.
func dial(t *testing.T, log *ingesttest.Log, limiter ingest.Limiter) (*websocket.Conn, context.CancelFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewUnstartedServer(newServer(log, limiter))
	server.Config.BaseContext = baseContext(ctx)
	server.Start()
	t.Cleanup(func() { stop(); server.Close() })
	c, _, err := websocket.Dial(t.Context(), strings.Replace(server.URL, "http", "ws", 1)+"/api/v1/events/ws?mesher_key="+ingesttest.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c, stop
}

func readAck(t *testing.T, c *websocket.Conn) (a ack) {
	t.Helper()
	_, body, err := c.Read(t.Context())
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestStreamAcknowledgesInOrderWhatIsDurable(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	c, _ := dial(t, log, nil)
	const n = 500
	go func() {
		for i := range n {
			body := fmt.Sprintf(`{"event_id":"%032x","message":"m"}`, i+1)
			if i == 7 {
				body = `{"level":"info"}`
			}
			if err := c.Write(t.Context(), websocket.MessageText, []byte(body)); err != nil {
				t.Errorf("write: %v", err)
				return
			}
		}
	}()
	for i := range n {
		a := readAck(t, c)
		if a.Seq != int64(i+1) {
			t.Fatalf("ack %d came at %d", a.Seq, i+1)
		}
		if i == 7 {
			if a.Status != 400 || a.Field != "message" {
				t.Errorf("the bad frame: %+v", a)
			}
			continue
		}
		if a.ID != fmt.Sprintf("%032x", i+1) || a.Error != "" {
			t.Fatalf("%+v", a)
		}
	}
	if got := len(log.Records(eventlog.KindEvent)); got != n-1 {
		t.Errorf("%d events", got)
	}
}

func TestStreamTellsWhenTheLogIsFull(t *testing.T) {
	t.Parallel()
	log := &ingesttest.Log{}
	c, _ := dial(t, log, nil)
	log.Fail(&fault.Error{Code: fault.Unavailable, Message: "full", RetryAfter: 3 * time.Second})
	send := func() {
		if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"message":"m"}`)); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if a := readAck(t, c); a.Status != 503 || a.RetryAfter != 3 || a.ID != "" {
		t.Errorf("%+v", a)
	}
	log.Fail(nil)
	send()
	if a := readAck(t, c); a.ID == "" || a.Seq != 2 {
		t.Errorf("%+v", a)
	}
}

func TestStreamTellsLimits(t *testing.T) {
	t.Parallel()
	c, _ := dial(t, &ingesttest.Log{}, ingesttest.Limiter{ingest.CategoryError: ingesttest.Refuse()})
	if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"message":"m"}`)); err != nil {
		t.Fatal(err)
	}
	if a := readAck(t, c); a.Status != 429 || a.RetryAfter != 60 {
		t.Errorf("%+v", a)
	}
}

func TestStreamCloses(t *testing.T) {
	t.Parallel()
	t.Run("when the server stops", func(t *testing.T) {
		t.Parallel()
		c, stop := dial(t, &ingesttest.Log{}, nil)
		stop()
		_, _, err := c.Read(t.Context())
		if websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("%v", err)
		}
	})
	t.Run("when a frame is too large", func(t *testing.T) {
		t.Parallel()
		c, _ := dial(t, &ingesttest.Log{}, nil)
		_ = c.Write(t.Context(), websocket.MessageText, make([]byte, ingest.MaxEvent+1)) // may fail: the server stops reading
		_, _, err := c.Read(t.Context())
		if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
			t.Errorf("%v", err)
		}
	})
}

func baseContext(ctx context.Context) func(net.Listener) context.Context {
	return func(net.Listener) context.Context { return ctx }
}
