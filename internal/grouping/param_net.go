package grouping

import "strings"

// localByte tells the bytes that the local part of an e-mail address may have.
func localByte(c byte) bool {
	if isWord(c) {
		return true
	}
	switch c {
	case '.', '!', '#', '$', '%', '&', '*', '+', '/', '?', '^', '`', '{', '|', '}', '~', '-':
		return true
	}
	return false
}

// email returns the end of an address whose local part starts at i.
func (p *scanner) email(i int) int {
	s := p.s
	if i >= p.localEnd {
		j := i
		for j < len(s) && localByte(s[j]) {
			j++
		}
		p.localEnd = max(j, i+1)
	}
	at := p.localEnd
	if at <= i || at >= len(s) || s[at] != '@' {
		return 0
	}
	j, dots := at+1, 0
	for {
		k := run(s, j, clsAlnum)
		for k > j && k < len(s) && s[k] == '-' {
			k = run(s, k+1, clsAlnum)
		}
		if k == j {
			j--
			break
		}
		j = k
		if j == len(s) || s[j] != '.' {
			dots++
			break
		}
		dots++
		j++
	}
	if dots < 2 {
		return 0
	}
	return j
}

// urlEnd returns the end of a URL whose scheme starts at i; punctuation at its end is the sentence's.
func urlEnd(s string, i int) int {
	j := i
	for j < len(s) && j-i <= 21 && (isAlnum(s[j]) || s[j] == '+' || s[j] == '.' || s[j] == '-') {
		j++
	}
	if j-i < 2 || !strings.HasPrefix(s[j:], "://") {
		return 0
	}
	start := j + 3
	end := start
	for end < len(s) && !isSpace(s[end]) && s[end] != '"' && s[end] != '\'' && s[end] != '<' && s[end] != '>' && s[end] != '`' {
		end++
	}
	for end > start && strings.IndexByte(",.;:!?)]}", s[end-1]) >= 0 {
		end--
	}
	if end == start {
		return 0
	}
	return end
}

// macEnd returns the end of six pairs of hexadecimal digits at i.
func macEnd(s string, i int, prev byte) int {
	if len(s)-i < 17 || s[i+2] != ':' && s[i+2] != '-' {
		return 0
	}
	sep := s[i+2]
	for k := range 17 {
		if k%3 == 2 && s[i+k] != sep || k%3 != 2 && !isHex(s[i+k]) {
			return 0
		}
	}
	if i+17 < len(s) && (isAlnum(s[i+17]) || s[i+17] == sep) || prev == sep {
		return 0
	}
	return i + 17
}

// ipv4End returns the end of an IPv4 address at i with port, prefix length or the like.
func ipv4End(s string, i int) int {
	j := i
	for k := range 4 {
		d := run(s, j, clsDigit)
		if d == j || d-j > 3 || d-j == 3 && (s[j] > '2' || s[j:d] > "255") {
			return 0
		}
		j = d
		if k < 3 {
			if j == len(s) || s[j] != '.' {
				return 0
			}
			j++
		}
	}
	if j+1 < len(s) && (s[j] == ':' || s[j] == '/' || s[j] == '#') {
		if d := run(s, j+1, clsDigit); d > j+1 && d-j <= 6 && (d == len(s) || !isWord(s[d])) {
			return d
		}
	}
	if j < len(s) && (isWord(s[j]) || s[j] == '.' && j+1 < len(s) && isDigit(s[j+1])) {
		return 0
	}
	return j
}

// ipv6End returns the end of an IPv6 address at i with zone or prefix length.
// It must hold "::" or eight groups, and a digit, so that code ("Fee::add") stays.
func ipv6End(s string, i int, prev byte) int {
	if isWord(prev) || prev == ':' {
		return 0
	}
	j, groups, double, digit := i, 0, false, false
	for j < len(s) && j-i < 46 {
		if s[j] == ':' {
			if j+1 < len(s) && s[j+1] == ':' {
				if double {
					return 0
				}
				double = true
				j += 2
				continue
			}
			if groups == 0 || j+1 == len(s) || !isHex(s[j+1]) {
				break
			}
			j++
		}
		h := run(s, j, clsHex)
		if h == j || h-j > 4 {
			break
		}
		if h < len(s) && s[h] == '.' && double {
			if e := ipv4End(s, j); e > 0 {
				return e
			}
		}
		digit = digit || hasDigit(s[j:h])
		groups++
		j = h
	}
	if j < len(s) && (isWord(s[j]) || s[j] == ':') {
		return 0
	}
	if !double && groups != 8 || groups > 8 || groups > 0 && !digit {
		return 0
	}
	if groups == 0 && (!isSpace(prev) || j < len(s) && !isSpace(s[j]) && s[j] != '/') {
		return 0
	}
	if j+1 < len(s) && s[j] == '%' && isWord(s[j+1]) {
		j = run(s, j+1, clsWord)
	}
	if j+1 < len(s) && s[j] == '/' && isDigit(s[j+1]) {
		j = run(s, j+1, clsDigit)
	}
	return j
}

