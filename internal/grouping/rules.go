package grouping

import (
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
)

// Limits of a project's rules.
const (
	maxRulesText = 64 << 10
	maxRules     = 500
	maxPattern   = 256
	maxFramesTop = 20
)

// Rules are a project's rules for grouping, as ParseRules reads them. The zero
// value means none. They are immutable and safe for concurrent use.
type Rules struct {
	fingerprints []fingerprintRule
	stacks       []stackRule
	reporters    []string
	off          map[string]bool
	maxFrames    int
}

// fingerprintRule gives the events that match a fingerprint.
type fingerprintRule struct {
	text     string
	matchers []matcher
	parts    []string
	title    string
}

// stackRule changes what the frames that match count for.
type stackRule struct {
	matchers []matcher
	actions  []action
}

// action is "+app", "-group", "^-app", "max-frames=3".
type action struct {
	verdict   inApp // appYes, appNo, appNoise, or appUnknown for "+group"
	reach     byte  // '^' towards where it broke, 'v' towards the callers, 0 for the frame itself
	maxFrames int
}

// ParseRules reads rules in their text form, one a line:
//
//	error.type:DatabaseError message:"*timeout*" -> db-timeout {{ transaction }} title="Database timeout"
//	family:python module:vendored.* -app
//	function:retry_* -group
//	max-frames=3
//	reporter:sendToSlack*
//	builtin:hydration off
//
// Values are globs (* and ?), quoted when they hold spaces, compared without
// regard to case; "!" in front negates. Empty lines and lines that start with
// # are skipped. The error names the line and what to change.
func ParseRules(text string) (Rules, error) {
	var r Rules
	if len(text) > maxRulesText {
		return Rules{}, fault.Field("rules", "the rules are %d bytes long; shorten them to %d", len(text), maxRulesText)
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := r.parseLine(line); err != "" {
			return Rules{}, fault.Field("rules", "line %d: %s", n, err)
		}
		if len(r.fingerprints)+len(r.stacks)+len(r.reporters) > maxRules {
			return Rules{}, fault.Field("rules", "line %d: there are more than %d rules; remove or merge some", n, maxRules)
		}
	}
	return r, nil
}

// parseLine reads one rule; the text of the problem is empty when there is none.
func (r *Rules) parseLine(line string) (problem string) {
	words, problem := splitWords(line)
	if problem != "" {
		return problem
	}
	for i, w := range words {
		if w.text == "->" && !w.quoted {
			return r.parseFingerprint(line, words[:i], words[i+1:])
		}
	}
	first := words[0].text
	switch {
	case strings.HasPrefix(first, "builtin:"):
		return r.parseBuiltin(words)
	case strings.HasPrefix(first, "reporter:") && len(words) == 1:
		r.reporters = append(r.reporters, strings.ToLower(first[len("reporter:"):]))
		return ""
	}
	return r.parseStack(words)
}

func (r *Rules) parseBuiltin(words []ruleWord) string {
	name := strings.TrimPrefix(words[0].text, "builtin:")
	known := false
	var names []string
	for _, b := range builtins() {
		known = known || b.name == name
		names = append(names, b.name)
	}
	if !known {
		return "there is no built-in rule " + strconv.Quote(name) + "; the built-in rules are " + strings.Join(names, ", ")
	}
	if len(words) != 2 || words[1].text != "off" {
		return `write "builtin:` + name + ` off" to turn the built-in rule off`
	}
	if r.off == nil {
		r.off = map[string]bool{}
	}
	r.off[name] = true
	return ""
}

func (r *Rules) parseFingerprint(line string, left, right []ruleWord) string {
	rule := fingerprintRule{text: line}
	if len(left) == 0 {
		return `write at least one matcher before "->", such as error.type:TimeoutError`
	}
	for _, w := range left {
		m, problem := parseMatcher(w, false)
		if problem != "" {
			return problem
		}
		rule.matchers = append(rule.matchers, m)
	}
	for _, w := range right {
		if title, ok := strings.CutPrefix(w.text, "title="); ok {
			rule.title = title
			continue
		}
		p := strings.Trim(w.text, ",")
		if p == "" {
			continue
		}
		if name := unknownVariable(p); name != "" {
			return "there is no variable " + strconv.Quote(name) + "; use default, type, value, message, function, module, package, path, transaction, level, logger, release, environment, platform, server_name or tags.NAME"
		}
		rule.parts = append(rule.parts, p)
	}
	if len(rule.parts) == 0 {
		return `write a fingerprint behind "->", such as my-key or {{ default }}`
	}
	if len(rule.parts) > maxFingerprint {
		return "use at most " + strconv.Itoa(maxFingerprint) + " parts in a fingerprint"
	}
	r.fingerprints = append(r.fingerprints, rule)
	return ""
}

