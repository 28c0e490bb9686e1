// Package sendcli is "mesher send": it sends one event or log entry through the
// public envelope endpoint, as any SDK would, so that an operator can try a DSN
// or a script can report.
package sendcli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

const client = "mesher-send/1.0"

// Message is what to send.
type Message struct {
	DSN   string
	Text  string
	Level string
	Tags  map[string]string
	// Exception is "Type: value" or "Type:value"; empty for a plain message.
	Exception   string
	Release     string
	Environment string
	// Log sends a log entry instead of an event.
	Log bool
}

// Send returns the event's id once the server has acknowledged it; a log entry
// has none. A refusal is a fault.Error with the server's reason.
func Send(ctx context.Context, m Message) (id string, err error) {
	d, err := org.ParseDSN(m.DSN)
	if err != nil {
		return "", err
	}
	body, id, err := m.envelope(time.Now())
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.BaseURL()+"/api/"+d.Project+"/envelope/", bytes.NewReader(body))
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "the DSN is no URL that can be sent to")
	}
	req.Header.Set("Content-Type", "application/x-sentry-envelope")
	req.Header.Set("User-Agent", client)
	req.Header.Set("X-Sentry-Auth", "Sentry sentry_version=7, sentry_client="+client+", sentry_key="+d.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "%s cannot be reached", d.Host)
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return "", refusal(res)
	}
	return id, nil
}

// envelope is the message in the form of PROTOCOL "Envelope framing".
func (m Message) envelope(now time.Time) (body []byte, id string, err error) {
	header := map[string]any{"sent_at": now.UTC().Format(time.RFC3339Nano), "sdk": map[string]string{"name": "mesher-send", "version": "1.0"}}
	item := map[string]any{"type": "event"}
	payload, err := m.event(now)
	if m.Log {
		item = map[string]any{"type": "log", "item_count": 1, "content_type": "application/vnd.sentry.items.log+json"}
		payload = map[string]any{"items": []any{m.entry(now)}}
	}
	if err != nil {
		return nil, "", err
	}
	if !m.Log {
		id = newID()
		header["event_id"], payload["event_id"] = id, id
	}
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, "", fmt.Errorf("encode the payload: %w", err)
	}
	item["length"] = len(data)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for _, line := range []any{header, item} {
		if err := encoder.Encode(line); err != nil {
			return nil, "", fmt.Errorf("encode the envelope: %w", err)
		}
	}
	out.Write(append(data, '\n'))
	return out.Bytes(), id, nil
}

func (m Message) event(now time.Time) (map[string]any, error) {
	e := map[string]any{"timestamp": seconds(now), "platform": "other", "level": m.Level}
	if m.Text != "" {
		e["message"] = m.Text
	}
	for key, value := range map[string]string{"release": m.Release, "environment": m.Environment} {
		if value != "" {
			e[key] = value
		}
	}
	if len(m.Tags) > 0 {
		e["tags"] = m.Tags
	}
	if m.Exception != "" {
		kind, value, _ := strings.Cut(m.Exception, ":")
		if kind = strings.TrimSpace(kind); kind == "" {
			return nil, fault.Field("exception", "the exception must be written as Type:value")
		}
		e["exception"] = map[string]any{"values": []any{map[string]string{"type": kind, "value": strings.TrimSpace(value)}}}
	}
	if m.Text == "" && m.Exception == "" && !m.Log {
		return nil, fault.Field("message", "give a message or an exception to send")
	}
	return e, nil
}

// entry is the message as a log record of PROTOCOL "Logs".
func (m Message) entry(now time.Time) map[string]any {
	attributes := map[string]any{}
	add := func(key, value string) {
		if value != "" {
			attributes[key] = map[string]string{"value": value, "type": "string"}
		}
	}
	for key, value := range m.Tags {
		add(key, value)
	}
	add("sentry.release", m.Release)
	add("sentry.environment", m.Environment)
	return map[string]any{"timestamp": seconds(now), "trace_id": newID(), "level": m.Level, "body": m.Text, "attributes": attributes}
}

func seconds(t time.Time) json.Number {
	return json.Number(fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000))
}

func newID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	return hex.EncodeToString(id[:])
}

// refusal says why the server did not take it.
func refusal(res *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)) // what could be read is better than nothing
	var detail struct {
		Detail string
		Causes []string
	}
	reason := strings.TrimSpace(string(body))
	if json.Unmarshal(body, &detail) == nil && detail.Detail != "" {
		reason = strings.Join(append([]string{detail.Detail}, detail.Causes...), ": ")
	}
	if wait := res.Header.Get("Retry-After"); wait != "" {
		reason += " (try again after " + wait + " s)"
	}
	return fault.New(codeOf(res.StatusCode), "the server answered %d: %.500s", res.StatusCode, reason)
}

func codeOf(status int) fault.Code {
	switch status {
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusForbidden:
		return fault.Forbidden
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusTooManyRequests:
		return fault.RateLimited
	case http.StatusServiceUnavailable:
		return fault.Unavailable
	}
	return fault.Invalid
}
