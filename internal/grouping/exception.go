package grouping

import (
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// maxChain bounds the exceptions of one chain that count: the nearest to the cause and the outermost.
const maxChain = 32

// exceptionPath returns the exceptions that count, cause first. Exception
// groups are folded: a group whose children are all alike counts as the first child.
func (d *decision) exceptionPath() []*event.Exception {
	all := d.e.Exceptions
	if len(all) > maxChain {
		all = all[len(all)-maxChain:]
	}
	path := make([]*event.Exception, 0, len(all))
	grouped := false
	for i := range all {
		x := &all[i]
		if x.Type == "" && x.Value == "" && (x.Stacktrace == nil || len(x.Stacktrace.Frames) == 0) {
			continue
		}
		path = append(path, x)
		if m := x.Mechanism; m != nil && m.IsExceptionGroup && m.ExceptionID != nil {
			grouped = true
		}
	}
	if grouped {
		return d.foldGroup(path)
	}
	return path
}

// foldGroup walks the tree from its root and keeps one child of each kind.
func (d *decision) foldGroup(all []*event.Exception) []*event.Exception {
	root := all[len(all)-1]
	for _, x := range all {
		if m := x.Mechanism; m != nil && m.ExceptionID != nil && m.ParentID == nil {
			root = x
		}
	}
	var chain []*event.Exception // outermost first
	for x := root; x != nil && len(chain) < maxChain; {
		children := childrenOf(all, x)
		kinds := d.distinct(children)
		group := x.Mechanism != nil && x.Mechanism.IsExceptionGroup
		switch {
		case len(kinds) == 0:
			chain = append(chain, x)
			x = nil
		case group && len(kinds) == 1:
			x = kinds[0]
		case group:
			chain = append(append(chain, x), kinds...)
			x = nil
		default:
			chain = append(chain, x)
			x = children[0]
		}
	}
	if len(chain) == 0 {
		return all
	}
	slices.Reverse(chain)
	return chain
}

// childrenOf returns the exceptions whose parent is x, by their identifiers.
func childrenOf(all []*event.Exception, x *event.Exception) []*event.Exception {
	if x.Mechanism == nil || x.Mechanism.ExceptionID == nil {
		return nil
	}
	var out []*event.Exception
	for _, c := range all {
		if m := c.Mechanism; c != x && m != nil && m.ParentID != nil && *m.ParentID == *x.Mechanism.ExceptionID {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *event.Exception) int { return int(exceptionID(a) - exceptionID(b)) })
	return out
}

func exceptionID(x *event.Exception) int64 {
	if x.Mechanism.ExceptionID == nil {
		return 0
	}
	return *x.Mechanism.ExceptionID
}

// distinct keeps the first child of each kind (type and place), ordered by type.
func (d *decision) distinct(children []*event.Exception) []*event.Exception {
	if len(children) < 2 {
		return children
	}
	seen := map[string]bool{}
	var out []*event.Exception
	for _, c := range children {
		kind := cleanType(c.Type)
		if s := d.siteOf(c.Stacktrace); s.grade >= gradeNamed {
			kind += "\x00" + s.keys[0].String() + "\x00" + s.context
		} else if genericType(familyOf(d.e.Platform), c.Type) {
			kind += "\x00" + Parameterize(c.Value)
		}
		if !seen[kind] {
			seen[kind] = true
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *event.Exception) int { return strings.Compare(a.Type, b.Type) })
	return out
}

// byException groups by the chain of exceptions.
func (d *decision) byException(path []*event.Exception) {
	outer := path[len(path)-1]
	d.subject = outer
	fam := familyOf(d.e.Platform)
	if fam.js() && outer.Mechanism != nil && outer.Mechanism.Synthetic {
		d.why = "the SDK made this exception up to report a value, so its stack is the SDK's own"
		d.byValue(path, outer)
		return
	}
	cause, s := d.cause(path)
	if cause != outer && d.siteOf(outer.Stacktrace).same(s) {
		// Caught and raised again on the spot: the wrapper says it all.
		cause, path = outer, path[len(path)-1:]
	}
	switch {
	case len(s.keys) == 0:
		d.why = "no exception has a stack trace with named frames"
		d.byValue(path, outer)
	case fam == familyGo && cause == outer && !runtimeGoType(outer.Type):
		d.byGoError(path, s)
	default:
		d.bySite(path, cause, s)
	}
}

// cause returns the exception whose stack counts: the innermost with a frame
// of the application, else the outermost with frames.
func (d *decision) cause(path []*event.Exception) (*event.Exception, site) {
	var last *event.Exception
	var lastSite site
	for _, x := range path {
		s := d.siteOf(x.Stacktrace)
		if len(s.keys) == 0 {
			continue
		}
		if s.why != whySystem {
			if overflowType(x) {
				if o, ok := d.overflow(x.Stacktrace); ok {
					s = o
				}
			}
			return x, s
		}
		last, lastSite = x, s
	}
	return last, lastSite
}

// addTypes adds the types of the chain, cause first; a type that repeats counts once.
func (d *decision) addTypes(path []*event.Exception) {
	prev := ""
	for i, x := range path {
		t := d.typeOf(x)
		if t != prev || i == 0 {
			d.add("type", t)
		}
		prev = t
	}
}

// typeOf is the type that counts: none when the SDK made it up.
func (d *decision) typeOf(x *event.Exception) string {
	if m := x.Mechanism; m != nil && m.Synthetic && !familyOf(d.e.Platform).js() {
		return ""
	}
	return cleanType(x.Type)
}

// bySite groups by types and frames, with the message where these say too little.
func (d *decision) bySite(path []*event.Exception, cause *event.Exception, s site) {
	d.basis, d.stack, d.site = BasisStacktrace, cause.Stacktrace, s
	d.why = "grouped by exception type and stack trace: " + s.why
	template, codes := parameterizeCodes(cause.Value)
	d.template = template
	d.addTypes(path)
	d.addSite(s)
	if d.needsMessage(cause, s) {
		d.add("message", d.template)
		d.link(d.parts[:len(d.parts)-1]...)
		return
	}
	if codes != "" {
		// 404 and 503 from one line of source are two problems.
		d.add("code", codes)
	}
	if cause.Value != "" {
		d.link(part{"type", d.typeOf(cause)}, part{"message", d.template})
	}
}

// needsMessage tells whether type and frames alone would merge unlike errors.
func (d *decision) needsMessage(x *event.Exception, s site) bool {
	if x.Value == "" || s.why == whyOverflow {
		return false
	}
	if s.grade == gradeWeak || d.g.reporter(s.keys[0].Function) {
		return true
	}
	if !genericType(familyOf(d.e.Platform), x.Type) {
		return false
	}
	return s.grade != gradeSource || !quotesMessage(s.source, x.Value)
}

// byValue groups by types and the parameterized value of the outermost exception.
func (d *decision) byValue(path []*event.Exception, x *event.Exception) {
	d.basis, d.template = BasisException, Parameterize(x.Value)
	if x.Value == "" && d.e.Message.Formatted != "" {
		d.template = Parameterize(d.e.Message.Formatted)
	}
	d.add("platform", familyOf(d.e.Platform).String())
	d.addTypes(path)
	d.add("message", d.template)
	if d.template == "" {
		d.add("origin", Parameterize(d.e.Transaction))
	}
}

// byGoError groups an error value of Go that has no stack of its own: the frames
// are of the place that reported it. A chain of wrappers tells by its texts where
// the error comes from, wherever it is reported.
func (d *decision) byGoError(path []*event.Exception, s site) {
	outer, root := path[len(path)-1], path[0]
	generic := genericType(familyGo, outer.Type)
	d.template = Parameterize(outer.Value)
	d.stack, d.site = outer.Stacktrace, s
	d.addTypes(path)
	switch {
	case generic && len(path) > 1 && outer.Value != "":
		d.basis, d.stack, d.site = BasisException, nil, site{}
		d.why = "a wrapped Go error has no stack of its own; its texts say where it comes from, wherever it was reported"
		d.add("message", d.template)
	case generic && outer.Value != "":
		d.basis = BasisStacktrace
		d.why = "a Go error without a type of its own is grouped by its text and the place that reported it"
		d.addSite(s)
		d.add("message", d.template)
	default:
		d.basis = BasisStacktrace
		d.why = "a Go error with a type of its own is grouped by types, root cause and the place that reported it"
		d.addSite(s)
		if d.g.reporter(s.keys[0].Function) || s.grade == gradeWeak {
			d.add("message", d.template)
		} else if len(path) > 1 {
			d.add("message", Parameterize(root.Value))
		}
	}
	d.link(part{"type", cleanType(outer.Type)}, part{"message", d.template})
}

// runtimeGoType tells the errors that the Go runtime raises: their stack is where it broke.
func runtimeGoType(t string) bool {
	return hasAnyPrefix(t, "runtime.", "*runtime.")
}

// quotesMessage tells whether a line of source holds the text of the message as a
// literal: then the line identifies the error better than the message with its values.
func quotesMessage(line, value string) bool {
	for i := 0; i < len(line); i++ {
		q := line[i]
		if q != '"' && q != '\'' && q != '`' {
			continue
		}
		end := strings.IndexByte(line[i+1:], q)
		if end < 0 {
			return false
		}
		if w := firstWord(line[i+1 : i+1+end]); w != "" && strings.Contains(value, w) {
			return true
		}
		i += end + 1
	}
	return false
}

// firstWord returns the first run of at least three letters of a literal.
func firstWord(lit string) string {
	for i := 0; i < len(lit); i++ {
		if isLetter(lit[i]) {
			j := run(lit, i, clsLetter)
			if j-i >= 3 && (i == 0 || lit[i-1] != '{' && lit[i-1] != '(') {
				return lit[i:j]
			}
			i = j
		}
	}
	return ""
}
