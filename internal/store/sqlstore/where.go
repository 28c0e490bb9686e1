package sqlstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mesher/mesher/internal/search"
)

// where gathers conditions and their arguments. In a condition, "?" stands for the next argument.
type where struct {
	conditions []string
	args       []any
}

// clone returns a copy that can be added to.
func (w *where) clone() *where {
	return &where{conditions: slices.Clone(w.conditions), args: slices.Clone(w.args)}
}

func (w *where) add(condition string, args ...any) {
	w.conditions = append(w.conditions, w.numbered(condition, args...))
}

// numbered takes the arguments and returns the text with its placeholders numbered.
func (w *where) numbered(text string, args ...any) string {
	parts := strings.Split(text, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			w.args = append(w.args, args[i-1])
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(len(w.args)))
		}
		b.WriteString(part)
	}
	return b.String()
}

// addNot adds a condition or its negation.
func (w *where) addNot(negate bool, condition string, args ...any) {
	if negate {
		condition = "NOT (" + condition + ")"
	}
	w.add(condition, args...)
}

// condition is one condition with its arguments, or none.
type condition struct {
	text string
	args []any
}

func (c condition) or(other condition) condition {
	if other.text == "" {
		return c
	}
	return condition{"(" + c.text + " OR " + other.text + ")", slices.Concat(c.args, other.args)}
}

// matching compares a column with a term's value, or its beginning.
func matching(column string, t search.Term) condition {
	if t.Prefix {
		return condition{"substr(" + column + ", 1, ?) = ?", []any{len([]rune(t.Value)), t.Value}}
	}
	return condition{column + " = ?", []any{t.Value}}
}

// idIn is none without ids.
func idIn(ids []int64) condition {
	if len(ids) == 0 {
		return condition{}
	}
	return condition{"id IN (" + question(len(ids)) + ")", anys(ids)}
}

// String sets each condition apart, so that an OR in one of them never reaches
// past the others, which hold it to a project.
func (w *where) String() string { return "(" + strings.Join(w.conditions, ") AND (") + ")" }

// question repeats "?" for a list.
func question(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// containing is a LIKE pattern for text that holds s, with \ as the escape.
func containing(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}
