package event

import (
	"math"
	"strings"

	"github.com/valyala/fastjson"
)

// stacktrace reads a stack, nil when it has no frames. Of a stack that is too
// deep the middle is left out.
func (d *decoder) stacktrace(v *fastjson.Value) *Stacktrace {
	if absent(v) {
		return nil
	}
	if s := d.knownStack(v); s != nil {
		return s
	}
	mark := d.push("stacktrace")
	defer d.pop(mark)
	s, items := &Stacktrace{}, array(v)
	if o := object(v); o != nil {
		items = array(o.Get("frames"))
		s.Omitted = omittedFrames(array(o.Get("frames_omitted")))
	}
	if len(items) == 0 {
		return nil
	}
	if cut := len(items) - maxFrames; cut > 0 {
		s.Omitted = [2]int{oldestFrames, oldestFrames + cut + s.Omitted[1] - s.Omitted[0]}
		kept := append(make([]*fastjson.Value, 0, maxFrames), items[:oldestFrames]...)
		items = append(kept, items[oldestFrames+cut:]...)
		d.note("frames", Trimmed, "the middle of a deep stack is left out")
	}
	s.Frames = make([]Frame, 0, len(items))
	inner := d.push("frames")
	defer d.pop(inner)
	for i, item := range items {
		if o := object(item); o != nil && o.Len() > 0 {
			s.Frames = append(s.Frames, Frame{})
			f := &s.Frames[len(s.Frames)-1]
			if d.frame(f, len(s.Frames)-1, len(items)-i <= framesInDetail, o); f.empty() {
				s.Frames = s.Frames[:len(s.Frames)-1]
			}
		}
	}
	if len(s.Frames) == 0 {
		return nil
	}
	return s
}

// omittedFrames reads the gap that an SDK left in a stack, [from, to); none where it makes no sense.
func omittedFrames(gap []*fastjson.Value) [2]int {
	if len(gap) != 2 {
		return [2]int{}
	}
	from, _ := integer(gap[0])
	to, _ := integer(gap[1])
	if from < 0 || to <= from || to > math.MaxInt32 {
		return [2]int{}
	}
	return [2]int{int(from), int(to)}
}

// empty tells whether f says nothing about where it is.
func (f *Frame) empty() bool {
	return f.Function == "" && f.RawFunction == "" && f.Module == "" && f.Filename == "" && f.AbsPath == "" &&
		f.Package == "" && f.InstructionAddr == "" && f.Line == 0 && !f.HasContext
}

// frame reads one call; its variables and source lines only when it is to be kept in detail.
func (d *decoder) frame(f *Frame, index int, detail bool, o *fastjson.Object) {
	mark := d.pushIndex(index)
	defer d.pop(mark)
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "function":
			f.Function = d.word("function", v, maxFunction)
		case "raw_function":
			f.RawFunction = d.word("raw_function", v, maxFunction)
		case "module":
			f.Module = d.word("module", v, maxModule)
		case "filename":
			f.Filename = d.word("filename", v, maxPath)
		case "abs_path":
			f.AbsPath = d.word("abs_path", v, maxPath)
		case "package":
			f.Package = d.word("package", v, maxPath)
		case "platform":
			f.Platform = d.word("platform", v, maxShortName)
		case "instruction_addr":
			f.InstructionAddr = d.word("instruction_addr", v, maxShortName)
		case "lineno":
			f.Line = d.position("lineno", v)
		case "colno":
			f.Column = d.position("colno", v)
		case "in_app":
			f.InApp = d.truth("in_app", v)
		default:
			if detail {
				d.frameDetail(f, string(key), v)
			}
		}
	})
	f.completePath()
}

func (d *decoder) frameDetail(f *Frame, key string, v *fastjson.Value) {
	switch key {
	case "context_line":
		if !absent(v) {
			f.ContextLine, f.HasContext = d.text("context_line", v, maxSourceLine), true
		}
	case "pre_context":
		items := array(v)
		f.PreContext = d.lines("pre_context", items[max(0, len(items)-maxContextLines):])
	case "post_context":
		items := array(v)
		f.PostContext = d.lines("post_context", items[:min(len(items), maxContextLines)])
	case "vars":
		f.Vars = d.bag("vars", v, varsBudget)
	}
}

func (d *decoder) lines(name string, items []*fastjson.Value) []string {
	if len(items) == 0 {
		return nil
	}
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = d.text(name, item, maxSourceLine)
	}
	return lines
}

// position reads a line or column number, 0 when there is none.
func (d *decoder) position(name string, v *fastjson.Value) int {
	n, ok := integer(v)
	if !ok || n < 0 || n > 1<<31 {
		d.dropUnlessAbsent(name, v, "not a position")
		return 0
	}
	return int(n)
}

// completePath fills in the one of filename and abs_path that is missing.
func (f *Frame) completePath() {
	switch {
	case f.AbsPath == "":
		f.AbsPath = f.Filename
		f.Filename = urlPath(f.Filename)
	case f.Filename == "":
		f.Filename = urlPath(f.AbsPath)
	}
}

// urlPath returns the path of an http(s) URL, and any other text unchanged.
func urlPath(s string) string {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return s
		}
	}
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return s
	}
	path := rest[slash:]
	if end := strings.IndexAny(path, "?#"); end > 0 {
		path = path[:end]
	}
	return path
}
