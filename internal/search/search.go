// Package search reads the search box: free text, key:value filters and
// negation. It is no boolean language: terms are joined by "and".
package search

import (
	"fmt"
	"strings"

	"github.com/mesher/mesher/internal/fault"
)

// Query is a parsed search.
type Query struct {
	Terms []Term
}

// Term is one condition. Offsets into the text let an error point at its term.
type Term struct {
	// Kind says how Value is read; Key is empty for free text.
	Kind Kind
	Key  string
	// Op is "=" unless the value began with >, >=, < or <=.
	Op     string
	Value  string
	Negate bool
	// Phrase is set for quoted free text, Prefix for text that ended in *.
	Phrase bool
	Prefix bool
	Start  int
	End    int
}

// Matches reports whether a text is the term's value, or begins with it.
func (t Term) Matches(text string) bool {
	return text == t.Value || t.Prefix && strings.HasPrefix(text, t.Value)
}

// Refuse returns an error that points at the term and says what to change, for
// whoever finds only later that a term does not fit.
func (t Term) Refuse(format string, args ...any) error {
	text := t.Value
	if t.Key != "" {
		text = t.Key + ":" + strings.TrimPrefix(t.Op, "=") + t.Value
	}
	return fault.Field("query", "%s at position %d: %s", text, t.Start+1, fmt.Sprintf(format, args...))
}
