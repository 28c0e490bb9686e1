package grouping

import (
	"slices"
	"strings"
)

// splitTokens cuts a template at spaces and drops repeated groups of tokens.
func splitTokens(dst []string, template string) []string {
	for t := range strings.SplitSeq(template, " ") {
		if t == "" {
			continue
		}
		if len(dst) == maxTokens {
			break
		}
		dst = append(dst, t)
		dst = dropRepeat(dst)
	}
	return dst
}

// dropRepeat removes the last n tokens when they repeat the n before and hold a value.
func dropRepeat(t []string) []string {
	for n := 2; n <= 4 && 2*n <= len(t); n++ {
		a, b := t[len(t)-2*n:len(t)-n], t[len(t)-n:]
		if slices.Equal(a, b) && slices.ContainsFunc(b, hasPlaceholder) {
			return t[:len(t)-n]
		}
	}
	return t
}

// shapeOf is what a token is compared by: placeholders of all kinds and bare numbers are alike.
func shapeOf(t string) string {
	if digitsOnly(strings.Trim(t, "()[],.;:")) {
		return wildcard
	}
	if !hasPlaceholder(t) {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(t); {
		if n := placeholderAt(t, i); n > 0 {
			if !strings.HasSuffix(b.String(), wildcard) {
				b.WriteString(wildcard)
			}
			i += n
			continue
		}
		b.WriteByte(t[i])
		i++
	}
	s := b.String()
	if strings.Trim(s, "()[]{}<>*,.;:'\"#-") == "" {
		return wildcard
	}
	return s
}

// placeholderAt returns the length of a placeholder at i, 0 when there is none.
func placeholderAt(t string, i int) int {
	if t[i] != '<' {
		return 0
	}
	j := run(t, i+1, clsLower)
	if j < len(t) && t[j] == '>' && j > i+1 {
		return j + 1 - i
	}
	if strings.HasPrefix(t[i:], wildcard) {
		return len(wildcard)
	}
	return 0
}

func hasPlaceholder(t string) bool {
	for i := range len(t) {
		if placeholderAt(t, i) > 0 {
			return true
		}
	}
	return false
}
