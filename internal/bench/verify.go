package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/valyala/fastjson"
)

// Check is how closely a run looks at what was stored.
type Check string

// The checks. Each includes the ones before it, except that Exact replaces Sample.
const (
	// CheckNone asks nothing.
	CheckNone Check = "none"
	// CheckCount compares the ledger and the number of issues.
	CheckCount Check = "count"
	// CheckSample also asks for some acknowledged events by id.
	CheckSample Check = "sample"
	// CheckExact lists everything that was stored and compares each id.
	CheckExact Check = "exact"
)

// Verification is what a check found. Its numbers are of the whole run, warm-up included.
type Verification struct {
	Check Check `json:"check"`
	OK    bool  `json:"ok"`
	// Problems says in words what is not as it must be.
	Problems     []string `json:"problems"`
	Acknowledged uint64   `json:"acknowledged"`
	// InFlight are events without an answer: each may be stored or not.
	InFlight uint64           `json:"in_flight"`
	Ledger   map[string]int64 `json:"ledger"`

	Exact  *ExactCount `json:"exact,omitempty"`
	Sample *Sample     `json:"sample,omitempty"`
	Issues IssueCount  `json:"issues"`
}

// ExactCount compares ids: Found, Missing and Duplicates are of acknowledged events.
type ExactCount struct {
	Found      uint64 `json:"found"`
	Missing    uint64 `json:"missing"`
	Duplicates uint64 `json:"duplicates"`
	// InFlightStored had no answer but are stored; Surprises were refused, or never sent, but are stored.
	InFlightStored uint64   `json:"in_flight_stored"`
	Surprises      uint64   `json:"surprises"`
	MissingIDs     []string `json:"missing_ids,omitempty"`
}

// Sample is how many of some acknowledged events were found.
type Sample struct {
	Asked int `json:"asked"`
	Found int `json:"found"`
}

// IssueCount compares issues with the bugs that were acknowledged. Split and Merged are known only to an exact check.
type IssueCount struct {
	Expected int `json:"expected"`
	// AtMost counts the bugs of events without an answer too.
	AtMost int `json:"at_most"`
	Found  int `json:"found"`
	// Split bugs have more than one issue, Merged issues more than one bug.
	Split  int `json:"split"`
	Merged int `json:"merged"`
}

func (v *Verification) problem(format string, args ...any) {
	v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
}

// verifier compares what the server stored with what it acknowledged.
type verifier struct {
	api      *api
	gen      *generator
	tally    *tally
	mode     Mode
	projects []string
	// projectOf says to which project an event went.
	projectOf func(seq uint64) int
	// next is the first sequence number that was not used; since is when the run began by the server's clock.
	next  uint64
	since time.Time
}

// verify checks what is stored; ledger is what the usage pages counted in the run.
func (v *verifier) verify(ctx context.Context, check Check, l ledger) (*Verification, error) {
	out := &Verification{Check: check, Ledger: l.Outcomes, Problems: []string{}}
	v.count(out)
	v.checkLedger(out, l)
	if out.Acknowledged == 0 {
		out.problem("nothing was acknowledged, so nothing was checked")
	}
	var err error
	switch {
	case check == CheckExact:
		err = v.exact(ctx, out)
	case check == CheckSample:
		if err = v.sample(ctx, out); err == nil {
			err = v.countIssues(ctx, out)
		}
	default:
		err = v.countIssues(ctx, out)
	}
	if err != nil {
		return nil, err
	}
	if n := out.Issues; v.mode != ModeOTLPLogs && (n.Found < n.Expected || n.Found > n.AtMost) {
		out.problem("%d bugs became %d issues", out.Issues.Expected, out.Issues.Found)
	}
	out.OK = len(out.Problems) == 0
	return out, nil
}

// count sums the states of all events and of the different bugs they are about.
func (v *verifier) count(out *Verification) {
	type projectBug struct{ project, bug int }
	certain, possible := map[projectBug]bool{}, map[projectBug]bool{}
	for seq := range v.next {
		s := v.tally.State(seq)
		if s != acknowledged && s != uncertain {
			continue
		}
		bug := projectBug{v.projectOf(seq), v.gen.Bug(seq)}
		possible[bug] = true
		if s == acknowledged {
			out.Acknowledged++
			certain[bug] = true
		} else {
			out.InFlight++
		}
	}
	out.Issues.Expected, out.Issues.AtMost = len(certain), len(possible)
}

func (v *verifier) checkLedger(out *Verification, l ledger) {
	handled := uint64(max(l.handled(), 0))
	if handled < out.Acknowledged {
		out.problem("the ledger accounts for %d of %d acknowledged events", handled, out.Acknowledged)
	}
	if most := out.Acknowledged + out.InFlight; handled > most {
		out.problem("the ledger accounts for %d events, but at most %d can have arrived", handled, most)
	}
	if failed := l.Outcomes["failed"]; failed > 0 {
		out.problem("%d events failed in processing", failed)
	}
}

// list calls each with every stored event or log entry of a project since the run began.
func (v *verifier) list(ctx context.Context, project string, each func(item *fastjson.Value)) error {
	kind := "/events"
	if v.mode == ModeOTLPLogs {
		kind = "/logs"
	}
	var parser fastjson.Parser
	query := url.Values{"start": {v.since.UTC().Format(time.RFC3339)}}
	return v.api.pages(ctx, "/projects/"+url.PathEscape(project)+kind, query, func(page []byte) (string, error) {
		list, err := parser.ParseBytes(page)
		if err != nil {
			return "", fmt.Errorf("read a page of project %s: %w", project, err)
		}
		for _, item := range list.GetArray("items") {
			each(item)
		}
		return string(list.GetStringBytes("next")), nil
	})
}

