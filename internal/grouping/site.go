package grouping

import (
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// grade says how much a site proves on its own.
type grade uint8

const (
	gradeNone   grade = iota
	gradeWeak         // needs the message beside it
	gradeNamed        // a named function of the application
	gradeSource       // with the line of source it broke on
)

// site is what a stack trace contributes: where it broke, nearest frame first.
type site struct {
	keys    []Key
	frames  []int // the frames that keys come from
	context string
	// source is the line of source as it was sent, to look for the message's own text in it.
	source string
	// loop is the recursion that led there, when the site itself is not part of it.
	loop  string
	grade grade
	// why says in words what was chosen.
	why string
}

// The most frames that are looked at, and that count when none is of the application.
const (
	maxLook   = 250
	maxSystem = 3
)

// siteOf picks the frames of st that count. The result's slices are fresh.
func (d *decision) siteOf(st *event.Stacktrace) site {
	if st == nil || len(st.Frames) == 0 {
		return site{}
	}
	for i := range d.s.sites {
		if d.s.sites[i].st == st {
			return d.s.sites[i].site
		}
	}
	v := d.verdicts(st)
	s := d.appSite(v)
	if len(s.keys) == 0 {
		s = d.systemSite(v)
	}
	d.s.sites = append(d.s.sites, knownSite{st, s})
	return s
}

// knownSite remembers the site of a stack trace while an event is grouped.
type knownSite struct {
	st   *event.Stacktrace
	site site
}

// appSite takes the nearest frame of the application, and further ones when
// that frame has no name, only passes errors on, or the project's rules want more.
func (d *decision) appSite(v *verdicts) site {
	var s site
	st := v.st
	want := max(d.g.rules.maxFrames, d.maxFrames, 1)
	for i := len(st.Frames) - 1; i >= 0 && len(s.frames) < maxFramesTop; i-- {
		if v.at(i) != appYes {
			continue
		}
		f := &st.Frames[i]
		k := FrameKey(d.e.Platform, f)
		if k.empty() || len(s.keys) > 0 && k == s.keys[len(s.keys)-1] {
			continue
		}
		if len(s.keys) == 0 {
			s.first(d, f, &k)
		}
		s.keys, s.frames = append(s.keys, k), append(s.frames, i)
		if k.Function == "" && s.grade == gradeWeak && !s.minified() || helperName(k.Function) {
			want = max(want, len(s.keys)+1)
		}
		if len(s.keys) >= want {
			break
		}
	}
	s.settle(v)
	return s
}

func (s *site) minified() bool { return s.why == whyMinified }

const (
	whyMinified = "the code is minified, so only the name of the bundle and the message count"
	whyNearest  = "the nearest frame of the application"
	whySource   = "the nearest frame of the application, with its line of source"
	whyHelper   = "the nearest frame only raises errors for its callers, so the next one and the message count too"
	whyNameless = "the nearest frame has no name, so the next one and the message count too"
	whySystem   = "no frame is of the application, so the nearest frames and the message count"
	whyOverflow = "the stack overflowed, so the recursion counts and not where it ran out"
)

// first grades the nearest frame of the application.
func (s *site) first(d *decision, f *event.Frame, k *Key) {
	fam := frameFamily(d.e.Platform, f)
	s.context = contextOf(f.ContextLine)
	if s.context != "" {
		s.grade, s.source, s.why = gradeSource, f.ContextLine, whySource
		return
	}
	if fam.js() && minifiedName(k.Where, k.Function, f.Column) {
		*k = Key{Where: minifiedFile(k.Where)}
		s.grade, s.why = gradeWeak, whyMinified
		return
	}
	if k.Function == "" {
		s.grade, s.why = gradeWeak, whyNameless
		return
	}
	s.grade, s.why = gradeNamed, whyNearest
}

// settle finishes a site once its frames are chosen.
func (s *site) settle(v *verdicts) {
	if len(s.keys) == 0 {
		return
	}
	if helperName(s.keys[0].Function) {
		s.grade, s.why = gradeWeak, whyHelper
	}
	if s.why == whyNameless && len(s.keys) > 1 && s.keys[1].Function != "" {
		// The named caller tells more than the file alone, and a browser that names the inner function must not split.
		s.keys, s.frames = s.keys[1:], s.frames[1:]
	}
	if s.grade == gradeNamed {
		s.loop = v.loopBelow(s.frames[0], s.keys[0])
	}
}

// systemSite is for traces without a frame of the application.
func (d *decision) systemSite(v *verdicts) site {
	st := v.st
	s := site{grade: gradeWeak, why: whySystem}
	for _, skip := range [...]inApp{appNoise, appUnknown} {
		for i := len(st.Frames) - 1; i >= 0 && len(s.keys) < maxSystem; i-- {
			if v.at(i) == skip {
				continue
			}
			k := FrameKey(d.e.Platform, &st.Frames[i])
			if k.Function == "" && (skip == appNoise || k.Where == "") || len(s.keys) > 0 && k == s.keys[len(s.keys)-1] {
				continue
			}
			s.keys, s.frames = append(s.keys, k), append(s.frames, i)
		}
		if len(s.keys) > 0 {
			return s
		}
		if frameFamily(d.e.Platform, &st.Frames[len(st.Frames)-1]).js() {
			break // polyfills call everything
		}
	}
	return site{}
}

// addSite puts a site into the fingerprint.
func (d *decision) addSite(s site) {
	for _, k := range s.keys {
		d.add("where", k.Where)
		d.add("function", k.Function)
	}
	if s.context != "" {
		d.add("source line", s.context)
	}
	if s.loop != "" {
		d.add("recursion", s.loop)
	}
}

// same tells whether two sites are one place.
func (s site) same(o site) bool {
	return len(s.keys) > 0 && len(o.keys) > 0 && s.keys[0] == o.keys[0] && s.context == o.context && s.grade >= gradeNamed && o.grade == s.grade
}

// contextOf returns a line of source in the form that counts: without white
// space and kinds of quotes. It is empty when the line says nothing: too long
// to be written by hand, cut by the client, or without words.
func contextOf(line string) string {
	if line == "" || len(line) > 400 || strings.Contains(line, "{snip}") {
		return ""
	}
	letters, changed, n := 0, false, 0
	for i := range len(line) {
		c := line[i]
		if isSpace(c) {
			changed = true
			continue
		}
		if c == '\'' || c == '`' {
			changed = true
		}
		if isLetter(c) || c >= 0x80 {
			letters++
		}
		n++
	}
	if letters < 3 || n > 120 {
		return ""
	}
	if !changed {
		return line
	}
	var buf [120]byte
	out := buf[:0]
	for i := range len(line) {
		switch c := line[i]; {
		case isSpace(c):
		case c == '\'' || c == '`':
			out = append(out, '"')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// helperName tells functions that raise errors on behalf of their callers.
func helperName(fn string) bool {
	if fn == "" {
		return false
	}
	if i := strings.LastIndexAny(fn, ".:#"); i >= 0 {
		fn = fn[i+1:]
	}
	switch fn {
	case "check", "must", "Must", "require", "ensure", "expect", "fail", "Fail", "abort", "panic", "invariant", "unwrap", "die", "bail", "Assert", "Check", "Throw", "Require":
		return true
	}
	return wordPrefix(fn, "assert") || wordPrefix(fn, "throw") || wordPrefix(fn, "raise") || wordPrefix(fn, "Throw") || wordPrefix(fn, "Assert")
}

// reporterName tells functions that send errors somewhere: the stack they leave is their own.
func reporterName(fn string) bool {
	if i := strings.LastIndexAny(fn, ".:#"); i >= 0 {
		fn = fn[i+1:]
	}
	fn = strings.TrimLeft(fn, "_")
	for _, verb := range [...]string{"capture", "report", "log", "notify", "handle", "Capture", "Report", "Log", "Notify", "Handle"} {
		if !wordPrefix(fn, verb) {
			continue
		}
		rest := strings.ToLower(strings.TrimLeft(fn[len(verb):], "_"))
		if rest == "" || hasAnyPrefix(rest, "err", "exception", "fail", "panic", "fatal", "warn", "message", "andmask", "tosentry") {
			return true
		}
	}
	return strings.HasSuffix(strings.ToLower(fn), "errorhandler")
}

// wordPrefix tells whether name starts with the word p: what follows starts a new word.
func wordPrefix(name, p string) bool {
	if !strings.HasPrefix(name, p) {
		return false
	}
	return len(name) == len(p) || !isLower(name[len(p)])
}
