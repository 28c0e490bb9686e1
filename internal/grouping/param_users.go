package grouping

import "strings"

// userName replaces the name in "invalid user NAME", "for user 'NAME'".
func (p *scanner) userName(i, j int) int {
	s := p.s
	before := strings.TrimRight(s[max(0, i-10):i], " ")
	b := len(before)
	for b > 0 && isLetter(before[b-1]) {
		b--
	}
	var buf [16]byte
	switch string(lowered(&buf, before[b:])) {
	case "for", "invalid", "unknown", "illegal":
	default:
		return 0
	}
	k := skipSpaces(s, j)
	if k == j || k == len(s) {
		return 0
	}
	e := k
	if strings.IndexByte("\"'`", s[e]) >= 0 {
		e++
	}
	n := e
	for e < len(s) && e-n < 128 && (isWord(s[e]) || s[e] == '.' || s[e] == '@' || s[e] == '$' || s[e] == '-') {
		e++
	}
	if e == n || predicate(s, n, e) {
		return 0
	}
	if e < len(s) && strings.IndexByte("\"'`", s[e]) >= 0 {
		e++
	} else {
		for e > n && s[e-1] == '.' {
			e--
		}
	}
	p.w.copy(i, j)
	p.w.space(j, k)
	return p.replace(phValue, e)
}

// forName replaces the name in "password for NAME from 10.0.0.1".
func (p *scanner) forName(i, j int) int {
	s := p.s
	k := skipSpaces(s, j)
	e := k
	for e < len(s) && e-k < 64 && (isWord(s[e]) || s[e] == '.' || s[e] == '-' || s[e] == '$') {
		e++
	}
	if k == j || e == k || !strings.HasPrefix(s[e:], " from ") || s[k:e] == "user" {
		return 0
	}
	a := e + len(" from ")
	if a >= len(s) || ipv4End(s, a) == 0 && ipv6End(s, a, ' ') == 0 {
		return 0
	}
	p.w.copy(i, j)
	p.w.space(j, k)
	return p.replace(phValue, e)
}

// predicate tells whether s[n:e] and what follows say something about the user
// instead of naming one: "user account is locked".
func predicate(s string, n, e int) bool {
	switch s[n:e] {
	case "is", "was", "has", "not", "cannot", "does", "in", "from", "with", "by", "on", "id":
		return true
	}
	k := skipSpaces(s, e)
	f := run(s, k, clsLetter)
	switch s[k:f] {
	case "is", "was", "has", "not", "cannot", "does":
		return k > e && run(s, n, clsLower) == e
	}
	return false
}
