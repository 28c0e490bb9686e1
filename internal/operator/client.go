package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/mesher/mesher/internal/fault"
)

// Client asks the server that runs on a data folder.
type Client struct{ http *http.Client }

var _ Work = (*Client)(nil)

// errNobody says that no server runs on a folder.
var errNobody = errors.New("no server answers")

// dial connects to the server of a data folder; errNobody when none runs.
func dial(ctx context.Context, dir string) (*Client, error) {
	path := filepath.Join(dir, SocketName)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, errNobody
	case errors.Is(err, syscall.EINVAL):
		return nil, errNobody // the path is longer than a socket's may be, so no server has one there
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Wrap(err, fault.Forbidden, "%s belongs to another user: run the command as the user Mesher runs as", path)
	case err != nil:
		return nil, fmt.Errorf("ask the running server: %w", err)
	}
	_ = conn.Close() // only a try
	return &Client{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
	}}}, nil
}

// Status implements Work.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.call(ctx, http.MethodGet, "/status", nil, &s)
}

// DeadLetters implements Work.
func (c *Client) DeadLetters(ctx context.Context, limit int) (list []DeadLetter, err error) {
	return list, c.call(ctx, http.MethodGet, "/dead-letters?limit="+strconv.Itoa(limit), nil, &list)
}

// ReplayDeadLetters implements Work.
func (c *Client) ReplayDeadLetters(ctx context.Context) (int, error) {
	var out replayed
	err := c.call(ctx, http.MethodPost, "/dead-letters/replay", nil, &out)
	return out.Replayed, err
}

// ResetPassword implements Work.
func (c *Client) ResetPassword(ctx context.Context, email, password string) error {
	return c.call(ctx, http.MethodPost, "/password-reset", newPassword{email, password}, new(struct{}))
}

// SetupLink implements Work.
func (c *Client) SetupLink(ctx context.Context) (string, error) {
	var out setupLink
	err := c.call(ctx, http.MethodPost, "/setup-link", nil, &out)
	return out.Link, err
}

// Backup implements Work.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	_, err := c.stream(ctx, "/backup", w)
	return err
}

// Export implements Work.
func (c *Client) Export(ctx context.Context, projectID int64, w io.Writer) (int64, error) {
	return c.stream(ctx, "/export?project="+strconv.FormatInt(projectID, 10), w)
}

func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://mesher"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the running server: %w", err)
	}
	return resp, nil
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the running server's answer: %w", err)
	}
	return nil
}

// refusal is the error of an answer. Anything but a failure comes from a server
// of another version.
func refusal(resp *http.Response) error {
	var f failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&f); err != nil {
		return fault.New(fault.Unsupported, "the running server does not know this request (status %d): restart it with this version of Mesher", resp.StatusCode)
	}
	return f.err()
}

func (f failure) err() error { return &fault.Error{Code: f.Code, Message: f.Message} }

func (c *Client) stream(ctx context.Context, path string, w io.Writer) (n int64, err error) {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, refusal(resp)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return 0, fmt.Errorf("copy from the running server: %w", err)
	}
	if text := resp.Trailer.Get(errorTrailer); text != "" {
		var f failure
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return 0, fmt.Errorf("read the running server's answer: %w", err)
		}
		return 0, f.err()
	}
	n, err = strconv.ParseInt(resp.Trailer.Get(countTrailer), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the running server ended in the middle of its answer: %w", err)
	}
	return n, nil
}
