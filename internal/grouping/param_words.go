package grouping

import "strings"

// word handles what starts with a letter and returns where to go on, 0 when nothing matched.
func (p *scanner) word(i int) int {
	s := p.s
	j := run(s, i, clsLetter)
	if end := p.keyword(i, j); end > 0 {
		return end
	}
	if p.has&ftAt != 0 {
		if end := p.email(i); end > 0 {
			return p.replace(phEmail, end)
		}
	}
	if p.has&ftColon != 0 {
		if end := p.colonWord(i, j); end > 0 {
			return end
		}
	}
	if p.has&ftDigit != 0 {
		if end := p.hexWord(i); end > 0 {
			return end
		}
	}
	if p.has&ftDot != 0 {
		if end := tokenEnd(s, i); end > 0 {
			return p.replace(phNumber, end)
		}
		if end := p.host(i); end > 0 {
			return p.replace(phHost, end)
		}
	}
	if p.has&ftDigit == 0 {
		return 0
	}
	if end := keepWord(s, i, j); end > 0 {
		return p.keep(i, end)
	}
	if end := p.random(i); end > 0 {
		return end
	}
	if name, end := wordNumber(s, i); end > 0 {
		p.w.copy(i, name)
		return p.replace(phNumber, end)
	}
	if j < len(s) && isWord(s[j]) {
		if end := run(s, j, clsWord); hasDigit(s[i:min(end, i+256)]) {
			if end-i >= 3 {
				return p.replace(phNumber, end)
			}
			return p.keep(i, end)
		}
	}
	return 0
}

// colonWord finds URLs, drives and addresses.
func (p *scanner) colonWord(i, j int) int {
	s := p.s
	if end := urlEnd(s, i); end > 0 {
		return p.replace(phURL, end)
	}
	if end := windowsPath(s, i); end > 0 {
		return p.replace(phPath, end)
	}
	if j < len(s) && s[j] == ':' && s[i:j] == "file" {
		if end := windowsPath(s, j+1); end > 0 {
			return p.replace(phPath, end)
		}
		if j+1 < len(s) && s[j+1] == '/' {
			if end := slashPath(s, j+1); end > 0 {
				return p.replace(phPath, end)
			}
		}
	}
	if !isHex(s[i]) {
		return 0
	}
	if end := macEnd(s, i, p.prev(i)); end > 0 {
		return p.replace(phHost, end)
	}
	if end := ipv6End(s, i, p.prev(i)); end > 0 {
		return p.replace(phHost, end)
	}
	return 0
}

// hexWord finds UUIDs and hashes that start with a letter.
func (p *scanner) hexWord(i int) int {
	s := p.s
	if !isHex(s[i]) {
		return 0
	}
	if end := uuidEnd(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	if p.prev(i) == '_' {
		return 0
	}
	if end := hexEnd(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	if i+2 < len(s) && s[i+2] == '-' {
		if end := macEnd(s, i, p.prev(i)); end > 0 {
			return p.replace(phHost, end)
		}
	}
	return 0
}

// tokenEnd returns the end of a JSON web token: base64url parts joined by dots, the first an object.
func tokenEnd(s string, i int) int {
	if !strings.HasPrefix(s[i:], "eyJ") {
		return 0
	}
	j, dots := i, 0
	for j < len(s) && (isAlnum(s[j]) || s[j] == '_' || s[j] == '-' || s[j] == '.' && j+1 < len(s) && isAlnum(s[j+1])) {
		if s[j] == '.' {
			dots++
		}
		j++
	}
	if dots == 0 {
		return 0
	}
	return j
}

// random finds identifiers that nobody typed; a short prefix with an underscore says what they identify.
func (p *scanner) random(i int) int {
	s := p.s
	start := i
	if j := run(s, i, clsLetter); j < len(s) && s[j] == '_' && j-i >= 2 && j-i <= 6 {
		start = j + 1
	}
	if start < len(s) && isAlnum(s[start]) {
		if end := randomEnd(s, start); end > 0 {
			p.w.copy(i, start)
			return p.replace(phNumber, end)
		}
	}
	if start != i {
		if end := randomEnd(s, i); end > 0 {
			return p.replace(phNumber, end)
		}
	}
	return 0
}

// wordNumber splits a name with a number behind it: "blk_388_01", "eth1",
// "ORD-1009". The name ends at name; one letter is part of the number, because
// it is an identifier's ("A77", "u1"). end is 0 when there is no number.
func wordNumber(s string, i int) (name, end int) {
	j := run(s, i, clsLetter)
	first := j
	for j+2 < len(s) && (s[j] == '_' || s[j] == '-') && isLetter(s[j+1]) && isLetter(s[j+2]) {
		j = run(s, j+1, clsLetter)
	}
	for {
		name, end = numberTail(s, j)
		if end > 0 || j == first {
			break
		}
		// The last group may be the letters before the digits of another part.
		k := j
		for k > first && s[k-1] != '_' && s[k-1] != '-' {
			k--
		}
		j = max(k-1, first)
	}
	if end == 0 {
		return 0, 0
	}
	if j == first && (first-i == 1 || first-i == 2 && isLower(s[i]) && isUpper(s[i+1])) && name-first <= 1 {
		name = i
	}
	return name, end
}

// numberTail matches the number part that follows a name ending at j.
func numberTail(s string, j int) (name, end int) {
	k := j
	for k < len(s) && k-j < 2 && (s[k] == '_' || s[k] == '#' || s[k] == ':' && k == j || s[k] == '-') {
		k++
	}
	name = j
	if k > j {
		name = j + 1
	}
	if k < len(s) && isLetter(s[k]) && k+1 < len(s) && isDigit(s[k+1]) && (k == j || s[k-1] != ':') {
		k++
	}
	if k >= len(s) || !isDigit(s[k]) {
		return 0, 0
	}
	k = run(s, k, clsWord)
	for k+1 < len(s) && (s[k] == '-' || s[k] == '_' || s[k] == '.') && isWord(s[k+1]) {
		e := run(s, k+1, clsWord)
		if !hasDigit(s[k+1:min(e, k+64)]) && (s[k] == '.' || e-k != 2 || !isLetter(s[k+1])) && !podSuffix(s[k:e]) {
			break
		}
		k = e
	}
	return name, k
}

// podSuffix tells the five letters that Kubernetes draws, without vowels, for the end of a name.
func podSuffix(part string) bool {
	if len(part) != 6 || part[0] != '-' {
		return false
	}
	for i := 1; i < len(part); i++ {
		switch c := part[i]; {
		case !isLower(c), c == 'a', c == 'e', c == 'i', c == 'o', c == 'u', c == 'y':
			return false
		}
	}
	return true
}

// lowered puts the letters of s into buf in lower case; empty when there are too many.
func lowered(buf *[16]byte, s string) []byte {
	if len(s) > len(buf) {
		return nil
	}
	for i := range len(s) {
		c := s[i]
		if isUpper(c) {
			c |= 0x20
		}
		buf[i] = c
	}
	return buf[:len(s)]
}
