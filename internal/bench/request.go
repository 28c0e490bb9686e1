package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
)

// result is what became of one job.
type result struct {
	// status is the HTTP status, 0 when there was none.
	status int
	err    error
	// refused are the indices in the batch that a 2xx answer still turned down.
	refused    []int
	retryAfter time.Duration
	// wire and raw are the body's bytes as sent and before compression.
	wire, raw  int
	start, end time.Time
}

// accepted says whether the answer promises that events are kept.
func (r result) accepted() bool { return r.err == nil && r.status >= 200 && r.status < 300 }

// unknown says whether the events may or may not have arrived.
func (r result) unknown() bool {
	return r.err != nil && !errors.Is(r.err, errDial) && !errors.Is(r.err, errNotSent)
}

// errNotSent marks failures before anything was sent.
var errNotSent = errors.New("not sent")

// sender sends jobs over one connection.
type sender interface {
	send(ctx context.Context, project int, j job) result
	close()
}

// traffic is what all senders of a run share.
type traffic struct {
	mode     Mode
	encoding Encoding
	gen      *generator
	targets  []org.DSN
	timeout  time.Duration
}

// newSender returns a sender of the run's mode.
func (t *traffic) newSender() (sender, error) {
	if t.mode == ModeWS {
		return newSocketSender(t), nil
	}
	b, err := newBody(t.encoding)
	if err != nil {
		return nil, err
	}
	s := &httpSender{traffic: t, conn: newConn(t.targets[0].Host, t.timeout), body: b}
	for _, d := range t.targets {
		s.prefixes = append(s.prefixes, t.requestHead(d))
	}
	return s, nil
}

// lengthDigits is the room for the body's length, which is known last.
const lengthDigits = 10

// requestHead is a request's bytes up to its body, with blanks for the length.
func (t *traffic) requestHead(d org.DSN) []byte {
	path, headers := t.route(d)
	head := fmt.Sprintf("POST %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s/%s\r\n%s\r\n", d.Prefix, path, d.Host, clientName, clientVersion, headers)
	if t.encoding != Identity {
		head += "Content-Encoding: " + string(t.encoding) + "\r\n"
	}
	return []byte(head + "Content-Length: " + strings.Repeat(" ", lengthDigits) + "\r\n\r\n")
}

// route is where the mode's requests go and what they carry.
func (t *traffic) route(d org.DSN) (path, headers string) {
	auth := fmt.Sprintf("Sentry sentry_version=7, sentry_client=%s/%s, sentry_key=%s", clientName, clientVersion, d.Key)
	switch t.mode {
	case ModeStore:
		return "/api/" + d.Project + "/store/", "X-Sentry-Auth: " + auth + "\r\nContent-Type: application/json"
	case ModeNative:
		return "/api/v1/events", "X-Mesher-Auth: " + d.Key + "\r\nContent-Type: application/json"
	case ModeBulk:
		return "/api/v1/events/bulk", "X-Mesher-Auth: " + d.Key + "\r\nContent-Type: application/x-ndjson"
	case ModeOTLPLogs:
		return "/v1/logs", "X-Sentry-Auth: sentry sentry_key=" + d.Key + "\r\nContent-Type: application/x-protobuf"
	}
	return "/api/" + d.Project + "/envelope/", "X-Sentry-Auth: " + auth + "\r\nContent-Type: application/x-sentry-envelope"
}

// httpSender sends a job as one HTTP request.
type httpSender struct {
	*traffic
	conn     *conn
	body     *body
	prefixes [][]byte
	parser   fastjson.Parser
}

func (s *httpSender) close() { s.conn.Close() }

func (s *httpSender) send(ctx context.Context, project int, j job) result {
	prefix := s.prefixes[project]
	request, raw := s.render(prefix, j)
	r := result{wire: len(request) - len(prefix), raw: raw, start: time.Now()}
	a, err := s.conn.Do(ctx, request)
	r.end, r.status, r.err, r.retryAfter = time.Now(), a.status, err, a.retryAfter
	if r.accepted() && s.mode == ModeBulk {
		r.refused, r.err = s.refusals(a.body, j.count)
	}
	return r
}

// render writes the request for a job.
func (s *httpSender) render(prefix []byte, j job) (request []byte, raw int) {
	now := time.Now()
	s.body.begin(prefix)
	switch s.mode {
	case ModeEnvelope:
		s.body.envelope(s.gen, j.seq, now)
	case ModeOTLPLogs:
		s.body.lit = appendLogs(s.body.lit, s.gen, j, now)
	case ModeBulk:
		for i := range j.count {
			s.body.line(s.gen, j.seq+uint64(i), now)
		}
	default:
		s.body.event(s.gen, j.seq, now)
	}
	request, raw = s.body.end()
	setLength(request, len(prefix), len(request)-len(prefix))
	return request, raw
}

// setLength writes the body's length right-aligned into the blanks that end
// four bytes before the body; blanks in front of a value are allowed (RFC 9112 §5).
func setLength(request []byte, bodyAt, length int) {
	end := bodyAt - len("\r\n\r\n")
	field := request[end-lengthDigits : end]
	for i := range field {
		field[i] = ' '
	}
	text := strconv.AppendInt(nil, int64(length), 10)
	copy(field[lengthDigits-len(text):], text)
}

// refusals reads the per-item results of a bulk request.
func (s *httpSender) refusals(answer []byte, count int) (refused []int, err error) {
	v, err := s.parser.ParseBytes(answer)
	if err != nil {
		return nil, fmt.Errorf("read the bulk result: %w", err)
	}
	if v.GetInt("accepted") == count {
		return nil, nil
	}
	items := v.GetArray("items")
	if len(items) != count {
		return nil, fault.New(fault.Internal, "the bulk result has %d items for %d events", len(items), count)
	}
	for i, item := range items {
		if item.Exists("error") {
			refused = append(refused, i)
		}
	}
	return refused, nil
}
