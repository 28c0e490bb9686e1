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
	if p.has&ftDot != 0 && p.has&(ftDot) != 0 {
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
	if k < len(s) && isLetter(s[k]) && k+1 < len(s) && isDigit(s[k+1]) {
		k++
	}
	if k >= len(s) || !isDigit(s[k]) {
		return 0, 0
	}
	k = run(s, k, clsWord)
	for k+1 < len(s) && (s[k] == '-' || s[k] == '_' || s[k] == '.') && isWord(s[k+1]) {
		e := run(s, k+1, clsWord)
		if !hasDigit(s[k+1:min(e, k+64)]) && (s[k] == '.' || e-k != 2 || !isLetter(s[k+1])) {
			break
		}
		k = e
	}
	return name, k
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

// keyword handles words that give a meaning to the number behind them, dates
// that start with a name, and names of users.
func (p *scanner) keyword(i, j int) int {
	s := p.s
	if j-i < 2 || j-i > 12 {
		return 0
	}
	if isUpper(s[i]) {
		if end := namedDate(s, i); end > 0 {
			return p.replace(phDate, end)
		}
	}
	var buf [16]byte
	end := 0
	switch string(lowered(&buf, s[i:j])) {
	case "http":
		end = httpTail(s, httpStatusWords(s, httpVersion(s, j)))
	case "status", "statuscode", "code", "responded", "response", "returned", "returns", "got", "received", "replied":
		end = httpTail(s, httpStatusWords(s, j))
		if end == 0 && s[i]|0x20 == 'r' {
			end = exitTail(s, i, j)
		}
	case "errno", "signal", "sig", "exitcode", "exit", "exited", "error", "err", "rc":
		end = exitTail(s, i, j)
	case "sqlstate":
		end = sqlstate(s, j)
	case "hresult":
		k := skipSpaces(s, j)
		if k < len(s) && (s[k] == ':' || s[k] == '=') {
			k = skipSpaces(s, k+1)
			if e := run(s, k+2, clsHex); strings.HasPrefix(s[min(k, len(s)):], "0x") && e-k == 10 {
				end = e
			}
		}
	case "user":
		return p.userName(i, j)
	case "for":
		return p.forName(i, j)
	case "datetime":
		if e := pythonDate(s, j); e > 0 {
			return p.replace(phDate, e)
		}
	default:
		if isUpper(s[i]) {
			end = vendorCode(s, i, j)
		}
	}
	if end == 0 {
		return 0
	}
	return p.keep(i, end)
}

// httpVersion skips "/1.1".
func httpVersion(s string, j int) int {
	if j+1 < len(s) && s[j] == '/' && isDigit(s[j+1]) {
		return decimal(s, j+2)
	}
	return j
}

// httpStatusWords skips words that may stand between a keyword and its status: "with a status code of".
func httpStatusWords(s string, j int) int {
	for range 6 {
		k := j
		for k < len(s) && k-j < 2 && (s[k] == ' ' || s[k] == '_') {
			k++
		}
		e := run(s, k, clsLetter)
		switch s[k:e] {
		case "status", "Status", "code", "Code", "with", "of", "was", "is", "a", "an", "http", "HTTP", "error", "response":
			j = e
		default:
			return j
		}
	}
	return j
}

// httpTail returns the end of a three-digit status after separators.
func httpTail(s string, j int) int {
	k := skipSpaces(s, j)
	if k < len(s) && (s[k] == ':' || s[k] == '=') {
		k = skipSpaces(s, k+1)
	}
	open := k < len(s) && (s[k] == '[' || s[k] == '(')
	if open {
		k++
	}
	if k == j || k+3 > len(s) || s[k] < '1' || s[k] > '5' || run(s, k, clsDigit) != k+3 {
		return 0
	}
	k += 3
	if k < len(s) && (isWord(s[k]) || s[k] == '.' && k+1 < len(s) && isDigit(s[k+1]) || s[k] == ',' && k+1 < len(s) && isDigit(s[k+1])) {
		return 0
	}
	if open && k < len(s) && (s[k] == ']' || s[k] == ')') {
		k++
	}
	return k
}

// exitTail returns the end of an exit code, signal or errno behind the keyword s[i:j].
func exitTail(s string, i, j int) int {
	switch s[i] | 0x20 {
	case 'r': // returned, response: only with a word that makes it a code
		k := skipWord(skipWord2{s, j}, "code", "status")
		if k == j {
			return 0
		}
		j = k
	default:
		if s[i:j] == "exited" || s[i:j] == "Exited" {
			k := skipWord(skipWord2{s, j}, "with")
			if k == j {
				return 0
			}
			j = skipWord(skipWord2{s, k}, "code", "status")
		} else if strings.EqualFold(s[i:j], "exit") {
			k := skipWord(skipWord2{s, j}, "code", "status", "Code")
			if k == j {
				return 0
			}
			j = k
		} else if strings.EqualFold(s[i:j], "error") {
			j = skipWord(skipWord2{s, j}, "code", "number", "no")
		}
	}
	return codeNumber(s, j)
}

type skipWord2 struct {
	s string
	i int
}

// skipWord skips one of words after a space or underscore; it returns the start when none follows.
func skipWord(at skipWord2, words ...string) int {
	k := at.i
	for k < len(at.s) && k-at.i < 2 && (at.s[k] == ' ' || at.s[k] == '_') {
		k++
	}
	e := run(at.s, k, clsLetter)
	for _, w := range words {
		if at.s[k:e] == w {
			return e
		}
	}
	return at.i
}

// codeNumber returns the end of a code of at most five digits behind separators.
func codeNumber(s string, j int) int {
	k := skipSpaces(s, j)
	e := run(s, k, clsLetter)
	if w := s[k:e]; w == "of" || w == "is" || w == "was" {
		k = skipSpaces(s, e)
	} else if k < len(s) && (s[k] == ':' || s[k] == '=' || s[k] == '#') {
		k = skipSpaces(s, k+1)
	}
	open := k < len(s) && (s[k] == '[' || s[k] == '(')
	if open {
		k++
	}
	start := k
	if k < len(s) && s[k] == '-' {
		k++
	}
	d := run(s, k, clsDigit)
	if start == j || d == k || d-k > 5 || d < len(s) && (isWord(s[d]) || s[d] == '.' && d+1 < len(s) && isWord(s[d+1]) || s[d] == ':' && d+1 < len(s) && isDigit(s[d+1])) {
		return 0
	}
	if open && d < len(s) && (s[d] == ']' || s[d] == ')') {
		d++
	}
	return d
}

// sqlstate returns the end of the five characters behind SQLSTATE.
func sqlstate(s string, j int) int {
	k := skipSpaces(s, j)
	if k < len(s) && strings.IndexByte("[:=(", s[k]) >= 0 {
		k = skipSpaces(s, k+1)
	}
	e := run(s, k, clsDigit|clsUpper)
	if k == j || e-k != 5 {
		return 0
	}
	if e < len(s) && (s[e] == ']' || s[e] == ')') {
		e++
	}
	return e
}

// statusPhrase keeps "404 Not Found": a status with its own words.
func statusPhrase(s string, i, d int) int {
	if d-i != 3 || s[i] < '4' || s[i] > '5' || d+1 >= len(s) || s[d] != ' ' && s[d] != ':' {
		return 0
	}
	k := skipSpaces(s, d+1)
	if k < len(s) && s[k] == '(' {
		k++
	}
	rest := s[k:]
	if hasAnyPrefix(rest, "Bad Request", "Unauthorized", "Payment Required", "Forbidden", "Not Found", "Method Not Allowed", "Not Acceptable", "Request Timeout", "Conflict", "Gone",
		"Payload Too Large", "Request Entity Too Large", "Unsupported Media Type", "Unprocessable", "Too Many Requests", "Internal Server Error", "Not Implemented", "Bad Gateway", "Service Unavailable", "Service Temporarily Unavailable", "Gateway Time") {
		return d
	}
	return 0
}

// vendorCode keeps numbered errors of databases, compilers and clouds: "ORA-00942", "TS2304".
func vendorCode(s string, i, j int) int {
	switch s[i:j] {
	case "ORA", "PLS", "TNS", "DB", "SQL", "JDBC", "HHH", "WFLY", "AADSTS", "NU", "CS", "TS", "RC", "FS", "BC", "IDE", "MSB", "NETSDK", "ERR", "LNK", "CWE", "RFC", "PG", "MQ", "AMQ", "SRVE", "DSRA", "EJB", "JWT", "MY", "ESLINT", "KB":
	default:
		return 0
	}
	k := j
	if k < len(s) && s[k] == '-' {
		k++
	}
	d := run(s, k, clsDigit)
	if n := d - k; n < 3 || n > 6 {
		return 0
	}
	if d < len(s) && isUpper(s[d]) {
		d++
	}
	if d < len(s) && !isSpace(s[d]) && strings.IndexByte(":])(,.", s[d]) < 0 {
		return 0
	}
	return d
}

// pythonDate returns the end of "datetime.datetime(…)" behind "datetime".
func pythonDate(s string, j int) int {
	for _, kind := range [...]string{".datetime(", ".date(", ".time(", ".timedelta("} {
		if !strings.HasPrefix(s[j:], kind) {
			continue
		}
		start := j + len(kind)
		depth := 1
		for k := start; k < len(s) && k < start+200; k++ {
			switch s[k] {
			case '(':
				depth++
			case ')':
				if depth--; depth == 0 {
					return k + 1
				}
			}
		}
	}
	return 0
}

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
