package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// maxAnswer bounds the answer's body that is kept; the rest is read and forgotten.
const maxAnswer = 1 << 20

// errDial marks failures to reach the server at all, of which nothing can have been stored.
var errDial = errors.New("cannot connect")

// answer is what a server said to one request.
type answer struct {
	status int
	// retryAfter is the wait the server asked for, 0 when it did not.
	retryAfter time.Duration
	// body is valid until the connection's next request.
	body []byte
	// close is set when the server will not take another request on this connection.
	close bool
}

// A conn is one persistent HTTP/1.1 connection that knows just enough of the
// protocol to load a server: net/http's client would cost more than the server
// does. It is opened when needed and not safe for concurrent use.
type conn struct {
	address string
	dialer  *net.Dialer
	timeout time.Duration

	c        net.Conn
	r        *bufio.Reader
	body     []byte
	deadline time.Time
}

func newConn(address string, timeout time.Duration) *conn {
	return &conn{address: address, dialer: dialer(), timeout: timeout}
}

// Do sends the bytes of a whole request and reads the answer. After an error
// the connection is closed, and opened anew by the next call. It never repeats
// a request: whether the first one arrived is for the check to find out.
func (c *conn) Do(ctx context.Context, request []byte) (answer, error) {
	if c.c == nil {
		if err := c.open(ctx); err != nil {
			return answer{}, err
		}
	}
	a, err := c.exchange(request)
	if err != nil || a.close {
		c.Close()
	}
	return a, err
}

// Close closes the connection, if it is open.
func (c *conn) Close() {
	if c.c != nil {
		c.c.Close()
		c.c = nil
	}
}

func (c *conn) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	nc, err := c.dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return fmt.Errorf("%w to %s: %w", errDial, c.address, err)
	}
	c.c, c.deadline = nc, time.Time{}
	if c.r == nil {
		c.r = bufio.NewReaderSize(nc, 4096)
	} else {
		c.r.Reset(nc)
	}
	return nil
}

func (c *conn) exchange(request []byte) (answer, error) {
	if err := c.pushDeadline(); err != nil {
		return answer{}, err
	}
	// A server that refuses early may close before it has read everything: its answer still counts.
	_, writeErr := c.c.Write(request)
	a, err := c.readAnswer()
	for err == nil && a.status >= 100 && a.status < 200 {
		a, err = c.readAnswer()
	}
	if err != nil && writeErr != nil {
		return answer{}, fmt.Errorf("send the request: %w", writeErr)
	}
	return a, err
}

// pushDeadline moves the deadline on once a second rather than with each request.
func (c *conn) pushDeadline() error {
	now := time.Now()
	if c.deadline.Sub(now) > c.timeout {
		return nil
	}
	c.deadline = now.Add(c.timeout + time.Second)
	if err := c.c.SetDeadline(c.deadline); err != nil {
		return fmt.Errorf("set the deadline: %w", err)
	}
	return nil
}

// readAnswer reads one status line, headers and body.
func (c *conn) readAnswer() (answer, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return answer{}, fmt.Errorf("read the status: %w", err)
	}
	var a answer
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return answer{}, fmt.Errorf("not an HTTP/1.1 answer: %.40q", line)
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return answer{}, fmt.Errorf("not a status: %.40q", line)
	}
	a.close = line[7] == '0'
	length, chunked, err := c.readHeaders(&a)
	if err != nil {
		return answer{}, err
	}
	c.body = c.body[:0]
	switch {
	case a.status < 200 || a.status == 204 || a.status == 304:
	case chunked:
		err = c.readChunks()
	case length >= 0:
		err = c.readBody(length)
	default:
		a.close = true
		err = c.readRest()
	}
	a.body = c.body
	return a, err
}

// readHeaders returns the body's length, -1 when unknown.
func (c *conn) readHeaders(a *answer) (length int64, chunked bool, err error) {
	length = -1
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, false, fmt.Errorf("read the headers: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case foldEqual(name, "content-length"):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil || length < 0 {
				return 0, false, fmt.Errorf("not a length: %.40q", value)
			}
		case foldEqual(name, "transfer-encoding"):
			chunked = foldEqual(value, "chunked")
		case foldEqual(name, "connection"):
			a.close = a.close || foldEqual(value, "close")
		case foldEqual(name, "retry-after"):
			seconds, _ := strconv.ParseFloat(string(value), 64)
			a.retryAfter = time.Duration(seconds * float64(time.Second))
		}
	}
}

func foldEqual(b []byte, lower string) bool {
	return len(b) == len(lower) && bytes.EqualFold(b, []byte(lower))
}

func (c *conn) readBody(length int64) error {
	keep := min(length, int64(maxAnswer-len(c.body)))
	have := len(c.body)
	c.body = append(c.body, make([]byte, keep)...)
	if _, err := io.ReadFull(c.r, c.body[have:]); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if _, err := io.CopyN(io.Discard, c.r, length-keep); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func (c *conn) readRest() error {
	var err error
	c.body, err = io.ReadAll(io.LimitReader(c.r, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func (c *conn) readChunks() error {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read a chunk: %w", err)
		}
		text, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		size, err := strconv.ParseInt(string(text), 16, 64)
		if err != nil || size < 0 {
			return fmt.Errorf("not a chunk's size: %.40q", line)
		}
		if size > 0 {
			if err := c.readBody(size); err != nil {
				return err
			}
		}
		line, err = c.r.ReadSlice('\n')
		for err == nil && size == 0 && len(bytes.TrimSpace(line)) > 0 {
			line, err = c.r.ReadSlice('\n') // trailers
		}
		if err != nil {
			return fmt.Errorf("read a chunk: %w", err)
		}
		if size == 0 {
			return nil
		}
	}
}
