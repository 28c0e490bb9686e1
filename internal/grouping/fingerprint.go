package grouping

import (
	"bytes"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// maxFingerprint bounds the parts of a custom fingerprint.
const maxFingerprint = 32

// override replaces or extends the automatic parts by a fingerprint: that of a
// project rule, else the client's, else a built-in name.
func (d *decision) override() {
	if r := d.g.rules.fingerprintFor(d); r != nil {
		d.rule, d.title = r.text, cut(d.resolve(r.title), maxTitle)
		if !automaticFingerprint(r.parts) {
			d.custom(r.parts, "a fingerprint rule of the project matched: "+r.text)
		}
		return
	}
	if parts := d.e.Fingerprint; !automaticFingerprint(parts) {
		d.custom(parts, "the client sent a fingerprint")
		if d.e.Type == "csp" && bytes.Contains(d.e.Contexts, []byte(`"disposition":"report"`)) {
			// A policy on trial is not the policy in force: what it would block is another question.
			d.add("disposition", "report")
		}
		return
	}
	d.builtin()
}

// automaticFingerprint tells whether a fingerprint asks for nothing but the default.
func automaticFingerprint(parts []string) bool {
	seen := false
	for _, p := range parts {
		switch {
		case p == "":
		case variable(p) == "default" && !seen:
			seen = true
		default:
			return false
		}
	}
	return true
}

// variable returns the name inside "{{ name }}", empty when p is a literal.
func variable(p string) string {
	p = strings.TrimSpace(p)
	if len(p) < 4 || p[:2] != "{{" || p[len(p)-2:] != "}}" {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(p[2 : len(p)-2]))
}

// custom sets the fingerprint to parts, with variables resolved and {{ default }}
// standing for everything the event would have been grouped by.
func (d *decision) custom(parts []string, why string) {
	automatic := append([]part(nil), d.parts...)
	d.parts = d.parts[:0]
	d.basis = BasisCustom
	d.why = why
	for i, p := range parts {
		if i == maxFingerprint {
			break
		}
		if variable(p) == "default" {
			d.parts = append(d.parts, automatic...)
			continue
		}
		d.add("fingerprint", d.resolvePart(p))
	}
}

// resolvePart resolves one part. A literal is kept as it is, unless it repeats
// the event's own message, which then counts without its values.
func (d *decision) resolvePart(p string) string {
	v := variable(p)
	if v == "" {
		p = strings.TrimSpace(d.resolve(p))
		if p != "" && (p == d.e.Message.Formatted || d.subject != nil && p == d.subject.Value) {
			return Parameterize(p)
		}
		return p
	}
	if s, ok := d.field(v); ok {
		return s
	}
	return strings.TrimSpace(p)
}

// resolve replaces "{{ name }}" inside s.
func (d *decision) resolve(s string) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	var b strings.Builder
	for {
		open := strings.Index(s, "{{")
		if open < 0 {
			break
		}
		end := strings.Index(s[open:], "}}")
		if end < 0 {
			break
		}
		ref := s[open : open+end+2]
		b.WriteString(s[:open])
		if v, ok := d.field(variable(ref)); ok {
			b.WriteString(v)
		} else {
			b.WriteString(ref)
		}
		s = s[open+end+2:]
	}
	b.WriteString(s)
	return b.String()
}

// unknownVariable returns the first {{ name }} in a part that no event has a
// value for; empty when all are known. Clients may send such names, and then
// they are literal text; in a rule they are a mistake.
func unknownVariable(part string) string {
	empty := decision{e: &event.Event{}}
	for {
		open := strings.Index(part, "{{")
		if open < 0 {
			return ""
		}
		end := strings.Index(part[open:], "}}")
		if end < 0 {
			return ""
		}
		name := variable(part[open : open+end+2])
		if _, known := empty.field(name); !known && name != "default" {
			return name
		}
		part = part[open+end+2:]
	}
}

// field returns the value of a fingerprint variable; ok is false when there is no such variable.
func (d *decision) field(name string) (value string, ok bool) {
	if tag, is := strings.CutPrefix(name, "tags."); is {
		return d.tag(tag), true
	}
	e := d.e
	switch name {
	case "type", "error.type":
		if d.subject != nil {
			return cleanType(d.subject.Type), true
		}
		return "", true
	case "value", "error.value", "message":
		if d.subject != nil {
			return Parameterize(d.subject.Value), true
		}
		return Parameterize(d.messageText()), true
	case "transaction":
		return e.Transaction, true
	case "level":
		return e.Level.String(), true
	case "logger":
		return e.Logger, true
	case "release":
		return e.Release, true
	case "environment":
		return e.Environment, true
	case "platform":
		return e.Platform, true
	case "server_name":
		return e.ServerName, true
	}
	return d.frameField(name)
}

// tag finds a tag by its name in any case, because variables are.
func (d *decision) tag(name string) string {
	for _, t := range d.e.Tags {
		if strings.EqualFold(t.Key, name) {
			return t.Value
		}
	}
	switch name {
	case "environment":
		return d.e.Environment
	case "release":
		return d.e.Release
	case "server_name":
		return d.e.ServerName
	}
	return ""
}

// frameField resolves the variables of the nearest frame of the application.
func (d *decision) frameField(name string) (string, bool) {
	var f event.Frame
	if p := d.culpritFrame(); p != nil {
		f = *p
	}
	switch strings.TrimPrefix(name, "stack.") {
	case "function":
		return cleanFunction(frameFamily(d.e.Platform, &f), f.Function), true
	case "module":
		return cleanModule(frameFamily(d.e.Platform, &f), &f), true
	case "package":
		return packageName(f.Package), true
	case "path", "abs_path", "filename":
		return cleanFile(frameFamily(d.e.Platform, &f), &f), true
	}
	return "", false
}
