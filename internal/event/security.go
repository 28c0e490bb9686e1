package event

import (
	"net/url"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/fault"
)

// maxReports bounds the reports of one Reporting API request.
const maxReports = 100

// SecurityReports parts what a browser sent into single reports: the one
// object itself, or the items of a Reporting API list that are objects. It
// returns nil for anything else.
func SecurityReports(raw []byte) (reports [][]byte) {
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := parseJSON(p, raw)
	if err != nil {
		return nil
	}
	if v.Type() == fastjson.TypeObject {
		return [][]byte{raw}
	}
	for _, item := range array(v) {
		if item.Type() == fastjson.TypeObject && len(reports) < maxReports {
			reports = append(reports, item.MarshalTo(nil))
		}
	}
	return reports
}

// ParseSecurityReport reads one report of a Content Security Policy violation,
// old form or Reporting API, or of Expect-CT, as an event of type "csp"
// (PROTOCOL.md, §9). It fails with fault.Invalid on anything else.
func ParseSecurityReport(raw []byte, o ParseOptions) (*Event, error) {
	d := newDecoder(&o)
	d.e, d.chunk = &Event{}, 512
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := parseJSON(p, raw)
	if err != nil {
		return nil, err
	}
	if !d.report(v) {
		return nil, fault.New(fault.Invalid, "this is no security report: csp-report, expect-ct-report or a csp-violation is missing")
	}
	d.setID(nil)
	d.setTimes(nil)
	e := d.e
	e.Type, e.Level, e.Platform = "csp", LevelWarning, "javascript"
	e.Release = validVersion(o.Release, maxName)
	e.Environment = validVersion(o.Environment, maxShortName)
	e.SDK.Name = "browser"
	if ip := validAddress(o.RemoteIP); ip != "" && !d.scrub.ips {
		e.User = &User{IPAddress: ip}
	}
	return e, nil
}

// report reads what was reported, whichever form it has.
func (d *decoder) report(v *fastjson.Value) bool {
	if o := object(v.Get("csp-report")); o != nil {
		d.violation(v.Get("csp-report"), violation{
			document: "document-uri", directive: "effective-directive", violated: "violated-directive",
			blocked: "blocked-uri", referrer: "referrer",
		})
		return true
	}
	for _, name := range []string{"expect-ct-report", "expect-staple-report"} {
		if report := v.Get(name); object(report) != nil {
			d.certificate(name, report)
			return true
		}
	}
	if body := v.Get("body"); object(body) != nil && string(stringBytes(v.Get("type"))) == "csp-violation" {
		d.violation(body, violation{
			document: "documentURL", directive: "effectiveDirective", violated: "violatedDirective",
			blocked: "blockedURL", referrer: "referrer",
		})
		return true
	}
	return false
}

// violation names the members of a CSP report in one of its forms.
type violation struct {
	document, directive, violated, blocked, referrer string
}

func (d *decoder) violation(v *fastjson.Value, names violation) {
	e := d.e
	directive := d.word("effective_directive", v.Get(names.directive), maxName)
	if directive == "" {
		directive = d.word("violated_directive", v.Get(names.violated), maxName)
	}
	if directive, _, _ = strings.Cut(directive, " "); directive == "" {
		directive = "unknown-directive"
	}
	document := d.word("document_uri", v.Get(names.document), maxURL)
	blocked := blockedSource(d.word("blocked_uri", v.Get(names.blocked), maxURL), document)
	e.Message.Formatted = "Blocked " + directive + " from " + blocked
	e.Logger, e.Culprit = "csp", directive
	e.Fingerprint = []string{"csp", directive, blocked}
	e.Tags = []Tag{{Key: "effective-directive", Value: directive}, {Key: "blocked-uri", Value: string(d.cut("", []byte(blocked), maxTagValue))}}
	d.reportRequest(v.Get(names.document), d.word("referrer", v.Get(names.referrer), maxURL))
	e.Contexts = d.reportContext("csp", v)
}

func (d *decoder) certificate(name string, v *fastjson.Value) {
	e := d.e
	host := d.word("hostname", v.Get("hostname"), maxName)
	if host == "" {
		host = "an unknown host"
	}
	e.Message.Formatted = strings.TrimSuffix(name, "-report") + " failed for " + host
	e.Logger, e.Culprit = name, host
	e.Fingerprint = []string{name, host}
	d.reportRequest(nil, "")
	e.Contexts = d.reportContext(strings.ReplaceAll(name, "-", "_"), v)
}

// reportContext keeps the report itself as a context.
func (d *decoder) reportContext(name string, v *fastjson.Value) Bag {
	return d.write("contexts."+name, contextBudget, func(w *bagWriter) {
		w.dst = append(w.dst, '{')
		w.memberOf([]byte(name), v, contextBudget.depth-1, w.end-1)
		w.dst = append(w.dst, '}')
	})
}

func (d *decoder) reportRequest(document *fastjson.Value, referrer string) {
	r := &Request{}
	d.url(r, document)
	if referrer != "" {
		r.Headers = append(r.Headers, Tag{Key: "Referer", Value: string(d.clean("referrer", []byte(referrer)))})
	}
	if d.o.UserAgent != "" {
		r.Headers = append(r.Headers, Tag{Key: "User-Agent", Value: string(d.cut("user_agent", []byte(d.o.UserAgent), maxHeaderValue))})
	}
	if !r.empty() {
		d.e.Request = r
	}
}

// blockedSource names what was blocked so that reports about one host are
// alike: "inline", "eval", "data", "self" for the document's own host, or the host.
func blockedSource(blocked, document string) string {
	u, err := url.Parse(blocked)
	switch {
	case blocked == "" || blocked == "self":
		return "self"
	case err != nil || u.Scheme == "":
		return blocked
	case u.Host == "":
		return u.Scheme
	}
	if page, err := url.Parse(document); err == nil && page.Host == u.Host {
		return "self"
	}
	return u.Host
}
