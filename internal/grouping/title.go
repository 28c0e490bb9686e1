package grouping

import (
	"strings"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/event"
)

// Limits of what is shown, in bytes.
const (
	maxTitle   = 256
	maxCulprit = 200
)

// describe fills type, value, title and culprit.
func (d *decision) describe(r *Result) {
	if x := d.subject; x != nil {
		r.Type, r.Value = x.Type, x.Value
	} else {
		r.Value = d.e.Message.Formatted
		if r.Value == "" {
			r.Value = d.messageText()
		}
	}
	r.Title = d.title
	if r.Title == "" {
		r.Title = titleOf(r.Type, r.Value)
	}
	if r.Title == "" {
		r.Title = untitled(d.e)
	}
	r.Culprit = d.culprit()
	if d.template == "" {
		r.Template = Parameterize(r.Value)
	}
}

// titleOf is "Type: first line of the value".
func titleOf(typ, value string) string {
	line := cleanLine(firstLine(value))
	if typ != "" {
		line = strings.TrimPrefix(line, cleanLine(typ)+": ")
	}
	switch {
	case typ == "":
		return cut(line, maxTitle)
	case line == "":
		return cut(cleanLine(typ), maxTitle)
	}
	return cut(cleanLine(typ)+": "+line, maxTitle)
}

// untitled names an event that has neither exception nor message.
func untitled(e *event.Event) string {
	switch {
	case e.Transaction != "":
		return cut("Event in "+cleanLine(e.Transaction), maxTitle)
	case e.Logger != "":
		return cut("Event of "+cleanLine(e.Logger), maxTitle)
	}
	return "Event without a message"
}

// culprit is the transaction, else where it broke.
func (d *decision) culprit() string {
	if t := d.e.Transaction; t != "" {
		return cut(cleanLine(t), maxCulprit)
	}
	if f := d.culpritFrame(); f != nil {
		return cut(cleanLine(frameLabel(f)), maxCulprit)
	}
	return cut(cleanLine(d.e.Culprit), maxCulprit)
}

// culpritFrame is the nearest frame of the application, else the nearest frame.
func (d *decision) culpritFrame() *event.Frame {
	st := d.stack
	if st == nil && d.subject != nil {
		st = d.subject.Stacktrace
	}
	if st == nil {
		st = d.threadStack()
	}
	if st == nil || len(st.Frames) == 0 {
		return nil
	}
	if len(d.site.frames) > 0 && st == d.stack {
		return &st.Frames[d.site.frames[0]]
	}
	app := d.verdicts(st)
	for i := len(st.Frames) - 1; i >= 0; i-- {
		if app.at(i) == appYes {
			return &st.Frames[i]
		}
	}
	return &st.Frames[len(st.Frames)-1]
}

// frameLabel is "function in module" or "function in file".
func frameLabel(f *event.Frame) string {
	where := f.Module
	if where == "" {
		where = f.Filename
	}
	if where == "" {
		where = f.AbsPath
	}
	switch {
	case f.Function == "":
		return where
	case where == "":
		return f.Function
	}
	return f.Function + " in " + where
}

// cut shortens s to at most n bytes of whole characters, marking the cut.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := n - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// cleanLine puts s on one line and removes control characters.
func cleanLine(s string) string {
	clean := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
