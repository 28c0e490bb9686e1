package pipeline

import "strings"

// pattern matches a whole text without regard to case; * stands for anything, also for nothing.
type pattern []string

func patterns(texts []string) []pattern {
	var out []pattern
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, strings.Split(strings.ToLower(t), "*"))
		}
	}
	return out
}

// matchAny reports whether one of the patterns matches; an empty text matches none.
func matchAny(list []pattern, text string) bool {
	if len(list) == 0 || text == "" {
		return false
	}
	text = strings.ToLower(text)
	for _, p := range list {
		if p.match(text) {
			return true
		}
	}
	return false
}

// match takes the parts between stars greedily from the left, which is enough for *.
func (p pattern) match(text string) bool {
	if len(p) == 1 {
		return text == p[0]
	}
	rest, ok := strings.CutPrefix(text, p[0])
	if !ok {
		return false
	}
	for _, part := range p[1 : len(p)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, p[len(p)-1])
}
