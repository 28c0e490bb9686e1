package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// scripted answers every request on a connection with the next text, then closes it.
func scripted(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			for _, a := range answers {
				req, err := http.ReadRequest(r)
				if err != nil {
					break
				}
				io.Copy(io.Discard, req.Body)
				io.WriteString(c, a)
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

const plainRequest = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"

func TestConnReadsAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text   string
		status int
		body   string
		retry  time.Duration
		close  bool
	}{
		"length":     {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", 0, false},
		"chunked":    {"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: y\r\n\r\n", 202, "abcde", 0, false},
		"rest":       {"HTTP/1.1 200 OK\r\n\r\nabc", 200, "abc", 0, true},
		"close":      {"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 200, "", 0, true},
		"limited":    {"HTTP/1.1 429 Too Many Requests\r\nRETRY-AFTER: 60\r\nContent-Length: 0\r\n\r\n", 429, "", time.Minute, false},
		"no content": {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", 0, false},
		"continue":   {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", 0, false},
		"old":        {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := newConn(scripted(t, c.text), 5*time.Second)
			defer conn.Close()
			for range 3 { // the server closes after each answer: the client opens anew
				a, err := conn.Do(t.Context(), []byte(plainRequest))
				if err != nil {
					t.Fatal(err)
				}
				if a.status != c.status || string(a.body) != c.body || a.retryAfter != c.retry || a.close != c.close {
					t.Errorf("got %+v", a)
				}
				conn.Close()
			}
		})
	}
}

func TestConnReportsNonsense(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 5000) + "\r\n\r\n"} {
		conn := newConn(scripted(t, text), 5*time.Second)
		if a, err := conn.Do(t.Context(), []byte(plainRequest)); err == nil {
			t.Errorf("%.40q was read as %+v", text, a)
		} else if errors.Is(err, errDial) {
			t.Errorf("%.40q: %v says that nothing was sent", text, err)
		}
		conn.Close()
	}
}

func TestConnKeepsAlive(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "got %d", len(body))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	conn := newConn(strings.TrimPrefix(s.URL, "http://"), 5*time.Second)
	defer conn.Close()
	for range 100 {
		a, err := conn.Do(t.Context(), []byte(plainRequest))
		if err != nil || a.status != 200 || string(a.body) != "got 2" {
			t.Fatalf("got %+v, %v", a, err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("100 requests took %d connections", opened.Load())
	}
}

func TestConnSaysWhenNothingWasSent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := newConn(l.Addr().String(), time.Second).Do(t.Context(), []byte(plainRequest)); !errors.Is(err, errDial) {
		t.Errorf("got %v", err)
	}
}
