package pipeline

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// violation is a browser's CSP report in its old form (report-uri) and in that
// of the Reporting API (PROTOCOL.md, §9).
type violation struct {
	CSP *struct {
		Document    string `json:"document-uri"`
		Directive   string `json:"effective-directive"`
		Violated    string `json:"violated-directive"`
		Blocked     string `json:"blocked-uri"`
		Source      string `json:"source-file"`
		Disposition string `json:"disposition"`
	} `json:"csp-report"`
	Type string `json:"type"`
	Body *struct {
		Document    string `json:"documentURL"`
		Directive   string `json:"effectiveDirective"`
		Blocked     string `json:"blockedURL"`
		Source      string `json:"sourceFile"`
		Disposition string `json:"disposition"`
	} `json:"body"`
}

// report is a violation in one form.
type report struct {
	document, directive, blocked, source, disposition string
}

func (v *violation) report() (report, bool) {
	switch {
	case v.CSP != nil:
		directive, _, _ := strings.Cut(cmp.Or(v.CSP.Directive, v.CSP.Violated), " ")
		return report{v.CSP.Document, directive, v.CSP.Blocked, v.CSP.Source, v.CSP.Disposition}, true
	case v.Body != nil && v.Type == "csp-violation":
		return report{v.Body.Document, v.Body.Directive, v.Body.Blocked, v.Body.Source, v.Body.Disposition}, true
	}
	return report{}, false
}

// decodeSecurity makes an event of a security report, grouped by directive and blocked host.
func decodeSecurity(r *eventlog.Record, rules *rules) outcome {
	var v violation
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return buried(r, "security report: "+err.Error())
	}
	rep, ok := v.report()
	if !ok {
		return dropped(r, store.Discarded, "unsupported")
	}
	raw, err := json.Marshal(rep.event(string(r.Body)))
	if err != nil {
		return buried(r, "security report: "+err.Error())
	}
	e, err := event.Parse(raw, parseOptions(r, rules))
	if err != nil {
		return buried(r, "security report: "+err.Error())
	}
	return finishEvent(r, rules, e)
}

func (r report) event(raw string) map[string]any {
	host := r.blockedHost()
	return map[string]any{
		"type": "csp", "level": "warning", "logger": "csp", "platform": "javascript",
		"message":     "Blocked '" + r.directive + "' from '" + host + "'",
		"fingerprint": []string{"csp", r.directive, host},
		"culprit":     r.directive,
		"request":     map[string]any{"url": r.document},
		"tags": map[string]string{
			"effective_directive": r.directive, "blocked_uri": host, "disposition": r.disposition,
		},
		"extra": map[string]any{"report": json.RawMessage(raw), "source_file": r.source},
	}
}

// blockedHost is the host of a blocked URL, or the keyword (inline, eval, data) that stands for it.
func (r report) blockedHost() string {
	u, err := url.Parse(r.blocked)
	if err != nil || u.Host == "" {
		scheme, _, _ := strings.Cut(r.blocked, ":")
		return cmp.Or(scheme, "self")
	}
	return u.Host
}