// idOf returns the event id of an item; a log entry has it as an attribute.
func (v *verifier) idOf(item *fastjson.Value) string {
	if v.mode != ModeOTLPLogs {
		return string(item.GetStringBytes("id"))
	}
	id := item.Get("attributes", "log.id")
	if id.Type() == fastjson.TypeObject {
		id = id.Get("value")
	}
	text, _ := id.StringBytes()
	return string(text)
}

// exact lists everything and compares each id with what was acknowledged.
func (v *verifier) exact(ctx context.Context, out *Verification) error {
	ex := &ExactCount{}
	out.Exact = ex
	seen := map[uint64]bool{}
	groups := newGroups()
	for i, project := range v.projects {
		err := v.list(ctx, project, func(item *fastjson.Value) {
			seq, ours := v.gen.run.Seq(v.idOf(item))
			if !ours {
				return
			}
			v.tick(ex, seq, seen)
			groups.add(i, v.gen.Bug(seq), item.GetInt64("issue_id"))
		})
		if err != nil {
			return err
		}
	}
	v.missing(ex, seen)
	if v.mode != ModeOTLPLogs {
		groups.count(&out.Issues)
	}
	ex.report(out)
	return nil
}

// tick counts one stored event.
func (v *verifier) tick(ex *ExactCount, seq uint64, seen map[uint64]bool) {
	if seen[seq] {
		ex.Duplicates++
		return
	}
	seen[seq] = true
	switch v.tally.State(seq) {
	case acknowledged:
		ex.Found++
	case uncertain:
		ex.InFlightStored++
	default:
		ex.Surprises++
	}
}

func (v *verifier) missing(ex *ExactCount, seen map[uint64]bool) {
	for seq := range v.next {
		if v.tally.State(seq) != acknowledged || seen[seq] {
			continue
		}
		ex.Missing++
		if len(ex.MissingIDs) < 10 {
			ex.MissingIDs = append(ex.MissingIDs, string(v.gen.run.appendID(nil, seq)))
		}
	}
}

func (ex *ExactCount) report(out *Verification) {
	if ex.Missing > 0 {
		out.problem("%d acknowledged events are not stored", ex.Missing)
	}
	if ex.Duplicates > 0 {
		out.problem("%d events are stored more than once", ex.Duplicates)
	}
	if ex.Surprises > 0 {
		out.problem("%d events are stored that were refused or never sent", ex.Surprises)
	}
	if out.Issues.Split > 0 || out.Issues.Merged > 0 {
		out.problem("%d bugs are split over several issues, %d issues hold several bugs", out.Issues.Split, out.Issues.Merged)
	}
}

// sampleSize is how many events a sample asks for.
const sampleSize = 200

// sample asks for acknowledged events spread over the run.
func (v *verifier) sample(ctx context.Context, out *Verification) error {
	out.Sample = &Sample{}
	r := v.gen.stream(v.next)
	for range sampleSize * 10 {
		if out.Sample.Asked == sampleSize || v.next == 0 {
			break
		}
		seq := r.below(v.next)
		if v.tally.State(seq) != acknowledged {
			continue
		}
		out.Sample.Asked++
		_, err := v.api.get(ctx, "/events/"+string(v.gen.run.appendID(nil, seq)), nil)
		if e, ok := errors.AsType[*statusError](err); ok && e.status == http.StatusNotFound {
			continue
		}
		if err != nil {
			return err
		}
		out.Sample.Found++
	}
	if out.Sample.Found < out.Sample.Asked {
		out.problem("%d of %d sampled events are not stored", out.Sample.Asked-out.Sample.Found, out.Sample.Asked)
	}
	return nil
}

// countIssues counts the issues seen since the run began.
func (v *verifier) countIssues(ctx context.Context, out *Verification) error {
	if v.mode == ModeOTLPLogs {
		return nil
	}
	var parser fastjson.Parser
	for _, project := range v.projects {
		query := url.Values{"start": {v.since.UTC().Format(time.RFC3339)}}
		err := v.api.pages(ctx, "/projects/"+url.PathEscape(project)+"/issues", query, func(page []byte) (string, error) {
			list, err := parser.ParseBytes(page)
			if err != nil {
				return "", fmt.Errorf("read the issues of project %s: %w", project, err)
			}
			out.Issues.Found += len(list.GetArray("items"))
			return string(list.GetStringBytes("next")), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// groups collects which bugs became which issues.
type groups struct {
	issuesOf map[[2]int][]int64
	bugsOf   map[int64][][2]int
}

func newGroups() *groups {
	return &groups{issuesOf: map[[2]int][]int64{}, bugsOf: map[int64][][2]int{}}
}

func (g *groups) add(project, bug int, issue int64) {
	key := [2]int{project, bug}
	if !slices.Contains(g.issuesOf[key], issue) {
		g.issuesOf[key] = append(g.issuesOf[key], issue)
		g.bugsOf[issue] = append(g.bugsOf[issue], key)
	}
}

func (g *groups) count(out *IssueCount) {
	out.Found = len(g.bugsOf)
	for _, issues := range g.issuesOf {
		if len(issues) > 1 {
			out.Split++
		}
	}
	for _, bugs := range g.bugsOf {
		if len(bugs) > 1 {
			out.Merged++
		}
	}
}