func (r *Rules) parseStack(words []ruleWord) string {
	var rule stackRule
	for _, w := range words {
		a, ok, problem := parseAction(w)
		if problem != "" {
			return problem
		}
		if ok {
			rule.actions = append(rule.actions, a)
			continue
		}
		if len(rule.actions) > 0 {
			return "write the matcher " + strconv.Quote(w.text) + " before the actions"
		}
		m, problem := parseMatcher(w, true)
		if problem != "" {
			return problem
		}
		rule.matchers = append(rule.matchers, m)
	}
	if len(rule.actions) == 0 {
		return `add what to do: "-> fingerprint" for events, or +app, -app, +group, -group, max-frames=N for frames`
	}
	if len(rule.matchers) == 0 {
		if len(rule.actions) == 1 && rule.actions[0].maxFrames > 0 {
			r.maxFrames = rule.actions[0].maxFrames
			return ""
		}
		return "write at least one matcher before the action, such as module:vendored.*"
	}
	r.stacks = append(r.stacks, rule)
	return ""
}

// parseAction reads an action; ok is false when w is none.
func parseAction(w ruleWord) (a action, ok bool, problem string) {
	s := w.text
	if n, is := strings.CutPrefix(s, "max-frames="); is {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 || v > maxFramesTop {
			return a, false, "max-frames must be a number from 1 to " + strconv.Itoa(maxFramesTop)
		}
		return action{maxFrames: v}, true, ""
	}
	if len(s) > 1 && (s[0] == '^' || s[0] == 'v') && (s[1] == '+' || s[1] == '-') {
		a.reach, s = s[0], s[1:]
	}
	switch s {
	case "+app":
		a.verdict = appYes
	case "-app":
		a.verdict = appNo
	case "-group":
		a.verdict = appNoise
	case "+group":
		a.verdict = appUnknown
	default:
		if s != "" && (s[0] == '+' || s[0] == '-') {
			return a, false, "unknown action " + strconv.Quote(s) + "; use +app, -app, +group, -group or max-frames=N"
		}
		return a, false, ""
	}
	return a, true, ""
}

// builtins returns the built-in rules that are on.
func (r *Rules) builtins() []builtinRule {
	all := builtins()
	if len(r.off) == 0 {
		return all
	}
	on := all[:0]
	for _, b := range all {
		if !r.off[b.name] {
			on = append(on, b)
		}
	}
	return on
}

// reporter tells whether a function only sends errors somewhere.
func (g *Grouper) reporter(fn string) bool {
	if reporterName(fn) {
		return true
	}
	for _, p := range g.rules.reporters {
		if glob(p, fn) {
			return true
		}
	}
	return false
}

// fingerprintFor returns the first rule that matches the event, nil when none does.
func (r *Rules) fingerprintFor(d *decision) *fingerprintRule {
	for i := range r.fingerprints {
		if d.matches(r.fingerprints[i].matchers) {
			return &r.fingerprints[i]
		}
	}
	return nil
}

// applyStack lets the stack trace rules change the verdicts on st, rule by rule.
func (r *Rules) applyStack(e *event.Event, st *event.Stacktrace, app []inApp) (maxFrames int) {
	for i := range r.stacks {
		rule := &r.stacks[i]
		for f := range st.Frames {
			if !matchesFrame(rule.matchers, e, st, f, app[f]) {
				continue
			}
			for _, a := range rule.actions {
				if a.maxFrames > 0 {
					maxFrames = a.maxFrames
					continue
				}
				a.apply(app, f)
			}
		}
	}
	return maxFrames
}

// apply changes the verdict on the frames the action reaches from f.
func (a action) apply(app []inApp, f int) {
	low, high := f, f+1
	switch a.reach {
	case '^':
		low, high = f+1, len(app)
	case 'v':
		low, high = 0, f
	}
	for i := low; i < high; i++ {
		if a.verdict != appUnknown {
			app[i] = a.verdict
		} else if app[i] == appNoise {
			app[i] = appNo
		}
	}
}
