package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

// maxPage bounds one answer of the management API.
const maxPage = 16 << 20

// api reads Mesher's management API of the server under test.
type api struct {
	base  string
	token string
	http  *http.Client
}

// newAPI refuses an address that is not loopback.
func newAPI(ctx context.Context, base, token string) (*api, error) {
	if err := loopbackURL(ctx, base); err != nil {
		return nil, err
	}
	return &api{base: strings.TrimRight(base, "/"), token: token, http: loopbackClient()}, nil
}

// statusError is an answer other than 200.
type statusError struct {
	status     int
	path       string
	retryAfter string
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answered %d", e.path, e.status) }

// get reads one resource. It waits as told, a few times, when the server asks for it.
func (a *api) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	for tries := 0; ; tries++ {
		data, err := a.once(ctx, path, query)
		e, isStatus := err.(*statusError)
		if !isStatus || tries == 5 || (e.status != http.StatusTooManyRequests && e.status != http.StatusServiceUnavailable) {
			return data, err
		}
		seconds, _ := strconv.Atoi(e.retryAfter)
		if err := pause(ctx, time.Duration(min(max(seconds, 1), 10))*time.Second); err != nil {
			return nil, err
		}
	}
}

// once makes one request of at most 30 s.
func (a *api) once(ctx context.Context, path string, query url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	address := a.base + "/api/v1" + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "%q is no URL such as http://127.0.0.1:8080", a.base)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	res, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the management API: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, &statusError{status: res.StatusCode, path: path, retryAfter: res.Header.Get("Retry-After")}
	}
	return data, nil
}

// pause waits, or returns why it could not.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// ledger is what a project's usage page says of one category.
type ledger struct {
	Accepted int64
	Outcomes map[string]int64
}

// handled is the sum of the outcomes of what was taken in and not refused.
func (l ledger) handled() int64 {
	return l.Outcomes["stored"] + l.Outcomes["filtered"] + l.Outcomes["sampled"] + l.Outcomes["discarded"] + l.Outcomes["failed"]
}

// minus is what was added since an earlier reading.
func (l ledger) minus(earlier ledger) ledger {
	d := ledger{Accepted: l.Accepted - earlier.Accepted, Outcomes: map[string]int64{}}
	for outcome, n := range l.Outcomes {
		d.Outcomes[outcome] = n - earlier.Outcomes[outcome]
	}
	return d
}

// add sums the ledgers of projects.
func (l *ledger) add(o ledger) {
	l.Accepted += o.Accepted
	if l.Outcomes == nil {
		l.Outcomes = map[string]int64{}
	}
	for outcome, n := range o.Outcomes {
		l.Outcomes[outcome] += n
	}
}

// ledger reads a project's ledger from start on, in the category of the mode.
func (a *api) ledger(ctx context.Context, project string, mode Mode, start time.Time) (ledger, error) {
	data, err := a.get(ctx, "/projects/"+url.PathEscape(project)+"/usage", url.Values{"start": {start.UTC().Format(time.RFC3339)}})
	if err != nil {
		return ledger{}, err
	}
	var usage struct {
		Items []struct {
			Category string
			Outcome  string
			Quantity int64
		}
	}
	if err := json.Unmarshal(data, &usage); err != nil {
		return ledger{}, fmt.Errorf("read the usage of project %s: %w", project, err)
	}
	l := ledger{Outcomes: map[string]int64{}}
	for _, item := range usage.Items {
		if isLog := strings.HasPrefix(item.Category, "log"); isLog != (mode == ModeOTLPLogs) || item.Outcome == "client_lost" {
			continue
		}
		l.Outcomes[item.Outcome] += item.Quantity
		l.Accepted += item.Quantity
	}
	return l, nil
}

// pages calls each with the JSON of every page of a list, following its cursor.
func (a *api) pages(ctx context.Context, path string, query url.Values, each func(page []byte) (next string, err error)) error {
	query.Set("limit", "100")
	for {
		data, err := a.get(ctx, path, query)
		if err != nil {
			return err
		}
		next, err := each(data)
		if err != nil || next == "" {
			return err
		}
		if next == query.Get("cursor") {
			return fault.New(fault.Internal, "%s gave the same cursor twice", path)
		}
		query.Set("cursor", next)
	}
}
