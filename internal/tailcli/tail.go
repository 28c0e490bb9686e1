// Package tailcli is "mesher tail": the live stream of errors and log entries
// of a project in a terminal. It resumes where it was after a lost connection
// and shows how much the server had to leave out.
package tailcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
)

// maxFrame bounds one frame of the stream.
const maxFrame = 16 << 20

// silence is after how long without any frame a connection counts as lost; the server sends a heartbeat every 25 s.
const silence = 60 * time.Second

// The waits between attempts to connect again.
const (
	firstWait = 250 * time.Millisecond
	longWait  = 10 * time.Second
)

// Options of a tail.
type Options struct {
	// API is Mesher's base URL, Token an API token, Project the project's id.
	API, Token, Project string
	// Query filters on the server, in the language of the search box.
	Query string
	// Kinds are the fact kinds to show; empty for events and log entries.
	Kinds []string
	// JSON writes each fact as one line of JSON instead of text.
	JSON bool
	// Color marks levels with terminal colours.
	Color bool
}

// Run writes facts to out, and what happens to the connection to notes, until
// ctx ends. It only returns an error when trying again cannot help: a wrong
// token, project or query, or an out that cannot be written to.
func Run(ctx context.Context, o Options, out, notes io.Writer) error {
	if len(o.Kinds) == 0 {
		o.Kinds = []string{eventlog.EventStored, eventlog.LogStored}
	}
	t := &tail{Options: o, out: out, notes: notes, seen: newRecent(4096)}
	wait := firstWait
	for {
		got, err := t.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return f
		}
		if got {
			wait = firstWait
		}
		fmt.Fprintf(notes, "connection lost (%v); trying again in %s\n", err, wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, longWait)
	}
}

type tail struct {
	Options
	out, notes io.Writer
	// cursor is where to go on after a lost connection; seen keeps what is told twice from showing twice.
	cursor string
	seen   *recent
}

// frame is one message of the stream.
type frame struct {
	Facts   []fact          `json:"facts"`
	Dropped int64           `json:"dropped"`
	Cursor  json.RawMessage `json:"cursor"`
}

type fact struct {
	ID   string          `json:"id"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// follow reads one connection to its end. got says whether anything came. A fault.Error is final.
func (t *tail) follow(ctx context.Context) (got bool, err error) {
	c, err := t.dial(ctx)
	if err != nil {
		return false, err
	}
	defer c.CloseNow()
	for {
		f, err := read(ctx, c)
		if err != nil {
			return got, err
		}
		got = true
		if err := t.show(f); err != nil {
			return got, fault.Wrap(err, fault.Internal, "cannot write to the output")
		}
		if cursor := strings.Trim(string(f.Cursor), `"`); cursor != "" && cursor != "null" {
			t.cursor = cursor
		}
	}
}

func (t *tail) dial(ctx context.Context) (*websocket.Conn, error) {
	query := url.Values{"kinds": {strings.Join(t.Kinds, ",")}}
	if t.Query != "" {
		query.Set("query", t.Query)
	}
	if t.cursor != "" {
		query.Set("after", t.cursor)
	}
	base := strings.TrimRight(t.API, "/")
	address := "ws" + strings.TrimPrefix(base, "http") + "/api/v1/projects/" + url.PathEscape(t.Project) + "/stream?" + query.Encode()
	dialing, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, res, err := websocket.Dial(dialing, address, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + t.Token}}})
	if err != nil {
		return nil, final(res, err)
	}
	c.SetReadLimit(maxFrame)
	return c, nil
}

// final turns an answer that will not change into a fault.Error.
func final(res *http.Response, err error) error {
	if res == nil {
		return fmt.Errorf("connect: %w", err)
	}
	switch res.StatusCode {
	case http.StatusUnauthorized:
		return fault.Wrap(err, fault.Unauthenticated, "the token is not valid")
	case http.StatusForbidden:
		return fault.Wrap(err, fault.Forbidden, "the token may not read this project")
	case http.StatusNotFound:
		return fault.Wrap(err, fault.NotFound, "there is no such project")
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return fault.Wrap(err, fault.Invalid, "the server does not understand the query")
	}
	return fmt.Errorf("connect: %w", err)
}

func read(ctx context.Context, c *websocket.Conn) (f frame, err error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	_, data, err := c.Read(ctx)
	if err != nil {
		return f, fmt.Errorf("read: %w", err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("read a frame: %w", err)
	}
	return f, nil
}

// show writes a frame's facts that were not shown before.
func (t *tail) show(f frame) error {
	var text strings.Builder
	for _, fact := range f.Facts {
		if fact.ID != "" && !t.seen.add(fact.ID) {
			continue
		}
		if t.JSON {
			line, err := json.Marshal(fact)
			if err != nil {
				return fmt.Errorf("encode a fact: %w", err)
			}
			text.Write(append(line, '\n'))
		} else {
			writeFact(&text, fact, t.Color)
		}
	}
	if f.Dropped > 0 {
		fmt.Fprintf(t.notes, "%d more were left out: this reader is too slow\n", f.Dropped)
	}
	if text.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(t.out, text.String())
	return err
}

// recent remembers the last ids it was given.
type recent struct {
	ids  map[string]bool
	ring []string
	next int
}

func newRecent(n int) *recent {
	return &recent{ids: make(map[string]bool, n), ring: make([]string, n)}
}

// add returns false when id is remembered already.
func (r *recent) add(id string) bool {
	if r.ids[id] {
		return false
	}
	delete(r.ids, r.ring[r.next])
	r.ids[id], r.ring[r.next] = true, id
	r.next = (r.next + 1) % len(r.ring)
	return true
}
