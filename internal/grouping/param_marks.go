package grouping

import "strings"

// mark handles what starts with a punctuation mark.
func (p *scanner) mark(i int) int {
	s := p.s
	prev := p.prev(i)
	switch s[i] {
	case '<':
		return p.angle(i)
	case '/':
		return p.slash(i, prev)
	case '~', '.':
		if s[i] == '.' && isSpace(prev) && i+1 < len(s) && isDigit(s[i+1]) {
			if end := number(s, i+1); end > 0 {
				return p.replace(phNumber, end)
			}
		}
		if !isWord(prev) && prev != '.' && prev != '/' && prev != '>' {
			if j := run2(s, i, s[i]); j-i <= 2 && j < len(s) && s[j] == '/' {
				if end := slashPath(s, j); end > 0 {
					return p.replace(phPath, end)
				}
			}
		}
	case '\\':
		if prev != '\\' && !isWord(prev) {
			if end := windowsPath(s, i); end > 0 {
				return p.replace(phPath, end)
			}
		}
	case '"', '\'':
		return p.jsonPair(i)
	case '=':
		return p.assigned(i, prev)
	case '+', '-':
		return p.signed(i, prev)
	case '@':
		if j := run(s, i+1, clsDigit|clsHexLower); j-i > 5 && j-i <= 17 && hasDigit(s[i+1:j]) && (j == len(s) || !isWord(s[j])) {
			p.w.copy(i, i+1)
			return p.replace(phNumber, j)
		}
	case ':':
		if i+1 < len(s) && s[i+1] == ':' {
			if end := ipv6End(s, i, prev); end > 0 {
				return p.replace(phHost, end)
			}
		}
	case '$':
		if strings.HasPrefix(s[i:], "$$Lambda") {
			return p.lambda(i)
		}
	}
	return 0
}

// angle passes placeholders through and reads "<5ms".
func (p *scanner) angle(i int) int {
	s := p.s
	for _, ph := range [...]string{phNumber, phValue, phHost, phDate, phPath, phDur, phSize, phURL, phEmail} {
		if strings.HasPrefix(s[i:], ph) {
			p.w.copyPlaceholder(i, ph)
			return i + len(ph)
		}
	}
	if i+1 < len(p.s) && isDigit(p.s[i+1]) {
		if end := duration(p.s, i+1, run(p.s, i+1, clsDigit)); end > 0 {
			return p.replace(phDur, end)
		}
	}
	return 0
}

func (p *scanner) slash(i int, prev byte) int {
	s := p.s
	if !isWord(prev) && i+1 < len(s) && isDigit(s[i+1]) {
		if end := ipv4End(s, i+1); end > 0 {
			return p.replace(phHost, end)
		}
	}
	if isWord(prev) && i+1 < len(s) && isDigit(s[i+1]) && p.arity(i) {
		return p.keep(i, run(s, i+1, clsDigit))
	}
	if isWord(prev) || prev == '<' || prev == '>' || prev == '.' || prev == '/' {
		return 0
	}
	if end := slashPath(s, i); end > 0 {
		return p.replace(phPath, end)
	}
	return 0
}

// arity tells whether "/2" belongs to a function of Elixir or Erlang: "Shop.Cart.add/2", "&add/2", "fn/1".
func (p *scanner) arity(i int) bool {
	s := p.s
	d := run(s, i+1, clsDigit)
	if d-i > 3 || d < len(s) && (isWord(s[d]) || s[d] == '/') {
		return false
	}
	j := i
	for j > p.replaced && i-j < 80 && (isWord(s[j-1]) || s[j-1] == '!' || s[j-1] == '?') {
		j--
	}
	if j == i || isDigit(s[j]) {
		return false
	}
	if s[j:i] == "fn" || j > 0 && (s[j-1] == '&' || (s[j-1] == '.' || s[j-1] == ':') && j > p.replaced+1 && isWord(s[j-2])) {
		return true
	}
	return strings.HasSuffix(s[:j], "function ")
}

// signed reads a number with a sign.
func (p *scanner) signed(i int, prev byte) int {
	s := p.s
	if isLetter(prev) || prev == '_' || prev == s[i] || i+1 >= len(s) || !isDigit(s[i+1]) {
		return 0
	}
	d := run(s, i+1, clsDigit)
	if uuidLen(s, i+1) > 0 || dateAt(s, i+1, d, s[i]) > 0 || isDigit(prev) && number(s, i+1) == 0 {
		return 0
	}
	if end := p.measure(i+1, d, ' '); end > 0 {
		return end
	}
	if end := number(s, i+1); end > 0 {
		return p.replace(phNumber, end)
	}
	return 0
}

