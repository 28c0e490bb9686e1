package grouping

import "strings"

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
	end, telling := 0, true
	switch string(lowered(&buf, s[i:j])) {
	case "http":
		end = httpTail(s, httpStatusWords(s, httpVersion(s, j)))
	case "status", "statuscode", "code", "responded", "response", "returned", "returns", "got", "received", "replied":
		end = httpTail(s, httpStatusWords(s, j))
		// "got 404 rows" is no status, "responded with 404" is.
		telling = s[i]|0x20 == 's' || equalFold(s[i:i+3], "res")
		switch {
		case end != 0:
		case s[i]|0x20 == 'r':
			end = exitTail(s, i, j)
		case s[i]|0x20 == 'c':
			end = mixedState(s, j)
		}
	case "errno", "signal", "sig", "exitcode", "exit", "exited", "error", "err", "rc":
		end = exitTail(s, i, j)
		// "error 17" may count anything, "errno 17" does not.
		telling = s[i+1]|0x20 != 'r' || s[j-1]|0x20 == 'o'
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
	if telling {
		p.code(s[i:end])
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
		k := skipWord(place{s, j}, "code", "status")
		if k == j {
			return 0
		}
		j = k
	default:
		if s[i:j] == "exited" || s[i:j] == "Exited" {
			k := skipWord(place{s, j}, "with")
			if k == j {
				return 0
			}
			j = skipWord(place{s, k}, "code", "status")
		} else if strings.EqualFold(s[i:j], "exit") {
			k := skipWord(place{s, j}, "code", "status", "Code")
			if k == j {
				return 0
			}
			j = k
		} else if strings.EqualFold(s[i:j], "error") {
			j = skipWord(place{s, j}, "code", "number", "no")
		}
	}
	return codeNumber(s, j)
}

// place is a position in a text.
type place struct {
	s string
	i int
}

// skipWord skips one of words after a space or underscore; it returns the start when none follows.
func skipWord(at place, words ...string) int {
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
	if strings.HasPrefix(s[e:], " [") { // the driver's own code
		if d := run(s, e+2, clsDigit); d > e+2 && d < len(s) && s[d] == ']' {
			e = d + 1
		}
	}
	return e
}

// mixedState returns the end of an SQLSTATE with a letter behind "code:", such as 42P01.
func mixedState(s string, j int) int {
	if j >= len(s) || s[j] != ':' && s[j] != '=' {
		return 0
	}
	k := skipSpaces(s, j+1)
	e := run(s, k, clsDigit|clsUpper)
	if e-k != 5 || !isDigit(s[k]) || digitsOnly(s[k:e]) || e < len(s) && isWord(s[e]) {
		return 0
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
