package logentry

import (
	"slices"
	"strconv"
	"strings"
)

// StackFrame is one call of a stack given as text.
type StackFrame struct {
	Function string
	Module   string
	File     string
	Line     int
	Column   int
	// Source is the line of code, where the text has it.
	Source string
}

// maxStackFrames bounds the frames that are read of one text.
const maxStackFrames = 1000

// ParseStack reads the text of a stack, oldest call first. The form is told by
// the language, as OpenTelemetry names it, or by its looks where that is
// unknown. It returns nil for forms it does not know.
func ParseStack(text, language string) []StackFrame {
	var frames []StackFrame
	switch language {
	case "python":
		return pythonFrames(text)
	case "go":
		frames = goFrames(text)
	case "nodejs", "webjs", "javascript":
		frames = lineFrames(text, javascriptFrame)
	case "java", "kotlin", "scala":
		frames = lineFrames(text, javaFrame)
	case "dotnet":
		frames = lineFrames(text, dotnetFrame)
	case "ruby":
		frames = lineFrames(text, rubyFrame)
	default:
		return guessFrames(text)
	}
	slices.Reverse(frames)
	return frames
}

// guessFrames takes the form under which the text has frames at all.
func guessFrames(text string) []StackFrame {
	if strings.Contains(text, "Traceback (most recent call last)") {
		return pythonFrames(text)
	}
	if strings.HasPrefix(text, "goroutine ") {
		return ParseStack(text, "go")
	}
	for _, form := range []func(string) (StackFrame, bool){javaFrame, javascriptFrame, dotnetFrame, rubyFrame} {
		if frames := lineFrames(text, form); len(frames) > 0 {
			slices.Reverse(frames)
			return frames
		}
	}
	return nil
}

// lineFrames reads forms that have one frame a line. In Java's and .NET's
// texts the stack of a cause follows; only the first stack is read.
func lineFrames(text string, read func(line string) (StackFrame, bool)) (frames []StackFrame) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Caused by:") && len(frames) > 0 || len(frames) == maxStackFrames {
			break
		}
		if f, ok := read(line); ok {
			frames = append(frames, f)
		}
	}
	return frames
}

// javascriptFrame reads "at fn (file:line:column)" and "at file:line:column".
func javascriptFrame(line string) (f StackFrame, ok bool) {
	rest, ok := strings.CutPrefix(line, "at ")
	if !ok {
		return f, false
	}
	place := rest
	if open := strings.LastIndex(rest, " ("); open >= 0 && strings.HasSuffix(rest, ")") {
		f.Function, place = rest[:open], rest[open+2:len(rest)-1]
	} else {
		place = strings.TrimPrefix(place, "async ")
	}
	var column string
	place, column, ok = cutLast(place, ":")
	if !ok {
		return f, false
	}
	var lineNumber string
	if f.File, lineNumber, ok = cutLast(place, ":"); !ok {
		return f, false
	}
	f.Column, _ = strconv.Atoi(column)
	f.Line, _ = strconv.Atoi(lineNumber)
	return f, f.Line > 0 && f.File != ""
}

// javaFrame reads "at package.Class.method(File.java:12)".
func javaFrame(line string) (f StackFrame, ok bool) {
	rest, ok := strings.CutPrefix(line, "at ")
	open := strings.IndexByte(rest, '(')
	if !ok || open < 0 || !strings.HasSuffix(rest, ")") || strings.ContainsAny(rest[:open], " :") {
		return f, false
	}
	if _, name, found := cutLast(rest[:open], "/"); found { // "app//pkg.Class.method": the class loader
		f.Module, f.Function, ok = cutLast(name, ".")
	} else {
		f.Module, f.Function, ok = cutLast(rest[:open], ".")
	}
	file, number, _ := strings.Cut(rest[open+1:len(rest)-1], ":")
	f.File = file
	f.Line, _ = strconv.Atoi(number)
	return f, ok
}

// dotnetFrame reads "at Name.Space.Class.Method(args) in C:\file.cs:line 12".
func dotnetFrame(line string) (f StackFrame, ok bool) {
	rest, ok := strings.CutPrefix(line, "at ")
	open := strings.IndexByte(rest, '(')
	if !ok || open <= 0 {
		return f, false
	}
	if f.Module, f.Function, ok = cutLast(rest[:open], "."); !ok {
		return f, false
	}
	if _, place, found := strings.Cut(rest[open:], ") in "); found {
		file, number, _ := cutLast(place, ":line ")
		f.File = file
		f.Line, _ = strconv.Atoi(number)
	}
	return f, true
}

// rubyFrame reads "file.rb:12:in `method'".
func rubyFrame(line string) (f StackFrame, ok bool) {
	line = strings.TrimPrefix(line, "from ")
	place, name, ok := strings.Cut(line, ":in ")
	if !ok {
		return f, false
	}
	file, number, ok := cutLast(place, ":")
	f.File, f.Function = file, strings.Trim(name, "`'")
	f.Line, _ = strconv.Atoi(number)
	return f, ok && f.Line > 0
}

// goFrames reads the two lines a call takes in a goroutine's dump.
func goFrames(text string) (frames []StackFrame) {
	function := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		place, indented := strings.CutPrefix(line, "\t")
		switch {
		case trimmed == "" && len(frames) > 0 || len(frames) == maxStackFrames:
			return frames // the next goroutine
		case indented && function != "":
			place, _, _ = strings.Cut(strings.TrimSpace(place), " +0x")
			file, number, _ := cutLast(place, ":")
			f := StackFrame{File: file}
			f.Line, _ = strconv.Atoi(number)
			f.Module, f.Function = goName(function)
			frames = append(frames, f)
			function = ""
		case !strings.HasPrefix(trimmed, "goroutine "):
			function = trimmed
		}
	}
	return frames
}

// goName parts "path/pkg.(*Type).Method(0x1, …)" into package and function.
func goName(s string) (module, function string) {
	s = strings.TrimPrefix(s, "created by ")
	s, _, _ = strings.Cut(s, " in goroutine ")
	if strings.HasSuffix(s, ")") {
		if open := strings.LastIndexByte(s, '('); open > 0 {
			s = s[:open]
		}
	}
	slash := strings.LastIndexByte(s, '/') + 1
	dot := strings.IndexByte(s[slash:], '.')
	if dot < 0 {
		return "", s
	}
	return s[:slash+dot], s[slash+dot+1:]
}

// pythonFrames reads the last stack of a traceback, which is oldest first and
// has the line of code below each frame.
func pythonFrames(text string) (frames []StackFrame) {
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "Traceback (most recent call last)") {
			frames = nil // of the exception that was raised last
			continue
		}
		rest, ok := strings.CutPrefix(trimmed, `File "`)
		if !ok {
			if n := len(frames); n > 0 && frames[n-1].Source == "" && strings.HasPrefix(line, "    ") && strings.Trim(trimmed, "^~") != "" {
				frames[n-1].Source = trimmed
			}
			continue
		}
		file, rest, _ := strings.Cut(rest, `", line `)
		number, name, _ := strings.Cut(rest, ", in ")
		f := StackFrame{File: file, Function: name}
		f.Line, _ = strconv.Atoi(number)
		if len(frames) < maxStackFrames {
			frames = append(frames, f)
		}
	}
	return frames
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
