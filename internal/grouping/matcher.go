package grouping

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// matcher is one condition of a rule: key:glob, negated with "!" in front.
type matcher struct {
	key    string
	globs  []string // lower case; any may match
	negate bool
}

// ruleWord is one word of a rule.
type ruleWord struct {
	text   string
	quoted bool // it starts with a quote
}

// splitWords cuts a rule at spaces outside quotes and {{ }}; quotes are removed, \" is a quote.
func splitWords(line string) (words []ruleWord, problem string) {
	var b strings.Builder
	inWord, quoted, open := false, false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case open && c == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\'):
			i++
			b.WriteByte(line[i])
		case c == '"':
			if !inWord {
				quoted = true
			}
			open, inWord = !open, true
		case !open && strings.HasPrefix(line[i:], "{{"):
			end := strings.Index(line[i:], "}}")
			if end < 0 {
				return nil, "close the {{ with }}"
			}
			b.WriteString(line[i : i+end+2])
			i += end + 1
			inWord = true
		case !open && isSpace(c):
			if inWord {
				words = append(words, ruleWord{b.String(), quoted})
				b.Reset()
				inWord, quoted = false, false
			}
		default:
			b.WriteByte(c)
			inWord = true
		}
	}
	if open {
		return nil, `close the quote "`
	}
	if inWord {
		words = append(words, ruleWord{b.String(), quoted})
	}
	return words, ""
}

var matcherKeys = []string{
	"type", "value", "message", "logger", "level", "transaction", "release", "environment", "platform", "sdk",
	"family", "function", "module", "path", "package", "app",
}

// parseMatcher reads key:value; frames says that the rule is about frames.
func parseMatcher(w ruleWord, frames bool) (matcher, string) {
	s := w.text
	m := matcher{}
	if rest, ok := strings.CutPrefix(s, "!"); ok {
		m.negate, s = true, rest
	}
	key, value, ok := strings.Cut(s, ":")
	if !ok || key == "" {
		return m, "write " + strconv.Quote(w.text) + " as key:value, such as type:TimeoutError"
	}
	if value == "" {
		return m, "write a value behind " + strconv.Quote(key+":")
	}
	if len(value) > maxPattern {
		return m, "shorten the value of " + key + " to " + strconv.Itoa(maxPattern) + " bytes"
	}
	m.key = canonicalKey(key)
	if m.key == "" {
		return m, "unknown key " + strconv.Quote(key) + "; use one of " + strings.Join(matcherKeys, ", ") + ", tags.NAME"
	}
	if frames && !frameRuleKey(m.key) {
		return m, key + " cannot be used for frames; use family, function, module, path, package, app, type or value"
	}
	value = strings.ToLower(value)
	m.globs = []string{value}
	if m.key == "family" || m.key == "platform" || m.key == "level" {
		m.globs = strings.Split(value, ",")
	}
	return m, ""
}

// canonicalKey returns the short name of a key, empty when there is no such key.
func canonicalKey(key string) string {
	if strings.HasPrefix(key, "tags.") && len(key) > len("tags.") {
		return key
	}
	switch key {
	case "error.type", "exception.type":
		return "type"
	case "error.value", "exception.value":
		return "value"
	case "stack.abs_path", "stack.path", "abs_path", "filename", "stack.filename":
		return "path"
	}
	key = strings.TrimPrefix(key, "stack.")
	if slices.Contains(matcherKeys, key) {
		return key
	}
	return ""
}

func frameKey(key string) bool {
	switch key {
	case "function", "module", "path", "package", "app":
		return true
	}
	return false
}

func frameRuleKey(key string) bool {
	return frameKey(key) || key == "family" || key == "type" || key == "value"
}

// matches tells whether all matchers hold for the event. Those about frames
// must all hold for one frame of the stack trace that counts.
func (d *decision) matches(ms []matcher) bool {
	frames := false
	for _, m := range ms {
		if frameKey(m.key) {
			frames = true
			continue
		}
		if m.eventMatches(d) == m.negate {
			return false
		}
	}
	if !frames {
		return true
	}
	st := d.stackForRules()
	if st == nil {
		return false
	}
	app := d.verdicts(st)
	for i := range st.Frames {
		if matchesFrame(slices.DeleteFunc(slices.Clone(ms), func(m matcher) bool { return !frameKey(m.key) }), d.e, st, i, app.at(i)) {
			return true
		}
	}
	return false
}

// stackForRules is the stack that counts, else the one of the outermost exception or the thread.
func (d *decision) stackForRules() *event.Stacktrace {
	if d.stack != nil {
		return d.stack
	}
	if d.subject != nil && d.subject.Stacktrace != nil {
		return d.subject.Stacktrace
	}
	return d.threadStack()
}

// eventMatches tells whether the glob holds for a field of the event, whichever exception of the chain it is.
func (m *matcher) eventMatches(d *decision) bool {
	e := d.e
	switch m.key {
	case "type", "value":
		for i := range e.Exceptions {
			v := e.Exceptions[i].Type
			if m.key == "value" {
				v = e.Exceptions[i].Value
			}
			if m.any(v) {
				return true
			}
		}
		return false
	case "message":
		if m.any(e.Message.Formatted) || e.Message.Template != "" && m.any(e.Message.Template) {
			return true
		}
		for i := range e.Exceptions {
			if m.any(e.Exceptions[i].Value) {
				return true
			}
		}
		return false
	case "family":
		return m.any(familyOf(e.Platform).String()) || m.any(e.Platform)
	case "sdk":
		return m.any(e.SDK.Name)
	}
	v, _ := d.field(m.key)
	return m.any(v)
}

func (m *matcher) any(v string) bool {
	for _, g := range m.globs {
		if glob(g, v) {
			return true
		}
	}
	return false
}

// matchesFrame tells whether all matchers hold for frame i of st.
func matchesFrame(ms []matcher, e *event.Event, st *event.Stacktrace, i int, app inApp) bool {
	f := &st.Frames[i]
	for k := range ms {
		if ms[k].frameMatches(e, st, f, app) == ms[k].negate {
			return false
		}
	}
	return true
}

func (m *matcher) frameMatches(e *event.Event, st *event.Stacktrace, f *event.Frame, app inApp) bool {
	switch m.key {
	case "function":
		return m.any(f.Function) || m.any(cleanFunction(frameFamily(e.Platform, f), f.Function))
	case "module":
		return m.any(f.Module)
	case "path":
		return m.any(f.AbsPath) || m.any(f.Filename)
	case "package":
		return m.any(f.Package) || m.any(packageName(f.Package))
	case "app":
		want := m.globs[0] == "yes" || m.globs[0] == "true" || m.globs[0] == "1"
		return (app == appYes) == want
	case "family":
		return m.any(frameFamily(e.Platform, f).String()) || m.any(e.Platform)
	}
	for i := range e.Exceptions {
		if x := &e.Exceptions[i]; x.Stacktrace == st {
			if m.key == "type" {
				return m.any(x.Type)
			}
			return m.any(x.Value)
		}
	}
	return false
}

// maxGlobbed bounds what a glob is compared with, in bytes.
const maxGlobbed = 4096

// glob tells whether the lower-case pattern matches s in any case: * stands for
// any text, ? for one byte. It goes back to the last * only.
func glob(pattern, s string) bool {
	if len(s) > maxGlobbed {
		s = s[:maxGlobbed]
	}
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		c := s[i]
		if isUpper(c) {
			c |= 0x20
		}
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == c || pattern[p] == '?'):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
