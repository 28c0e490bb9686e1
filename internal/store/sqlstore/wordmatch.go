package sqlstore

import "strings"

// word is a word of the index, or the beginning of one.
type word struct {
	text   string
	prefix bool
}

// wordMatch asks for rows that hold one word of every group in all, and no
// word of none. Words hold only letters and digits, as search.Words and the
// tokens of words.go write them, so that they need no escaping.
type wordMatch struct {
	all  [][]word
	none []word
}

func (m *wordMatch) require(words ...word) { m.all = append(m.all, words) }

func (m *wordMatch) empty() bool { return len(m.all) == 0 }

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

func join(groups [][]word, quote func(word) string, or, and string) string {
	list := make([]string, len(groups))
	for i, group := range groups {
		quoted := make([]string, len(group))
		for j, w := range group {
			quoted[j] = quote(w)
		}
		list[i] = "(" + strings.Join(quoted, or) + ")"
	}
	return strings.Join(list, and)
}
