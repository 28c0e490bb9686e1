package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord bounds an indexed word in bytes; longer ones are cut on both sides.
const maxWord = 48

// Words splits text into the words that are compared: runs of letters and
// digits in lower case. The index and the query must agree on them, and both
// databases are given words, so that they find the same.
func Words(text string) []string {
	var list []string
	for run := range strings.FieldsFuncSeq(text, notWord) {
		list = append(list, cut(strings.ToLower(run)))
	}
	return list
}

// AppendIndexWords appends the distinct words of a text up to a limit, the parts of
// CamelCase included, so that "timeout" finds ConnectTimeoutException.
func AppendIndexWords(to []string, text string, limit int) []string {
	list := distinct{words: to, before: len(to), limit: limit}
	if ascii(text) {
		list.addASCII(text)
		return list.words
	}
	for run := range strings.FieldsFuncSeq(text, notWord) {
		list.add(strings.ToLower(run))
		camelParts(run, func(start, end int) { list.add(strings.ToLower(run[start:end])) })
		if list.full() {
			break
		}
	}
	return list.words
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// distinct is a list of words of which each is added once.
type distinct struct {
	words         []string
	before, limit int
	// seen has a bit for some of what words may look like: most that are new have another.
	seen uint64
}

func (d *distinct) full() bool { return len(d.words)-d.before == d.limit }

func (d *distinct) add(word string) {
	word = cut(word)
	looks := uint64(1) << ((int(word[0])*7 + int(word[len(word)-1])*3 + len(word)) & 63)
	if d.full() || d.seen&looks != 0 && slices.Contains(d.words[d.before:], word) { // cheaper than a map for as many as most texts have
		return
	}
	d.seen |= looks
	d.words = append(d.words, word)
}

// addASCII is for texts that keep their length in lower case: their words are parts of one string.
func (d *distinct) addASCII(text string) {
	lower := strings.ToLower(text)
	for i := 0; i < len(text) && !d.full(); i++ {
		start, kinds := i, uint8(0)
		for i < len(text) && kindOf[text[i]] != 0 {
			kinds |= kindOf[text[i]]
			i++
		}
		if i == start {
			continue
		}
		d.add(lower[start:i])
		if kinds&upperCase != 0 {
			camelParts(text[start:i], func(from, to int) { d.add(lower[start+from : start+to]) })
		}
	}
}

const (
	lowerOrDigit = 1 << iota
	upperCase
)

// kindOf says what an ASCII character is to a word, 0 when it ends one.
var kindOf = func() (kinds [utf8.RuneSelf]uint8) {
	for c := range kinds {
		switch {
		case 'A' <= c && c <= 'Z':
			kinds[c] = upperCase
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			kinds[c] = lowerOrDigit
		}
	}
	return kinds
}()

func notWord(r rune) bool {
	if r < utf8.RuneSelf { // most are
		return kindOf[r] == 0
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// camelParts calls add for where each part of a name such as HTTPReadTimeout is, if it has several.
func camelParts(run string, add func(start, end int)) {
	start, at, previous := 0, 0, rune(0) // at is where previous begins
	for i, r := range run {
		lowerToUpper := unicode.IsUpper(r) && unicode.IsLower(previous)
		acronymEnd := unicode.IsLower(r) && unicode.IsUpper(previous) && at > start
		switch {
		case lowerToUpper:
			add(start, i)
			start = i
		case acronymEnd:
			add(start, at)
			start = at
		}
		at, previous = i, r
	}
	if start > 0 {
		add(start, len(run))
	}
}

func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	return strings.ToValidUTF8(word[:maxWord], "")
}

// ContainsPhrase reports whether text holds the phrase, ignoring case and runs of spaces.
func ContainsPhrase(text, phrase string) bool {
	return strings.Contains(fold(text), fold(phrase))
}

func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }
