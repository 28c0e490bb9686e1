package event

import (
	"bytes"
)

// What a text must hold before a rule is worth trying.
const (
	markDigit = 1 << iota
	markAssign
	markAt
	markDash
	markDot
)

var markOf = func() (t [256]uint8) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = markDigit
	}
	t['='], t[':'], t['@'], t['-'], t['.'] = markAssign, markAssign, markAt, markDash, markDot
	return t
}()

// text replaces the secrets that can be told by their looks in a text: card
// numbers, password=…, passwords in URLs, bearer tokens, private keys and the
// keys of well-known services. It returns b itself when there are none.
func (s *Scrubber) text(b []byte) (out []byte, found bool) {
	if !s.rules || len(b) < 6 {
		return b, false
	}
	var marks uint8
	count := 0
	for _, c := range b {
		m := markOf[c]
		marks |= m
		count += int(m & markDigit)
	}
	if marks == 0 {
		return b, false
	}
	r := replacer{in: b}
	if marks&markAssign != 0 {
		r.run(s.assignments)
	}
	if marks&markAssign != 0 && marks&markAt != 0 {
		r.run(userinfo)
	}
	if count >= minCard {
		r.run(cards)
	}
	if marks&markDigit != 0 && len(b) >= minSecretWord {
		r.run(secretWords)
	}
	if marks&markDash != 0 && bytes.Contains(r.in, []byte("PRIVATE KEY-----")) {
		r.run(privateKeys)
	}
	return r.in, r.found
}

// replacer applies one rule after the other to a text.
type replacer struct {
	in    []byte
	found bool
}

// rule finds the next secret in b at or after from; start is -1 when there is none.
type rule func(b []byte, from int) (start, end int)

func (r *replacer) run(next rule) {
	var out []byte
	last := 0
	for from := 0; from < len(r.in); {
		start, end := next(r.in, from)
		if start < 0 {
			break
		}
		from = end
		if string(r.in[start:end]) == filtered {
			continue
		}
		out = append(append(out, r.in[last:start]...), filtered...)
		last = end
	}
	if last > 0 {
		r.in, r.found = append(out, r.in[last:]...), true
	}
}

// assignments finds the value after a sensitive name and "=" or ":".
func (s *Scrubber) assignments(b []byte, from int) (start, end int) {
	for i := from; i < len(b); i++ {
		if b[i] != '=' && b[i] != ':' {
			continue
		}
		class := s.keySecrecy(nameBefore(b[:i]))
		if class == public {
			continue
		}
		start, end := valueAfter(b, i+1)
		if end-start < 1 || start < from {
			continue
		}
		if b[i] == ':' && class == token && !bytes.ContainsAny(b[start:end], "0123456789") {
			continue // "Unexpected token: foo" is no secret
		}
		return start, end
	}
	return -1, 0
}

// nameBefore returns the name at the end of b, without quotes and blanks after it.
func nameBefore(b []byte) []byte {
	b = bytes.TrimRight(b, " \"'\\")
	at := len(b)
	for at > 0 && (isTagKeyByte(b[at-1]) && b[at-1] != ':') && len(b)-at < maxBagKey {
		at--
	}
	return b[at:]
}

// valueAfter returns the value at from: a quoted text without its quotes, or a
// word, with the one after it when the word is an authorization scheme.
func valueAfter(b []byte, from int) (start, end int) {
	for from < len(b) && (b[from] == ' ' || b[from] == '\\') {
		from++
	}
	if from == len(b) {
		return from, from
	}
	if quote := b[from]; quote == '"' || quote == '\'' {
		n := bytes.IndexByte(b[from+1:], quote)
		if n < 0 {
			return from + 1, len(b)
		}
		return from + 1, from + 1 + len(bytes.TrimRight(b[from+1:from+1+n], "\\"))
	}
	end = wordEnd(b, from)
	switch string(bytes.ToLower(b[from:min(end, from+8)])) {
	case "bearer", "basic", "token", "digest":
		if end < len(b) && b[end] == ' ' {
			end = wordEnd(b, end+1)
		}
	}
	return from, end
}

func wordEnd(b []byte, from int) int {
	if bytes.HasPrefix(b[from:], []byte(filtered)) {
		return from + len(filtered)
	}
	n := bytes.IndexAny(b[from:], " \t\r\n&;,\"'`(){}[]<>")
	if n < 0 {
		return len(b)
	}
	return from + n
}

