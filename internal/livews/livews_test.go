package livews

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/live"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

const timeout = 20 * time.Second

// rig is a server with a hub over a real log.
type rig struct {
	log     *jetlog.Log
	hub     *live.Hub
	handler *Handler
	url     string
	stopHub func()
}

type past []store.EventSummary

func (p past) EventsAfter(_ context.Context, _ store.EventFilter, after int64, limit int) ([]store.EventSummary, error) {
	var out []store.EventSummary
	for _, e := range p {
		if e.ID > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func newRig(t *testing.T, p live.History, maxConnections int) *rig {
	t.Helper()
	log, err := jetlog.Open(t.Context(), jetlog.Options{Dir: t.TempDir(), Durability: jetlog.OS, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close(context.Background()) })
	r := &rig{log: log, hub: live.NewHub(log, p)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.hub.Serve(ctx) }()
	stopped := false
	r.stopHub = func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
		}
	}
	t.Cleanup(r.stopHub)
	r.handler = New(Options{
		Hub: r.hub, MaxConnections: maxConnections,
		Authorize: func(req *http.Request, projectID int64) error {
			if req.Header.Get("Authorization") != "Bearer good" {
				return fault.New(fault.Unauthenticated, "sign in")
			}
			return nil
		},
		ParseQuery: func(text string) (search.Query, error) {
			if text == "" {
				return search.Query{}, nil
			}
			return search.Query{Terms: []search.Term{{Value: text}}}, nil
		},
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, fault.MessageOf(err), map[fault.Code]int{
				fault.Unauthenticated: 401, fault.NotFound: 404, fault.Invalid: 400, fault.Unavailable: 503,
			}[fault.CodeOf(err)])
		},
	})
	mux := http.NewServeMux()
	mux.Handle("GET /projects/{id}/stream", r.handler)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// dial connects and waits until the stream gets facts.
func (r *rig) dial(t *testing.T, path string) *websocket.Conn {
	t.Helper()
	before := r.hub.Subscriptions()
	conn := r.connect(t, path)
	for end := time.Now().Add(timeout); r.hub.Subscriptions() == before; {
		if time.Now().After(end) {
			t.Fatal("the stream did not subscribe")
		}
		time.Sleep(time.Millisecond) // the subscription has no signal
	}
	return conn
}

