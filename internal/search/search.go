// Package search reads the search box: free text, key:value filters and
// negation. It is no boolean language: terms are joined by "and".
package search

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
