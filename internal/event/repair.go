package event

import (
	"bytes"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/fault"
)

// maxNesting bounds how deep a client's JSON may nest at all.
const maxNesting = 200

// trustedSize is the input size below which the JSON parser's own errors cost
// little: they quote the rest of the input once per open bracket.
const trustedSize = 16 << 10

// repairText returns raw with everything replaced that is no storable text: the
// byte order mark, NUL bytes and their escapes are removed, invalid UTF-8 and
// lone surrogates become U+FFFD. It returns raw itself when nothing needs repair.
func repairText(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !needsRepair(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw)+16)
	for len(raw) > 0 {
		n := soundLength(raw)
		out, raw = append(out, raw[:n]...), raw[n:]
		switch {
		case len(raw) == 0:
		case raw[0] == 0:
			raw = raw[1:]
		case raw[0] == '\\' && len(raw) > 1:
			out, n = repairEscape(out, raw)
			raw = raw[n:]
		default:
			r, n := utf8.DecodeRune(raw)
			out, raw = utf8.AppendRune(out, r), raw[n:]
		}
	}
	return out
}

// soundLength returns how many bytes of plain ASCII s starts with.
func soundLength(s []byte) int {
	for i, c := range s {
		if c == 0 || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// repairEscape copies the escape sequence at the start of s and returns how many bytes it took.
func repairEscape(out, s []byte) ([]byte, int) {
	unit, ok := hexUnit(s)
	switch {
	case !ok && s[1] == 0:
		return out, 2
	case !ok && s[1] >= utf8.RuneSelf:
		return append(out, '\\', '\\'), 1
	case !ok:
		return append(out, s[:2]...), 2
	case unit == 0:
		return out, 6
	case unit < 0xd800 || unit > 0xdfff:
		return append(out, s[:6]...), 6
	}
	if low, ok := hexUnit(s[6:]); ok && unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
		return append(out, s[:12]...), 12
	}
	return append(out, "\ufffd"...), 6
}

func needsRepair(raw []byte) bool {
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return true
	}
	for {
		i := bytes.Index(raw, []byte(`\u`))
		if i < 0 {
			return false
		}
		if unit, ok := hexUnit(raw[i:]); ok && (unit == 0 || unit >= 0xd800 && unit <= 0xdfff) {
			return true
		}
		raw = raw[i+2:]
	}
}

// hexUnit reads the UTF-16 code unit of an escape such as \u00e9 at the start of s.
func hexUnit(s []byte) (unit rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		d := hexDigit(c)
		if d < 0 {
			return 0, false
		}
		unit = unit<<4 | rune(d)
	}
	return unit, true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// repairLiterals replaces the bare words NaN and Infinity, which Python sends,
// by null. It fails on any other bare word and on nesting deeper than
// maxNesting, so that what it lets through is cheap to refuse.
func repairLiterals(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw)+8)
	depth := 0
	for i := 0; i < len(raw); {
		n := 1
		switch c := raw[i]; {
		case c == '"':
			n = stringLength(raw[i:])
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return nil, fault.New(fault.Invalid, "the JSON nests deeper than %d levels", maxNesting)
			}
		case c == '}' || c == ']':
			depth--
		case isLetter(c) && !(c|0x20 == 'e' && i > 0 && isNumberByte(raw[i-1])):
			n = wordLength(raw[i:])
			if word := string(raw[i : i+n]); word == "NaN" || word == "Infinity" {
				out = append(bytes.TrimRight(out, "-+"), "null"...)
				i += n
				continue
			} else if word != "true" && word != "false" && word != "null" {
				return nil, fault.New(fault.Invalid, "the JSON has an unexpected word at byte %d", i)
			}
		}
		out = append(out, raw[i:i+n]...)
		i += n
	}
	return out, nil
}

// stringLength returns the length of the JSON string at the start of s, quotes included.
func stringLength(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func wordLength(s []byte) int {
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	return n
}

func isLetter(c byte) bool     { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool      { return c >= '0' && c <= '9' }
func isNumberByte(c byte) bool { return isDigit(c) || c == '.' }
