package event

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/fault"
)

// parseJSON reads raw leniently: see repairText and repairLiterals.
func parseJSON(p *fastjson.Parser, raw []byte) (*fastjson.Value, error) {
	return parseRepaired(p, repairText(raw))
}

// parseRepaired reads what repairText returned.
func parseRepaired(p *fastjson.Parser, raw []byte) (*fastjson.Value, error) {
	var err error
	if len(raw) > trustedSize {
		if raw, err = repairLiterals(raw); err != nil {
			return nil, err
		}
	}
	v, err := p.ParseBytes(raw)
	if err != nil && len(raw) <= trustedSize {
		if raw, err = repairLiterals(raw); err != nil {
			return nil, err
		}
		v, err = p.ParseBytes(raw)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "the body is not valid JSON; send one JSON object in UTF-8")
	}
	return v, nil
}

// absent tells whether v counts as "not given".
func absent(v *fastjson.Value) bool { return v == nil || v.Type() == fastjson.TypeNull }

func object(v *fastjson.Value) *fastjson.Object {
	if v == nil || v.Type() != fastjson.TypeObject {
		return nil
	}
	return v.GetObject()
}

// stringBytes returns the bytes of a JSON string, nil for anything else. They
// belong to the parser.
func stringBytes(v *fastjson.Value) []byte {
	if v == nil || v.Type() != fastjson.TypeString {
		return nil
	}
	return v.GetStringBytes()
}

// integer reads a whole number that may also be sent as text.
func integer(v *fastjson.Value) (n int64, ok bool) {
	if v == nil {
		return 0, false
	}
	switch v.Type() {
	case fastjson.TypeNumber:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		if err != nil || !(math.Abs(f) < 1<<62) {
			return 0, false
		}
		return int64(f), true
	case fastjson.TypeString:
		n, err := strconv.ParseInt(string(v.GetStringBytes()), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// boolean reads true and false; ok is false for anything else.
func boolean(v *fastjson.Value) (b, ok bool) {
	if v == nil {
		return false, false
	}
	switch v.Type() {
	case fastjson.TypeTrue:
		return true, true
	case fastjson.TypeFalse:
		return false, true
	}
	return false, false
}

// validNumber tells whether s is a number by JSON's grammar.
func validNumber(s []byte) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if len(s) > 0 && s[0] == '.' {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return len(s) == 0
}

func digits(s []byte) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

const hexDigits = "0123456789abcdef"

// plain marks the ASCII bytes that need no escape in a JSON string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\' && c != 0x7f
	}
	return t
}()

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD, NUL is left out.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch {
	case c == 0:
		return dst
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\r':
		return append(dst, '\\', 'r')
	case c == '\t':
		return append(dst, '\\', 't')
	case c < utf8.RuneSelf:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	}
	return append(dst, "\ufffd"...)
}
