package event

import "encoding/hex"

// NormalizeID returns an event id, hyphenated or not and in any case, as 32
// lower-case hex digits; ok is false for any other text and for the nil id.
func NormalizeID(s string) (id string, ok bool) {
	raw, ok := ParseID(s)
	if !ok {
		return "", false
	}
	return hex.EncodeToString(raw[:]), true
}

// ParseID reads an event id, hyphenated or not and in any case; ok is false for
// any other text and for the nil id.
func ParseID(s string) (id [16]byte, ok bool) {
	n := 0
	for i := range len(s) {
		if s[i] == '-' && n > 0 {
			continue
		}
		digit := hexDigit(s[i])
		if digit < 0 || n == 32 {
			return [16]byte{}, false
		}
		id[n/2] = id[n/2]<<4 | byte(digit)
		n++
	}
	return id, n == 32 && id != [16]byte{}
}