// host returns the end of a dotted host name at i with an optional port.
func (p *scanner) host(i int) int {
	s := p.s
	if i < p.dotEnd {
		return 0 // inside a run that is no host name
	}
	if prev := p.prev(i); prev == '.' || prev == '@' || prev == '/' || prev == '-' {
		return 0
	}
	j := i
	for j < len(s) && (isAlnum(s[j]) || s[j] == '.' || s[j] == '-' || s[j] == '_') {
		j++
	}
	p.dotEnd = j
	for j > i && (s[j-1] == '.' || s[j-1] == '-') {
		j--
	}
	if j < p.dotEnd && s[j] == '-' || j < len(s) && (s[j] >= 0x80 || s[j] == '(' || s[j] == '@' || placeholderAt(s, j) > 0) {
		return 0
	}
	port := j
	if j+1 < len(s) && s[j] == ':' && isDigit(s[j+1]) {
		if d := run(s, j+1, clsDigit); d-j <= 6 && (d == len(s) || !isWord(s[d]) && s[d] != ':') {
			port = d
		}
	}
	if port > j && longDomain(s[i:j]) {
		return port
	}
	if hostName(s[i:j]) && !expression(s, i, j) {
		return port
	}
	return 0
}

// expression tells whether a dotted name is code by what JavaScript engines
// write around it: "(reading 'user.io')", "x.at is not a function".
func expression(s string, i, j int) bool {
	before, after := s[max(0, i-12):i], s[j:min(len(s), j+16)]
	for _, p := range [...]string{"reading '", "setting '", "evaluating '", "property '", "property \"", "deleting '"} {
		if strings.HasSuffix(before, p) {
			return true
		}
	}
	return hasAnyPrefix(after, " is not a ", " is undefined", " is null", " is not defin", " is not iter", " is not an ")
}

// longDomain tells whether a name that a port follows is a domain of any kind:
// three lower-case parts, the last of letters and no file's extension.
func longDomain(h string) bool {
	first, last := strings.IndexByte(h, '.'), strings.LastIndexByte(h, '.')
	if first <= 0 || first == last || strings.Contains(h, "..") || codeWord(h[:first], true) {
		return false
	}
	tld := h[last+1:]
	for i := range len(h) {
		if isUpper(h[i]) || h[i] == '_' {
			return false
		}
	}
	return len(tld) >= 2 && run(tld, 0, clsLower) == len(tld) && familyOfFile(h) == familyOther && !assetExt(tld)
}

// hostName tells host names from dotted code.
func hostName(h string) bool {
	last := strings.LastIndexByte(h, '.')
	first := strings.IndexByte(h, '.')
	if last < 0 || len(h) > 253 || strings.Contains(h, "..") || first == 0 {
		return false
	}
	tld := h[last+1:]
	letters, upper := false, false
	for i := range len(h) {
		letters = letters || isLetter(h[i])
		upper = upper || isUpper(h[i])
	}
	if !letters || codeWord(h[:first], upper || first != last && domainTLD(tld)) {
		return false
	}
	if upper || first == last {
		return !upper && knownTLD(tld) || first != last && upper && strongTLD(tld)
	}
	return knownTLD(tld) || strongTLD(tld)
}

// domainTLD are top-level domains that no member of an object is named for.
func domainTLD(t string) bool {
	switch t {
	case "com", "net", "org", "edu", "gov", "cn", "jp", "ru", "kr", "tw", "br", "local", "internal":
		return true
	}
	return false
}

