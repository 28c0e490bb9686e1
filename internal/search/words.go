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
// CamelCase and of letters beside digits included, so that "timeout" finds ConnectTimeoutException.
func AppendIndexWords(to []string, text string, limit int) []string {
	before := len(to)
	full := func() bool { return len(to)-before == limit }
	add := func(word string) {
		word = cut(strings.ToLower(word))
		if !full() && !slices.Contains(to[before:], word) { // cheaper than a map for as many as most texts have
			to = append(to, word)
		}
	}
	for run := range strings.FieldsFuncSeq(text, notWord) {
		add(run)
		camelParts(run, add)
		if full() {
			break
		}
	}
	return to
}

func notWord(r rune) bool {
	if r < utf8.RuneSelf { // most are
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// camelParts calls add for each part of a name such as HTTPReadTimeout, if it has several.
func camelParts(run string, add func(string)) {
	start, at, previous := 0, 0, rune(0) // at is where previous begins
	for i, r := range run {
		lowerToUpper := unicode.IsUpper(r) && unicode.IsLower(previous)
		acronymEnd := unicode.IsLower(r) && unicode.IsUpper(previous) && at > start
		switch {
		case lowerToUpper:
			add(run[start:i])
			start = i
		case acronymEnd:
			add(run[start:at])
			start = at
		}
		at, previous = i, r
	}
	if start > 0 {
		add(run[start:])
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
