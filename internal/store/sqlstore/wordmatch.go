package sqlstore

import (
	"slices"
	"strings"
)

// word is a word of the index, or the beginning of one.
type word struct {
	text   string
	prefix bool
}

// wordGroup are words of which a row must hold one.
type wordGroup struct {
	words []word
	// verified is set when the row or the summary of what is found is asked as
	// well: the words may then be left out.
	verified bool
}

// wordMatch asks for rows that hold one word of every group in all, and no
// word of none. Words hold only letters and digits, as search.Words and the
// tokens of words.go write them, so that they need no escaping.
type wordMatch struct {
	all  []wordGroup
	none []word
}

// issueTokens are those of an issue under all of its ids, which rows hold as well.
func issueTokens(ids []int64) wordGroup {
	group := wordGroup{verified: true}
	for _, id := range ids {
		group.words = append(group.words, word{text: issueToken(id)})
	}
	return group
}

func (m *wordMatch) require(words ...word) { m.all = append(m.all, wordGroup{words: words}) }

// requireText requires the words of a text, of which the last may be the beginning of one.
func (m *wordMatch) requireText(words []string, prefix, verified bool) {
	for i, w := range words {
		m.all = append(m.all, wordGroup{words: []word{{w, prefix && i == len(words)-1}}, verified: verified})
	}
}

// clone returns a copy of which more can be required.
func (m *wordMatch) clone() *wordMatch { return &wordMatch{all: slices.Clone(m.all), none: m.none} }

// empty reports whether no words are required.
func (m *wordMatch) empty() bool { return len(m.all) == 0 }

// nothing reports whether every row matches.
func (m *wordMatch) nothing() bool { return m.empty() && len(m.none) == 0 }

// matches reports whether a row with these words does.
func (m *wordMatch) matches(words []string) bool {
	holds := func(w word) bool {
		return slices.ContainsFunc(words, func(has string) bool { return has == w.text || w.prefix && strings.HasPrefix(has, w.text) })
	}
	for _, group := range m.all {
		if !slices.ContainsFunc(group.words, holds) {
			return false
		}
	}
	return !slices.ContainsFunc(m.none, holds)
}

func prefixed(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.prefix })
}

// matchFTS5 writes the expression for SQLite (FTS5, §3).
func matchFTS5(m *wordMatch) string {
	quote := func(w word) string {
		if w.prefix {
			return `"` + w.text + `"*`
		}
		return `"` + w.text + `"`
	}
	expression := "(" + join(m.all, quote, " OR ", " AND ") + ")"
	for _, w := range m.none {
		expression += " NOT " + quote(w)
	}
	return expression
}

// matchTSQuery writes the expression for PostgreSQL (manual, 8.11.2).
func matchTSQuery(m *wordMatch) string {
	quote := func(w word) string {
		if w.prefix {
			return "'" + w.text + "':*"
		}
		return "'" + w.text + "'"
	}
	var parts []string
	if !m.empty() {
		parts = append(parts, join(m.all, quote, " | ", " & "))
	}
	for _, w := range m.none {
		parts = append(parts, "!"+quote(w))
	}
	return strings.Join(parts, " & ")
}

func join(groups []wordGroup, quote func(word) string, or, and string) string {
	list := make([]string, len(groups))
	for i, group := range groups {
		quoted := make([]string, len(group.words))
		for j, w := range group.words {
			quoted[j] = quote(w)
		}
		list[i] = "(" + strings.Join(quoted, or) + ")"
	}
	return strings.Join(list, and)
}
