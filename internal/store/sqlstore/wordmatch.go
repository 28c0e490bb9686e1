package sqlstore

import (
	"strings"

	"github.com/mesher/mesher/internal/wordindex"
)

// wordGroup are words of which a row must hold one.
type wordGroup struct {
	words []wordindex.Word
	// verified is set when the row or the summary of what is found is asked as
	// well: the words may then be left out.
	verified bool
}

// wordMatch asks for rows that hold one word of every group in all, and no
// word of none. Words hold only letters and digits, as search.Words and the
// tokens of words.go write them, so that they need no escaping.
type wordMatch struct {
	all  []wordGroup
	none []wordindex.Word
}

func (m *wordMatch) require(words ...wordindex.Word) {
	m.all = append(m.all, wordGroup{words: words})
}

// requireText requires the words of a text, of which the last may be the beginning of one.
func (m *wordMatch) requireText(words []string, prefix, verified bool) {
	for i, w := range words {
		last := wordindex.Word{Text: w, Prefix: prefix && i == len(words)-1}
		m.all = append(m.all, wordGroup{words: []wordindex.Word{last}, verified: verified})
	}
}

// empty reports whether no words are required.
func (m *wordMatch) empty() bool { return len(m.all) == 0 }

// nothing reports whether every row matches.
func (m *wordMatch) nothing() bool { return m.empty() && len(m.none) == 0 }

// tsMatch compares the words of row r with what tsQuery writes.
const tsMatch = "r.words @@ CAST(? AS tsquery)"

// tsQuery writes an expression for PostgreSQL (manual, 8.11.2).
func tsQuery(m *wordMatch) string {
	quote := func(w wordindex.Word) string {
		if w.Prefix {
			return "'" + w.Text + "':*"
		}
		return "'" + w.Text + "'"
	}
	either := func(words []wordindex.Word) string {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = quote(w)
		}
		return "(" + strings.Join(quoted, " | ") + ")"
	}
	var parts []string
	for _, group := range m.all {
		parts = append(parts, either(group.words))
	}
	for _, w := range m.none {
		parts = append(parts, "!"+quote(w))
	}
	return strings.Join(parts, " & ")
}
