package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// A template is one variant of one bug, rendered but for the parts that differ
// from event to event. Those all come first in the event, so that everything
// behind them is one block of bytes that never changes and is compressed once.
type template struct {
	bug      int
	platform string
	// fixed is the head between timestamp and user: platform, level, release and the like.
	fixed string
	// path and agent go into the request; kind and message into the exception.
	path, agent, method string
	kind                string
	message             []piece
	// tail closes the exception's value, then follow stack, breadcrumbs and contexts.
	tail []byte
	// deflated is tail as whole deflate blocks that end on a byte's border.
	deflated []byte
}

// frame is one stack frame as SDKs send it.
type frame struct {
	Function    string         `json:"function"`
	Module      string         `json:"module,omitempty"`
	Filename    string         `json:"filename,omitempty"`
	AbsPath     string         `json:"abs_path,omitempty"`
	Lineno      int            `json:"lineno"`
	Colno       int            `json:"colno,omitempty"`
	InApp       bool           `json:"in_app"`
	PreContext  []string       `json:"pre_context,omitempty"`
	ContextLine string         `json:"context_line,omitempty"`
	PostContext []string       `json:"post_context,omitempty"`
	Vars        map[string]any `json:"vars,omitempty"`
}

type object = map[string]any

// exceptionTail is what follows the value inside the exception.
type exceptionTail struct {
	Module     string `json:"module,omitempty"`
	Mechanism  object `json:"mechanism"`
	Stacktrace struct {
		Frames []frame `json:"frames"`
	} `json:"stacktrace"`
}

// eventTail is what follows the exception inside the event.
type eventTail struct {
	Breadcrumbs struct {
		Values []object `json:"values"`
	} `json:"breadcrumbs"`
	Contexts object `json:"contexts"`
	SDK      object `json:"sdk"`
	Extra    object `json:"extra"`
}

// templateConfig says which variant of which bug, what the whole event should
// weigh in bytes, and when it happens.
type templateConfig struct {
	bug, variant, size int
	now                time.Time
}

// newTemplate renders a variant of a bug. Variants share the exception, the
// stack and the message; they differ in what led there.
func newTemplate(c templateConfig) *template {
	bug, variant := c.bug, c.variant
	names := namesOf(bug)
	lang := languageOf(bug)
	t := &template{
		bug:      bug,
		platform: lang.platform,
		kind:     lang.exceptionType(names),
		message:  messageOf(bug, names),
		method:   []string{"POST", "GET", "PUT"}[bug%3],
		path:     "/" + names.area + "/" + names.noun + "s/",
		agent:    lang.agent,
	}
	t.fixed = fmt.Sprintf(`,"platform":%q,"level":%q,"logger":"%s.%s","release":"%s@%d.%d.%d","environment":%q,"transaction":"%s{id}/%s"`,
		lang.platform, levelOf(bug), names.area, names.noun, "shop", 4+bug%3, bug%20, variant,
		[]string{"production", "production", "production", "staging"}[variant%4], t.path, names.verb)
	t.tail = renderTail(c)
	return t
}

// headSize is about what an event's changing head weighs.
const headSize = 1050

func levelOf(bug int) string {
	switch {
	case bug%31 == 7:
		return "fatal"
	case bug%17 == 5:
		return "warning"
	}
	return "error"
}

// renderTail makes the unchanging rest of the event, about size bytes long.
// All variants get the stack that suits the first, so that they group alike.
func renderTail(c templateConfig) []byte {
	lang, n, stable := languageOf(c.bug), namesOf(c.bug), rand.New(rand.NewPCG(uint64(c.bug), golden))
	rest := func(variant int) eventTail {
		return newEventTail(lang, n, rand.New(rand.NewPCG(uint64(c.bug), uint64(variant))), c.now)
	}
	var ex exceptionTail
	ex.Module = n.area
	ex.Mechanism = object{"type": lang.mechanism, "handled": stable.IntN(3) > 0}
	ex.Stacktrace.Frames = lang.stack(n, stable, frameCount(stable))

	room := c.size*(80+stable.IntN(41))/100 - headSize - len(joinTail(ex, rest(0)))
	room -= addSource(ex.Stacktrace.Frames, n, stable, room)
	addVars(ex.Stacktrace.Frames, n, stable, room)
	return joinTail(ex, rest(c.variant))
}

