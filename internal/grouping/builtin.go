package grouping

import "strings"

// builtinRule gives one name to failures whose texts and stacks differ in each event but whose remedy is one.
type builtinRule struct {
	name  string
	split func(d *decision) string // what still tells issues apart; nil for nothing
	match func(typ, value string) bool
}

// builtins returns the rules that every project starts with; "builtin:NAME off" turns one off.
func builtins() []builtinRule {
	return []builtinRule{
		{name: "chunk-load", match: chunkLoad},
		{name: "hydration", match: hydration, split: func(d *decision) string { return d.e.Transaction }},
		{name: "resize-observer", match: func(_, v string) bool { return strings.HasPrefix(v, "ResizeObserver loop ") }},
		{name: "script-error", match: func(_, v string) bool { return v == "Script error." || v == "Script error" }},
	}
}

// builtin applies the built-in rules of browsers.
func (d *decision) builtin() {
	fam := familyOf(d.e.Platform)
	if fam != familyJavaScript && fam != familyOther || d.subject == nil && d.basis != BasisMessage {
		return
	}
	typ, value := "", d.messageText()
	if d.subject != nil {
		typ, value = d.subject.Type, d.subject.Value
	}
	for _, r := range d.g.rules.builtins() {
		if !r.match(typ, value) {
			continue
		}
		d.rule = "builtin:" + r.name
		d.why = "the built-in rule " + r.name + " gives failures of this kind one issue"
		d.parts = d.parts[:0]
		d.add("builtin", r.name)
		if r.split != nil {
			d.add("split", r.split(d))
		}
		return
	}
}

func chunkLoad(typ, v string) bool {
	return strings.HasPrefix(typ, "ChunkLoadError") || strings.HasPrefix(v, "ChunkLoadError") ||
		strings.HasPrefix(v, "Loading chunk ") || strings.HasPrefix(v, "Loading CSS chunk ") ||
		strings.Contains(v, "dynamically imported module") || strings.HasPrefix(v, "Importing a module script failed") || strings.HasPrefix(v, "Unable to preload CSS for ")
}

func hydration(_, v string) bool {
	return strings.HasPrefix(v, "Hydration failed because ") || strings.HasPrefix(v, "Text content does not match server-rendered HTML") ||
		strings.HasPrefix(v, "There was an error while hydrating") || strings.HasPrefix(v, "Hydration completed but contains mismatches") ||
		strings.Contains(v, "Minified React error #418") || strings.Contains(v, "Minified React error #423") || strings.Contains(v, "Minified React error #425")
}