// userinfo finds the user and password of URLs.
func userinfo(b []byte, from int) (start, end int) {
	for {
		n := bytes.Index(b[from:], []byte("://"))
		if n < 0 {
			return -1, 0
		}
		start = from + n + 3
		stop := bytes.IndexAny(b[start:], "/?# \t\r\n\"'<>")
		if stop < 0 {
			stop = len(b) - start
		}
		if at := bytes.LastIndexByte(b[start:start+stop], '@'); at > 0 && bytes.IndexByte(b[start:start+at], ':') >= 0 {
			return start, start + at
		}
		from = start
	}
}

// Card numbers have 13 to 19 digits, in groups divided by one blank or dash.
const minCard, maxCard = 13, 19

// cards finds runs of digits that pass the Luhn check of payment cards.
func cards(b []byte, from int) (start, end int) {
	for i := from; i < len(b); {
		if !isDigit(b[i]) {
			i++
			continue
		}
		n, end := cardRun(b[i:])
		bounded := i == 0 || !isWordByte(b[i-1]) && b[i-1] != '.'
		if bounded && n >= minCard && n <= maxCard && luhn(b[i:i+end]) {
			return i, i + end
		}
		i += end
	}
	return -1, 0
}

// cardRun returns how many digits start b, divided by single blanks or dashes, and where they end.
func cardRun(b []byte) (count, end int) {
	for i, c := range b {
		switch {
		case isDigit(c):
			count, end = count+1, i+1
		case (c == ' ' || c == '-') && i > 0 && isDigit(b[i-1]):
		case isWordByte(c) && end == i:
			return 0, end // part of a longer word
		default:
			return count, end
		}
	}
	return count, end
}

func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

// luhn checks the digit sum, and that the number starts as cards do.
func luhn(b []byte) bool {
	if b[0] < '2' || b[0] > '6' {
		return false
	}
	sum, double := 0, false
	for i := len(b) - 1; i >= 0; i-- {
		if !isDigit(b[i]) {
			continue
		}
		n := int(b[i] - '0')
		if double {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
		double = !double
	}
	return sum%10 == 0
}

// minSecretWord is the length of the shortest key that is told by its looks.
const minSecretWord = 16

// secretWords finds bearer tokens, JSON web tokens and the keys of well-known services.
func secretWords(b []byte, from int) (start, end int) {
	for i := from; i < len(b); {
		if !isSecretByte[b[i]] {
			i++
			continue
		}
		end := i + 1
		for end < len(b) && isSecretByte[b[end]] {
			end++
		}
		if end-i >= minSecretWord && (isSecretWord(b[i:end]) || followsBearer(b[:i])) {
			return i, end
		}
		i = end
	}
	return -1, 0
}

var isSecretByte = func() (t [256]bool) {
	for c := range 256 {
		b := byte(c)
		t[c] = isLetter(b) || isDigit(b) || b == '_' || b == '-' || b == '.' || b == '+' || b == '~' || b == '/'
	}
	return t
}()

func isSecretWord(w []byte) bool {
	switch w[0] {
	case 'e':
		return bytes.HasPrefix(w, []byte("eyJ")) && bytes.IndexByte(w, '.') > 0
	case 's':
		return hasAnyPrefix(w, "sk_live_", "sk_test_", "sk-ant-", "sk-proj-")
	case 'r':
		return hasAnyPrefix(w, "rk_live_", "rk_test_")
	case 'g':
		return hasAnyPrefix(w, "ghp_", "gho_", "ghs_", "github_pat_", "glpat-")
	case 'x':
		return hasAnyPrefix(w, "xoxb-", "xoxp-", "xoxa-", "xapp-")
	case 'A':
		return len(w) == 20 && hasAnyPrefix(w, "AKIA", "ASIA") || len(w) == 39 && hasAnyPrefix(w, "AIza")
	case 'S':
		return hasAnyPrefix(w, "SG.") && len(w) > 60
	}
	return false
}

func followsBearer(before []byte) bool {
	const scheme = "bearer "
	if len(before) < len(scheme) {
		return false
	}
	return string(bytes.ToLower(before[len(before)-len(scheme):])) == scheme
}

// privateKeys finds PEM blocks of private keys, also cut ones.
func privateKeys(b []byte, from int) (start, end int) {
	start = bytes.Index(b[from:], []byte("-----BEGIN "))
	if start < 0 {
		return -1, 0
	}
	start += from
	stop := bytes.Index(b[start:], []byte("-----END "))
	if stop < 0 {
		return start, len(b)
	}
	end = start + stop + len("-----END ")
	if close := bytes.Index(b[end:], []byte("-----")); close >= 0 {
		return start, end + close + len("-----")
	}
	return start, len(b)
}
