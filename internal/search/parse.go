package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/fault"
)

// Limits of one query.
const (
	MaxLength = 1000
	MaxTerms  = 20
)

// Parse reads the text of a search box. Terms are separated by spaces and
// joined by "and":
//
//	timeout            a word (also inside CamelCase names), case-insensitive
//	"read timed out"   a phrase
//	time*              a prefix
//	level:error        a tag or field; quotes around a value with spaces
//	first_seen:>24h    a range: > >= < <= with a count, a date or an age
//	!level:error       negation, of any term
//
// An error is a *fault.Error of field "query" that names the term, its
// position and what to change.
func Parse(text string) (Query, error) {
	if len(text) > MaxLength {
		return Query{}, fault.Field("query", "the query has %d bytes: shorten it to %d", len(text), MaxLength)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Query{}, fault.Field("query", "the query is not valid UTF-8 text")
	}
	p := parser{text: text}
	var q Query
	for p.skipSpace(); p.pos < len(p.text); p.skipSpace() {
		t, err := p.term()
		if err != nil {
			return Query{}, err
		}
		q.Terms = append(q.Terms, t)
		if len(q.Terms) > MaxTerms {
			return Query{}, fault.Field("query", "the query has more than %d terms: remove some", MaxTerms)
		}
	}
	return q, nil
}

type parser struct {
	text string
	pos  int
}

func (p *parser) skipSpace() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func (p *parser) term() (Term, error) {
	t := Term{Start: p.pos, Op: "="}
	if p.text[p.pos] == '!' && p.pos+1 < len(p.text) && !isSpace(p.text[p.pos+1]) {
		t.Negate = true
		p.pos++
	}
	err := p.body(&t)
	t.End = p.pos
	if err == nil {
		err = t.check()
	}
	if err != nil {
		return t, p.at(t, err)
	}
	return t, nil
}

func (p *parser) body(t *Term) error {
	if p.text[p.pos] == '"' {
		t.Phrase = true
		return p.quoted(&t.Value)
	}
	if key := p.key(); key != "" {
		t.Key = key
		f, _ := fields(key)
		t.Key, t.Kind = f.name, f.kind
		return p.value(t)
	}
	t.Value = p.word()
	p.prefix(t)
	return nil
}

// key consumes "key:" and returns the key; it consumes nothing when the next
// word is free text, which a URL such as https://example.com is too.
func (p *parser) key() string {
	end := p.pos
	for end < len(p.text) && isKeyByte(p.text[end]) {
		end++
	}
	if end == p.pos || end == len(p.text) || p.text[end] != ':' || strings.HasPrefix(p.text[end:], "://") || strings.HasPrefix(p.text[end:], "::") {
		return ""
	}
	key := p.text[p.pos:end]
	p.pos = end + 1
	return key
}

func isKeyByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '.' || b == '_' || b == '-'
}

func (p *parser) value(t *Term) error {
	if t.Kind == KindTime || t.Kind == KindNumber {
		t.Op = p.operator()
	}
	if p.pos < len(p.text) && p.text[p.pos] == '"' {
		t.Phrase = true
		return p.quoted(&t.Value)
	}
	t.Value = p.word()
	if t.Kind == KindTag {
		p.prefix(t)
	}
	return nil
}

func (p *parser) operator() string {
	for _, op := range []string{">=", "<=", ">", "<", "="} {
		if strings.HasPrefix(p.text[p.pos:], op) {
			p.pos += len(op)
			return op
		}
	}
	return "="
}

func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.text) && !isSpace(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *parser) prefix(t *Term) {
	if v, ok := strings.CutSuffix(t.Value, "*"); ok && v != "" {
		t.Value, t.Prefix = v, true
	}
}

// quoted reads a "quoted value", in which \" and \\ stand for themselves.
func (p *parser) quoted(value *string) error {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text) && (p.text[i+1] == '"' || p.text[i+1] == '\\'):
			i++
			b.WriteByte(p.text[i])
		case c == '"':
			p.pos = i + 1
			*value = b.String()
			return nil
		default:
			b.WriteByte(c)
		}
	}
	p.pos = len(p.text)
	return fault.New(fault.Invalid, "the quote is never closed: add a \" at its end")
}

// at points an error at its term.
func (p *parser) at(t Term, err error) error {
	return fault.Field("query", "%s at position %d: %s", p.text[t.Start:t.End], t.Start+1, fault.MessageOf(err))
}

func (t Term) check() error {
	switch {
	case t.Value == "" && t.Key == "":
		return fault.New(fault.Invalid, "there is nothing to search for: write a word between the quotes or remove them")
	case t.Value == "":
		return fault.New(fault.Invalid, "the filter has no value: write %s:value, or put the text in quotes to search for it", t.Key)
	}
	switch t.Kind {
	case KindText:
		if len(Words(t.Value)) == 0 {
			return fault.New(fault.Invalid, "free text needs a letter or digit: remove the term")
		}
	case KindIs:
		if !slices.Contains(IsValues(), t.Value) {
			return fault.New(fault.Invalid, "unknown state: use one of %s", strings.Join(IsValues(), ", "))
		}
	case KindTime:
		_, err := t.moment(0)
		return err
	case KindNumber:
		_, err := t.Number()
		return err
	case KindTag:
		if i := strings.IndexByte(t.Value, '*'); i >= 0 && !t.Phrase {
			return fault.New(fault.Invalid, "a * may only end a value: put the value in quotes to search for a star")
		}
	case KindID:
		if _, err := strconv.ParseInt(t.Value, 10, 64); t.Key == "issue" && err != nil {
			return fault.New(fault.Invalid, "an issue is named by its number, such as issue:42")
		}
	}
	return nil
}
