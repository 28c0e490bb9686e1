package script

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// call sends a request to the server.
//
//	http STATUS METHOD PATH [-H 'Name: value']... [BODY | @FILE]
//
// Variables are replaced in paths, headers and BODY, even within quotes. The
// answer's body is the script's standard output.
func call(ts *testscript.TestScript, _ bool, args []string) { request(ts, args, nil) }

// callAPI is http with the owner's token; a body is JSON.
func callAPI(ts *testscript.TestScript, _ bool, args []string) {
	request(ts, args, http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}})
}

func request(ts *testscript.TestScript, args []string, head http.Header) {
	if len(args) < 3 {
		ts.Fatalf("usage: http STATUS METHOD PATH [-H 'Name: value']... [BODY | @FILE]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	body, head := requestBody(ts, args[3:], head)
	ts.Check(send(ts, args[1], args[2], head, body))
	s := stateOf(ts)
	_, err = ts.Stdout().Write(append(s.body, '\n'))
	ts.Check(err)
	if s.status != want {
		ts.Fatalf("%s %s: %d instead of %d: %s", args[1], args[2], s.status, want, clip(s.body))
	}
}

func requestBody(ts *testscript.TestScript, args []string, head http.Header) ([]byte, http.Header) {
	all := head.Clone()
	if all == nil {
		all = http.Header{}
	}
	var body []byte
	for len(args) > 0 {
		switch {
		case args[0] == "-H" && len(args) > 1:
			name, value, _ := strings.Cut(expand(ts, args[1]), ": ")
			all.Set(name, value)
			args = args[2:]
			continue
		case strings.HasPrefix(args[0], "@"):
			body = []byte(ts.ReadFile(args[0][1:]))
		default:
			body = []byte(expand(ts, args[0]))
		}
		args = args[1:]
	}
	return body, all
}

func expand(ts *testscript.TestScript, text string) string { return os.Expand(text, ts.Getenv) }

func send(ts *testscript.TestScript, method, path string, head http.Header, body []byte) error {
	req, err := http.NewRequest(method, ts.Getenv("URL")+expand(ts, path), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = head
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	s := stateOf(ts)
	s.status, s.head = resp.StatusCode, resp.Header
	s.body, err = io.ReadAll(resp.Body)
	return err
}

func clip(body []byte) []byte { return body[:min(len(body), 500)] }

// until reads a path of the management API until a field has a value.
//
//	until PATH FIELD VALUE
func until(ts *testscript.TestScript, _ bool, args []string) {
	head := http.Header{"Authorization": {"Bearer " + token}}
	got := "nothing"
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); time.Sleep(pause) {
		if err := send(ts, http.MethodGet, args[0], head, nil); err != nil {
			got = err.Error()
			continue
		}
		if got = valueAt(stateOf(ts).body, args[1]); got == expand(ts, args[2]) {
			return
		}
	}
	ts.Fatalf("%s of %s is %s, not %s, after %v: %s", args[1], args[0], got, args[2], waitLimit, clip(stateOf(ts).body))
}

// field wants a value in the last JSON answer: field items.0.status resolved.
// An absent field is "absent", a list's length is at "list.len".
func field(ts *testscript.TestScript, neg bool, args []string) {
	got, want := valueAt(stateOf(ts).body, args[0]), expand(ts, args[1])
	if (got == want) == neg {
		ts.Fatalf("%s is %q, compared with %q, in %s", args[0], got, want, clip(stateOf(ts).body))
	}
}

// set VARIABLE FIELD keeps a value of the last JSON answer.
func set(ts *testscript.TestScript, _ bool, args []string) {
	value := valueAt(stateOf(ts).body, args[1])
	if value == "absent" {
		ts.Fatalf("there is no %s in %s", args[1], clip(stateOf(ts).body))
	}
	ts.Setenv(args[0], value)
}

// moment VARIABLE DURATION keeps the time so long from now, as RFC 3339; a
// negative duration is a time past.
func moment(ts *testscript.TestScript, _ bool, args []string) {
	from, err := time.ParseDuration(args[1])
	ts.Check(err)
	ts.Setenv(args[0], time.Now().Add(from).UTC().Format(time.RFC3339Nano))
}

// await TIME waits until the server's clock, which is the script's, is past a moment.
func await(ts *testscript.TestScript, _ bool, args []string) {
	at, err := time.Parse(time.RFC3339Nano, args[0])
	ts.Check(err)
	if left := time.Until(at); left > waitLimit {
		ts.Fatalf("%s is further away than %v", args[0], waitLimit)
	} else if left > 0 {
		time.Sleep(left)
	}
}

// header NAME REGEXP wants a header of the last answer.
func header(ts *testscript.TestScript, neg bool, args []string) {
	got := stateOf(ts).head.Get(args[0])
	if regexp.MustCompile(args[1]).MatchString(got) == neg {
		ts.Fatalf("%s is %q", args[0], got)
	}
}

func valueAt(body []byte, path string) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "absent"
	}
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[step]
			if !ok {
				return "absent"
			}
			v = next
		case []any:
			if step == "len" {
				return strconv.Itoa(len(at))
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return "absent"
			}
			v = at[i]
		default:
			return "absent"
		}
	}
	return fmt.Sprint(v)
}

// events COUNT MESSAGE sends so many native events, each of which must be accepted.
func events(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	body, err := json.Marshal(map[string]any{"message": args[1], "level": "error"})
	ts.Check(err)
	for range n {
		ts.Check(send(ts, http.MethodPost, "/api/v1/events", http.Header{"X-Mesher-Auth": {key}}, body))
		if s := stateOf(ts); s.status != http.StatusAccepted {
			ts.Fatalf("an event was answered %d: %s", s.status, clip(s.body))
		}
	}
}

// bomb FILE MIB writes an event of so many MiB, compressed.
func bomb(ts *testscript.TestScript, _ bool, args []string) {
	mib, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	packed := gzip.NewWriter(file)
	_, err = io.WriteString(packed, `{"message":"`)
	ts.Check(err)
	part := bytes.Repeat([]byte("a"), 1<<20)
	for range mib {
		_, err := packed.Write(part)
		ts.Check(err)
	}
	_, err = io.WriteString(packed, `"}`)
	ts.Check(err)
	ts.Check(packed.Close())
}