func (r *rig) connect(t *testing.T, path string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(contextOf(t), r.url+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer good"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(-1)
	return conn
}

func contextOf(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

func receive(t *testing.T, conn *websocket.Conn) frame {
	t.Helper()
	_, data, err := conn.Read(contextOf(t))
	if err != nil {
		t.Fatal(err)
	}
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return f
}

func eventOf(id int64, title string) store.EventSummary {
	return store.EventSummary{ID: id, ProjectID: 1, EventID: "e", Title: title}
}

func (r *rig) tell(t *testing.T, events ...store.EventSummary) {
	t.Helper()
	for _, e := range events {
		if err := r.log.Publish(t.Context(), []eventlog.Fact{view.EventStored(&e)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStreamTellsWhatMatches(t *testing.T) {
	t.Parallel()
	r := newRig(t, past(nil), 0)
	conn := r.dial(t, "/projects/1/stream?query=boom&kinds=event.stored")
	r.tell(t, eventOf(41, "quiet"), eventOf(42, "Boom"))
	f := receive(t, conn)
	if len(f.Facts) != 1 || f.Facts[0].Kind != eventlog.EventStored || f.Facts[0].Cursor != "42" || f.Cursor != "42" || f.Dropped != 0 {
		t.Fatalf("frame = %+v", f)
	}
	var e view.EventSummary
	if err := json.Unmarshal(f.Facts[0].Data, &e); err != nil || e.Title != "Boom" {
		t.Errorf("data = %s, %v", f.Facts[0].Data, err)
	}
}

func TestAStreamResumesAfterItsCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t, past{eventOf(5, "a"), eventOf(6, "b"), eventOf(7, "c")}, 0)
	conn := r.dial(t, "/projects/1/stream?after=5")
	f := receive(t, conn)
	if len(f.Facts) != 2 || f.Facts[0].Cursor != "6" || f.Cursor != "7" {
		t.Fatalf("frame = %+v", f)
	}
	// The client has the page; whether the hub still catches up does not matter for what follows.
	r.tell(t, eventOf(7, "c"), eventOf(8, "d"))
	if f = receive(t, conn); len(f.Facts) != 1 || f.Facts[0].Cursor != "8" {
		t.Fatalf("live frame = %+v", f)
	}
}

func TestLargeBatchesAreParted(t *testing.T) {
	t.Parallel()
	b := live.Batch{Dropped: 3, Cursor: 999}
	for i := range int64(2*maxFrame + 1) {
		cursor := 100 + i
		if i == maxFrame-1 {
			cursor = 0 // an issue's fact
		}
		b.Facts = append(b.Facts, eventlog.Fact{Cursor: cursor, Data: []byte("{}")})
	}
	got := frames(b, 50)
	var cursors []string
	facts, dropped := 0, int64(0)
	for _, f := range got {
		cursors = append(cursors, f.Cursor)
		facts += len(f.Facts)
		dropped += f.Dropped
	}
	if want := fmt.Sprint([]int{100 + maxFrame - 2, 100 + 2*maxFrame - 1, 999}); fmt.Sprint(cursors) != want || facts != len(b.Facts) || dropped != 3 {
		t.Errorf("cursors %v of %d facts, %d dropped; want %v", cursors, facts, dropped, want)
	}
	if f := frames(live.Batch{Cursor: 7}, 7); len(f) != 1 || f[0].Cursor != "7" || f[0].Facts == nil {
		t.Errorf("heartbeat = %+v", f)
	}
}

func TestFramesAreWhatEncodingJSONMakesOfThem(t *testing.T) {
	t.Parallel()
	for _, f := range []frame{
		{Facts: []fact{}},
		{
			Facts: []fact{
				{ID: `a"b`, Kind: eventlog.EventStored, Cursor: "7", Data: json.RawMessage(`{"title":"Grüße"}`)},
				{ID: "b", Kind: eventlog.IssueNew, Data: json.RawMessage(`null`)},
			},
			Dropped: 3, Cursor: "7",
		},
	} {
		want, err := json.Marshal(f)
		if got := f.appendTo(nil); err != nil || string(got) != string(want) {
			t.Errorf("%s, want %s (%v)", got, want, err)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, past(nil), 1)
	good := http.Header{"Authorization": {"Bearer good"}}
	for name, c := range map[string]struct {
		path   string
		header http.Header
		status int
		text   string
	}{
		"anonymous":    {"/projects/1/stream", nil, 401, "sign in"},
		"no number":    {"/projects/x/stream", good, 404, "project"},
		"unknown kind": {"/projects/1/stream?kinds=event.stored,nonsense", good, 400, `"nonsense"`},
		"bad cursor":   {"/projects/1/stream?after=x", good, 400, "cursor"},
		"long query":   {"/projects/1/stream?query=" + strings.Repeat("a", maxQuery+1), good, 400, "at most"},
		"other origin": {"/projects/1/stream", http.Header{"Authorization": {"Bearer good"}, "Origin": {"https://evil.test"}}, 403, "not authorized"},
	} {
		conn, response, err := websocket.Dial(contextOf(t), r.url+c.path, &websocket.DialOptions{HTTPHeader: c.header})
		if err == nil {
			_ = conn.CloseNow()
			t.Errorf("%s: was accepted", name)
			continue
		}
		body := make([]byte, 500)
		n, _ := response.Body.Read(body)
		if response.StatusCode != c.status || !strings.Contains(string(body[:n]), c.text) {
			t.Errorf("%s: status %d, %s", name, response.StatusCode, body[:n])
		}
	}
	r.dial(t, "/projects/1/stream")
	_, response, err := websocket.Dial(contextOf(t), r.url+"/projects/1/stream", &websocket.DialOptions{HTTPHeader: good})
	if err == nil || response.StatusCode != 503 {
		t.Errorf("a stream over the limit: %v", err)
	}
}

func TestTheServerSaysGoodbye(t *testing.T) {
	t.Parallel()
	r := newRig(t, past(nil), 0)
	conn := r.dial(t, "/projects/1/stream")
	r.stopHub()
	_, _, err := conn.Read(contextOf(t))
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("read = %v, want going away", err)
	}
}

func TestShutdownEndsStreamsAndRefusesNewOnes(t *testing.T) {
	t.Parallel()
	r := newRig(t, past(nil), 0)
	conn := r.dial(t, "/projects/1/stream")
	r.handler.Shutdown()
	r.handler.Shutdown()
	_, _, err := conn.Read(contextOf(t))
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("read = %v, want going away", err)
	}
	_, response, err := websocket.Dial(contextOf(t), r.url+"/projects/1/stream", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer good"}}})
	if err == nil || response.StatusCode != 503 {
		t.Errorf("a new stream: %v", err)
	}
}

func TestAClientThatLeavesFreesItsPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t, past(nil), 0)
	conn := r.dial(t, "/projects/1/stream")
	_ = conn.Close(websocket.StatusNormalClosure, "")
	for end := time.Now().Add(timeout); r.handler.Open() != 0 || r.hub.Subscriptions() != 0; {
		if time.Now().After(end) {
			t.Fatalf("%d streams and %d subscriptions are left", r.handler.Open(), r.hub.Subscriptions())
		}
		time.Sleep(time.Millisecond) // the handler's end has no signal
	}
}
