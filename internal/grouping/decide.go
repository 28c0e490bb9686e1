package grouping

import (
	"github.com/mesher/mesher/internal/event"
)

// inApp is the verdict on one frame of the stack at hand.
type inApp uint8

const (
	appUnknown inApp = iota
	appYes
	appNo
	appNoise // no evidence at all: dropped before anything is chosen
)

// decision is how one event was grouped. Result and Explanation are two views of it.
type decision struct {
	g *Grouper
	e *event.Event
	s *scratch

	basis Basis
	// parts are what the primary hash is made of.
	parts []part
	// similar are the hashes that only link.
	similar []Hash
	// subject is the exception that counted, nil for messages and bare threads.
	subject *event.Exception
	// stack is the trace that counted and site what was taken from it.
	stack *event.Stacktrace
	site  site
	// template is the parameterized message, used or not.
	template string
	// maxFrames is how many frames the project's rules want to count, 0 for the default.
	maxFrames int
	// title and rule come from the project's rules.
	title string
	rule  string
	// why says in words why this basis was chosen.
	why string
}

// decide groups e. The parts live in s and are only valid until its next use.
func (g *Grouper) decide(e *event.Event, s *scratch) *decision {
	s.sites = s.sites[:0]
	d := &decision{g: g, e: e, s: s, parts: s.parts[:0]}
	d.automatic()
	d.override()
	s.parts = d.parts
	return d
}

// automatic takes the strongest evidence the event has.
func (d *decision) automatic() {
	path := d.exceptionPath()
	switch {
	case len(path) > 0 && !messageInDisguise(d.e, path):
		d.byException(path)
	case d.messageText() != "":
		d.byMessage()
	case d.byThread():
	default:
		d.byOrigin()
	}
}

func (d *decision) add(name, value string) {
	d.parts = append(d.parts, part{name, value})
}

// link adds a weaker hash for "similar issues".
func (d *decision) link(parts ...part) {
	d.similar = append(d.similar, d.hash(append([]part{{"similar", ""}}, parts...)))
}

// messageInDisguise finds the messages that JavaScript SDKs send as an exception
// without a type, to carry the stack of the place that reported it.
func messageInDisguise(e *event.Event, path []*event.Exception) bool {
	if len(path) != 1 || path[0].Type != "" {
		return false
	}
	m := path[0].Mechanism
	return m != nil && m.Synthetic || path[0].Value != "" && path[0].Value == e.Message.Formatted
}

// messageText is the text a message event is grouped by: its template when the
// client sent one, else what it said.
func (d *decision) messageText() string {
	m := &d.e.Message
	if m.Template != "" && (m.Formatted == "" || templated(m)) {
		return m.Template
	}
	if m.Formatted != "" {
		return m.Formatted
	}
	if n := len(d.e.Exceptions); n > 0 {
		return d.e.Exceptions[n-1].Value
	}
	return ""
}

// templated tells whether the message has a template with places for its parameters.
func templated(m *event.Message) bool {
	if m.Template == m.Formatted {
		return false
	}
	for i := range len(m.Template) {
		if c := m.Template[i]; c == '%' || c == '{' {
			return true
		}
	}
	return len(m.Params) > len("[]")
}

func (d *decision) byMessage() {
	text := d.messageText()
	d.basis, d.template = BasisMessage, Parameterize(text)
	d.why = "a message without an exception is grouped by its text"
	d.add("platform", familyOf(d.e.Platform).String())
	d.add("message", d.template)
	if l := d.e.Logger; l != "" && !defaultLogger(l, d.e.Platform) {
		d.add("logger", l)
	}
	if st := d.threadStack(); st != nil {
		if s := d.siteOf(st); len(s.keys) > 0 {
			d.link(part{"frame", s.keys[0].String()})
		}
	}
}

// defaultLogger tells logger names that only say that nobody named the logger.
func defaultLogger(logger, platform string) bool {
	switch logger {
	case platform, "root", "logger", "default", "sentry", "main", "console", "edge":
		return true
	}
	return familyOf(logger) != familyOther
}

// threadStack is the stack of the crashed thread, else the current, else the only one.
func (d *decision) threadStack() *event.Stacktrace {
	var current, any *event.Stacktrace
	stacks := 0
	for i := range d.e.Threads {
		t := &d.e.Threads[i]
		if t.Stacktrace == nil || len(t.Stacktrace.Frames) == 0 {
			continue
		}
		if t.Crashed {
			return t.Stacktrace
		}
		if t.Current && current == nil {
			current = t.Stacktrace
		}
		any = t.Stacktrace
		stacks++
	}
	switch {
	case current != nil:
		return current
	case stacks == 1:
		return any
	}
	return nil
}

func (d *decision) byThread() bool {
	st := d.threadStack()
	if st == nil {
		return false
	}
	s := d.siteOf(st)
	if len(s.keys) == 0 {
		return false
	}
	d.basis, d.stack, d.site = BasisStacktrace, st, s
	d.why = "a stack trace without exception or message is grouped by its frames"
	d.addSite(s)
	return true
}

// byOrigin groups what has no evidence by where it came from, never all together.
func (d *decision) byOrigin() {
	d.basis = BasisFallback
	d.why = "the event has no fingerprint, frame, exception or message; it is grouped by where it came from"
	origin := d.e.Transaction
	if origin == "" && d.e.Request != nil {
		origin = d.e.Request.URL
		if i := indexAny(origin, "?#"); i >= 0 {
			origin = origin[:i]
		}
	}
	d.add("platform", d.e.Platform)
	d.add("logger", d.e.Logger)
	d.add("origin", Parameterize(origin))
	d.add("level", d.e.Level.String())
	d.add("sdk", d.e.SDK.Name)
	if n := len(d.e.Exceptions); n > 0 {
		d.add("type", cleanType(d.e.Exceptions[n-1].Type))
	}
}

func indexAny(s, chars string) int {
	for i := range len(s) {
		for j := range len(chars) {
			if s[i] == chars[j] {
				return i
			}
		}
	}
	return -1
}

// result turns the decision into what is stored.
func (d *decision) result() Result {
	r := Result{Version: d.g.version, Basis: d.basis, Template: d.template, Similar: d.similar}
	r.Hashes = []Hash{d.hash(d.parts)}
	d.describe(&r)
	return r
}