// lambda cuts the tail of a Java lambda class.
func (p *scanner) lambda(i int) int {
	s := p.s
	j := i + len("$$Lambda")
	k := j
	if k < len(s) && (s[k] == '$' || s[k] == '/') {
		for k < len(s) && (isWord(s[k]) || s[k] == '/' || s[k] == '$') {
			k++
		}
	}
	if k < len(s) && s[k] == '@' {
		k = run(s, k+1, clsHex)
	}
	p.w.copy(i, j)
	if k > j {
		p.w.diverge()
	}
	return k
}

// maxPair bounds the keys and values of pairs that are looked at as a whole.
const maxPair = 1024

// jsonPair reads a key in quotes, without digits, and the value behind it. Numbers, truth values
// and texts with digits are values; other texts are left to the scanner.
func (p *scanner) jsonPair(i int) int {
	s, q := p.s, p.s[i]
	j := i + 1
	for j < len(s) && j-i < 64 && (isWord(s[j]) && !isDigit(s[j]) || s[j] == ' ' || s[j] == '.' || s[j] == '-') {
		j++
	}
	if j == i+1 || j >= len(s) || s[j] != q {
		return 0
	}
	k := skipSpaces(s, j+1)
	if k >= len(s) || s[k] != ':' {
		return 0
	}
	k = skipSpaces(s, k+1)
	end := jsonValue(s, k, q)
	if end == 0 {
		return 0
	}
	p.keep(i, k)
	return p.replace(phValue, end)
}

func skipSpaces(s string, i int) int {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	return i
}

// jsonValue returns the end of a value that varies; 0 when there is none.
func jsonValue(s string, k int, q byte) int {
	if k >= len(s) {
		return 0
	}
	if s[k] == q {
		digit := false
		for j := k + 1; j < len(s) && j-k < maxPair; j++ {
			switch {
			case s[j] == '\\':
				j++
			case s[j] == q:
				if digit || j-k > 40 {
					return j + 1
				}
				return 0
			case isDigit(s[j]):
				digit = true
			}
		}
		return 0
	}
	if isDigit(s[k]) || s[k] == '-' && k+1 < len(s) && isDigit(s[k+1]) {
		j := k + 1
		for j < len(s) && (isDigit(s[j]) || strings.IndexByte(".eE+-", s[j]) >= 0) {
			j++
		}
		if j < len(s) && isWord(s[j]) {
			return 0
		}
		return j
	}
	return literalEnd(s, k)
}

// literalEnd returns the end of a truth value or null at k.
func literalEnd(s string, k int) int {
	j := run(s, k, clsWord)
	if j < len(s) && s[j] == '<' {
		return 0 // it may stand before a placeholder, and was a longer word then
	}
	switch s[k:j] {
	case "true", "false", "True", "False", "TRUE", "FALSE", "null", "None", "nil", "undefined":
		return j
	}
	return 0
}

// assigned reads the value behind "key=". Quoted texts and truth values always
// vary; of other values, those whose key names an identity or a place.
func (p *scanner) assigned(i int, prev byte) int {
	s := p.s
	k := i + 1
	if k >= len(s) || s[k] == '=' || !isWord(prev) && prev != '>' {
		return 0
	}
	p.w.copy(i, k)
	if q := s[k]; q == '"' || q == '\'' {
		if end := quotedEnd(s, k); end > 0 {
			return p.replace(phValue, end)
		}
		return k
	}
	if end := literalEnd(s, k); end > 0 {
		return p.replace(phValue, end)
	}
	if isSpace(s[k]) || !identityKey(s, i) {
		return k
	}
	end := k
	if u := urlEnd(s, k); u > 0 {
		end = u
	} else {
		for end < len(s) && !isSpace(s[end]) && strings.IndexByte(`,;&)]}="'`, s[end]) < 0 {
			end++
		}
	}
	if end == k {
		return k
	}
	return p.replace(phValue, end)
}

// quotedEnd returns the end of a quoted text at k that closes within bounds.
func quotedEnd(s string, k int) int {
	end := min(len(s), k+maxPair)
	if j := strings.IndexByte(s[k+1:end], s[k]); j > 0 {
		return k + 1 + j + 1
	}
	return 0
}

// identityKey tells whether the key that ends at i names an identity, an address or a file.
func identityKey(s string, i int) bool {
	j := i
	for j > 0 && i-j < 64 && (isWord(s[j-1]) || s[j-1] == '.' || s[j-1] == '-') {
		j--
	}
	key := s[j:i]
	switch key {
	case "to", "from", "user", "uid", "pid", "sid", "gid", "ip", "addr", "rhost", "ruser":
		return true
	}
	for _, suffix := range [...]string{"id", "Id", "ID", "user", "User", "name", "Name", "host", "Host", "token", "Token", "key", "Key", "path", "Path", "file", "File", "url", "Url", "URL", "uri", "email", "Email", "session", "Session", "relay", "addr", "uuid", "login"} {
		if strings.HasSuffix(key, suffix) && len(key) > len(suffix)-1 {
			return true
		}
	}
	return false
}