// codeWord tells first parts of dotted names that are packages, or variables unless the name is clearly a domain's.
func codeWord(w string, domain bool) bool {
	switch w {
	case "java", "javax", "org", "com", "net", "io":
		return true
	}
	if domain {
		return false
	}
	switch w {
	case "jakarta", "kotlin", "scala", "sun", "akka", "system", "microsoft", "this", "self", "window", "document", "data", "props", "state", "event", "args", "params", "config", "settings", "module", "exports", "process", "console", "math", "req", "request", "response", "ctx", "context", "os", "sys", "app", "app1",
		"e", "err", "error", "res", "req1", "obj", "object", "item", "items", "user", "users", "order", "orders", "row", "rows", "x", "y", "i", "j", "k", "v", "n", "t", "a", "b", "c", "s", "el", "node", "node1", "val", "value", "result", "key", "it", "that", "other", "model", "store", "session", "payload", "body", "input", "options", "opts":
		return true
	}
	return false
}

// strongTLD are top-level domains that are trusted whatever the case, with at least three labels.
func strongTLD(t string) bool {
	switch t {
	case "com", "net", "org", "edu", "gov", "local", "internal", "br", "mx", "cn", "jp", "om", "kr", "tw", "in", "ru", "de", "uk", "fr", "au":
		return true
	}
	return false
}

func knownTLD(t string) bool {
	switch t {
	case "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "io", "dev", "app", "cloud", "local", "internal", "lan", "corp", "localdomain", "test", "example",
		"co", "uk", "de", "fr", "it", "es", "nl", "be", "ch", "at", "se", "no", "dk", "fi", "pl", "cz", "ru", "ua", "cn", "jp", "kr", "tw", "hk", "sg", "in", "au", "nz", "ca", "us", "mx", "br",
		"ar", "cl", "za", "tr", "gr", "il", "ir", "eu", "xyz", "site", "online", "tv", "me", "pt", "ro", "hu", "vn", "my", "th":
		return true
	}
	return false
}

func pathByte(c byte) bool {
	if isWord(c) {
		return true
	}
	switch c {
	case '.', '@', '+', '%', '~', '$', '#', '=', '-':
		return true
	}
	return false
}

// slashPath returns the end of a Unix path whose first slash is at i: two
// segments, or one with a dot, digit or underscore.
func slashPath(s string, i int) int {
	j, slashes, telling := i, 0, false
	for j < len(s) {
		if s[j] == '/' {
			slashes++
			if j+1 < len(s) && s[j+1] == '/' {
				break
			}
		} else if !pathByte(s[j]) {
			break
		} else if c := s[j]; isDigit(c) || c == '.' || c == '_' {
			telling = true
		}
		j++
	}
	for j > i+1 && s[j-1] == '.' {
		j--
	}
	switch {
	case j-i < 2:
		return 0
	case slashes >= 2 && s[i+1] != '/':
		return j
	case slashes == 1 && telling && s[i+1] != '.' && s[i+1] != '=':
		return j
	}
	return 0
}

// windowsPath returns the end of `C:\…` at i, or of a UNC path when i is at its backslashes.
func windowsPath(s string, i int) int {
	j := i
	switch {
	case j+2 < len(s) && isLetter(s[j]) && s[j+1] == ':' && (s[j+2] == '\\' || s[j+2] == '/'):
		if s[j+2] == '/' && j+3 < len(s) && s[j+3] == '/' {
			return 0
		}
		j += 3
	case j+2 < len(s) && s[j] == '\\' && s[j+1] == '\\' && run2(s, j, '\\') < len(s) && (isWord(s[run2(s, j, '\\')]) || s[run2(s, j, '\\')] == '?'):
		j = run2(s, j, '\\')
		if s[j] == '?' {
			j++
		}
		k := j
		for k < len(s) && (isWord(s[k]) || s[k] == '.' || s[k] == '-' || s[k] == '$') {
			k++
		}
		if k == len(s) || s[k] != '\\' {
			return 0
		}
		j = k
	default:
		return 0
	}
	for j < len(s) && !isSpace(s[j]) && strings.IndexByte(`"'<>|*?,;)]`, s[j]) < 0 {
		j++
	}
	for j > i && (s[j-1] == '.' || s[j-1] == ':') {
		j--
	}
	return j
}

// run2 returns the end of a run of c.
func run2(s string, i int, c byte) int {
	for i < len(s) && s[i] == c {
		i++
	}
	return i
}
