package grouping

// Character classes of the ASCII bytes; bytes from 0x80 count as letters of a word.
const (
	clsDigit = 1 << iota
	clsLower
	clsUpper
	clsHexLower // a-f
	clsHexUpper // A-F
	clsUnder
	clsSpace
	clsHigh
)

const (
	clsLetter = clsLower | clsUpper
	clsAlnum  = clsLetter | clsDigit
	clsWord   = clsAlnum | clsUnder | clsHigh
	clsHex    = clsDigit | clsHexLower | clsHexUpper
)

var classes = buildClasses()

func buildClasses() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = clsDigit
		case c >= 'a' && c <= 'z':
			t[c] = clsLower
			if c <= 'f' {
				t[c] |= clsHexLower
			}
		case c >= 'A' && c <= 'Z':
			t[c] = clsUpper
			if c <= 'F' {
				t[c] |= clsHexUpper
			}
		case c == '_':
			t[c] = clsUnder
		case c == ' ' || c >= '\t' && c <= '\r':
			t[c] = clsSpace
		case c >= 0x80:
			t[c] = clsHigh
		}
	}
	return t
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return classes[c]&clsLetter != 0 }
func isUpper(c byte) bool  { return classes[c]&clsUpper != 0 }
func isLower(c byte) bool  { return classes[c]&clsLower != 0 }
func isAlnum(c byte) bool  { return classes[c]&clsAlnum != 0 }
func isWord(c byte) bool   { return classes[c]&clsWord != 0 }
func isHex(c byte) bool    { return classes[c]&clsHex != 0 }
func isSpace(c byte) bool  { return classes[c]&clsSpace != 0 }

// run returns the end of the run of bytes of class cls that starts at i.
func run(s string, i int, cls uint8) int {
	for i < len(s) && classes[s[i]]&cls != 0 {
		i++
	}
	return i
}

func hexOnly(s string) bool { return s != "" && run(s, 0, clsHex) == len(s) }

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// mixedCase tells whether s has letters of both cases.
func mixedCase(s string) bool {
	var seen uint8
	for i := range len(s) {
		seen |= classes[s[i]] & clsLetter
	}
	return seen == clsLetter
}

// uuidLen returns 36 when a UUID starts at i, else 0.
func uuidLen(s string, i int) int {
	if len(s)-i < 36 || s[i+8] != '-' {
		return 0
	}
	for j := range 36 {
		c := s[i+j]
		if j == 8 || j == 13 || j == 18 || j == 23 {
			if c != '-' {
				return 0
			}
		} else if !isHex(c) {
			return 0
		}
	}
	return 36
}