func newEventTail(lang language, n names, r *rand.Rand, now time.Time) eventTail {
	rest := eventTail{Contexts: lang.contexts(r), SDK: lang.sdk(), Extra: object{"attempt": r.IntN(5), "job": n.verb + "-" + n.noun}}
	rest.Breadcrumbs.Values = breadcrumbs(n, r, now)
	return rest
}

// frameCount lies between 14 and 35, more often near the lower end.
func frameCount(r *rand.Rand) int {
	u := r.Float64()
	return 14 + int(22*u*u)
}

// joinTail writes `","module":…}]},"breadcrumbs":…}`: the exception's value is open in front of it.
func joinTail(ex exceptionTail, rest eventTail) []byte {
	return fmt.Appendf(nil, `",%s]},%s`, mustJSON(ex)[1:], mustJSON(rest)[1:])
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of plain values come here
	}
	return b
}

// addSource gives frames, nearest first, their line and then the lines around
// it until about room bytes are used, and returns how many were.
func addSource(frames []frame, n names, r *rand.Rand, room int) (used int) {
	for round := range 6 {
		for i := len(frames) - 1; i >= 0; i-- {
			if used >= room {
				return used
			}
			used += frames[i].addLines(n, r, round)
		}
	}
	return used
}

// addLines adds the line itself in the first round and one on either side in
// each later one. It returns about how many bytes of JSON that makes.
func (f *frame) addLines(n names, r *rand.Rand, round int) int {
	if round == 0 {
		if f.ContextLine == "" {
			f.ContextLine = codeLine(n, r, f.Lineno)
		}
		return len(f.ContextLine) + len(`"context_line":"",`)
	}
	before, after := codeLine(n, r, round), codeLine(n, r, round+1)
	f.PreContext = append(f.PreContext, before)
	f.PostContext = append(f.PostContext, after)
	used := len(before) + len(after) + 6
	if round == 1 {
		used += len(`"pre_context":[],"post_context":[],`)
	}
	return used
}

// addVars fills what is still missing with local variables, as Python and Ruby send them.
func addVars(frames []frame, n names, r *rand.Rand, room int) {
	each := room / len(frames) / 3
	if each < 16 {
		return
	}
	for i := range frames {
		frames[i].Vars = object{}
		for _, name := range []string{n.noun, n.area, "request"} {
			value := fmt.Sprintf("<%s object at 0x7f%010x> ", title(n.noun), r.Uint64()>>24)
			for len(value)+len(name)+6 < each {
				value += codeLine(n, r, len(value))
			}
			frames[i].Vars[name] = value
		}
	}
}

func breadcrumbs(n names, r *rand.Rand, now time.Time) []object {
	crumbs := make([]object, 10)
	for i := range crumbs {
		at := float64(now.UnixMilli()-int64(r.IntN(10_000))-int64(len(crumbs)-i)*10_000) / 1000
		switch r.IntN(3) {
		case 0:
			crumbs[i] = object{"timestamp": at, "type": "http", "category": "httplib", "level": "info",
				"data": object{"url": fmt.Sprintf("http://%s/%s/%d", n.area, n.noun, r.IntN(100_000)), "method": "GET", "status_code": 200}}
		case 1:
			crumbs[i] = object{"timestamp": at, "category": "query", "level": "info",
				"message": fmt.Sprintf("SELECT * FROM %s WHERE id = %d", n.noun, r.IntN(100_000))}
		default:
			crumbs[i] = object{"timestamp": at, "category": n.area + "." + n.noun, "level": "warning",
				"message": fmt.Sprintf("%s of %s took %d ms", n.verb, n.noun, r.IntN(3000))}
		}
	}
	return crumbs
}
