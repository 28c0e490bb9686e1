package grouping

// digits handles what starts with a digit: the most telling shape wins.
func (p *scanner) digits(i int) int {
	s := p.s
	prev := p.prev(i)
	d := run(s, i, clsDigit)
	if !isWord(prev) && d-i < 8 && (d == len(s) || plainEnd(s[d])) {
		return p.replace(phNumber, d)
	}
	if prev == '_' || !isWord(prev) {
		if end := p.shaped(i, d, prev); end > 0 {
			return end
		}
	}
	if isLetter(prev) || isDigit(prev) {
		return p.keep(i, d)
	}
	if end := p.measure(i, d, prev); end > 0 {
		return end
	}
	if end := number(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	if end := identifier(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	return p.keep(i, d)
}

// plainEnd tells the bytes after which digits are a number and nothing else.
func plainEnd(c byte) bool {
	switch c {
	case ')', ']', '}', ';', '"', '\'', '>', '!', '?', '\n':
		return true
	}
	return false
}

// shaped finds values with a fixed shape at a digit: dates, addresses, hashes.
func (p *scanner) shaped(i, d int, prev byte) int {
	s := p.s
	next := byte(' ')
	if d < len(s) {
		next = s[d]
	}
	if next == '-' || isHex(next) {
		if end := uuidEnd(s, i); end > 0 {
			return p.replace(phNumber, end)
		}
		if end := traceEnd(s, i); end > 0 {
			return p.replace(phNumber, end)
		}
	}
	if end := dateAt(s, i, d, prev); end > 0 {
		return p.replace(phDate, end)
	}
	if p.has&ftColon != 0 && (next == ':' || isHex(next)) {
		if end := macEnd(s, i, prev); end > 0 {
			return p.replace(phHost, end)
		}
		if end := ipv6End(s, i, prev); end > 0 {
			return p.replace(phHost, end)
		}
	}
	if d < len(s) && s[d] == '-' {
		if end := macEnd(s, i, prev); end > 0 {
			return p.replace(phHost, end)
		}
	}
	if p.has&ftDot != 0 {
		if end := p.host(i); end > 0 {
			return p.replace(phHost, end)
		}
		if end := ipv4End(s, i); end > 0 && prev != ':' && prev != '.' && prev != '~' {
			return p.replace(phHost, end)
		}
	}
	if end := statusPhrase(s, i, d); end > 0 {
		p.code(s[i:end])
		return p.keep(i, end)
	}
	if !isWord(next) {
		return 0
	}
	if end := hexEnd(s, i); end > 0 {
		if windowsCode(s[i:end]) {
			return p.keep(i, end)
		}
		return p.replace(phNumber, end)
	}
	if end := keepDigits(s, i, d); end > 0 {
		return p.keep(i, end)
	}
	if end := randomEnd(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	return 0
}

// measure finds durations, sizes and versions.
func (p *scanner) measure(i, d int, prev byte) int {
	s := p.s
	if prev == '.' || prev == '_' {
		return 0
	}
	if end := duration(s, i, d); end > 0 {
		return p.replace(phDur, end)
	}
	if end := size(s, i, d); end > 0 {
		return p.replace(phSize, end)
	}
	if end := version(s, i); end > 0 {
		return p.replace(phNumber, end)
	}
	return 0
}

// decimal returns the end of digits with an optional fraction.
func decimal(s string, d int) int {
	if d+1 < len(s) && s[d] == '.' && isDigit(s[d+1]) {
		return run(s, d+1, clsDigit)
	}
	return d
}

// number returns the end of a number with thousands, fraction, exponent and a
// mark of percent or order; 0 when a word goes on behind it.
func number(s string, i int) int {
	d := run(s, i, clsDigit)
	j := d
	for j+3 < len(s) && s[j] == ',' && d-i <= 3 && run(s[:j+4], j+1, clsDigit) == j+4 && (j+4 == len(s) || !isDigit(s[j+4])) {
		j += 4
	}
	j = decimal(s, j)
	if j < len(s) && (s[j] == 'e' || s[j] == 'E') {
		k := j + 1
		if k < len(s) && (s[k] == '+' || s[k] == '-') {
			k++
		}
		if e := run(s, k, clsDigit); e > k && (e == len(s) || !isWord(s[e])) {
			j = e
		}
	}
	if j < len(s) && s[j] == '%' && (j+1 == len(s) || !isWord(s[j+1])) {
		j++
	} else if j+1 < len(s) {
		switch s[j : j+2] {
		case "st", "nd", "rd", "th":
			if j+2 == len(s) || !isWord(s[j+2]) {
				j += 2
			}
		}
	}
	if j < len(s) && isWord(s[j]) {
		if j > d && !isWord(s[d]) {
			return d // the fraction belongs to another word
		}
		return 0
	}
	return j
}

// unitEnd returns the end of one of units at i that no word continues; 0 when there is none.
func unitEnd(s string, i int, isUnit func(string) bool) int {
	j := i
	for j < len(s) && j-i < 14 && (isLetter(s[j]) || s[j] >= 0x80) {
		j++
	}
	if j == i || j < len(s) && isWord(s[j]) && !isDigit(s[j]) || !isUnit(s[i:j]) {
		return 0
	}
	return j
}

// duration matches "10ms", "1.5 seconds", "1h30m5s".
func duration(s string, i, d int) int {
	j := decimal(s, d)
	if end := unitEnd(s, j, attachedTime); end > 0 {
		for end < len(s) && isDigit(s[end]) {
			n := unitEnd(s, decimal(s, run(s, end, clsDigit)), attachedTime)
			if n == 0 {
				return 0
			}
			end = n
		}
		return end
	}
	if j < len(s) && s[j] == ' ' {
		if end := unitEnd(s, j+1, spacedTime); end > 0 && (end == len(s) || !isDigit(s[end])) {
			return end
		}
	}
	return 0
}

func attachedTime(u string) bool {
	switch u {
	case "m", "d", "w":
		return true
	}
	return spacedTime(u)
}

func spacedTime(u string) bool {
	switch u {
	case "ns", "us", "µs", "μs", "ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds", "microseconds", "nanoseconds",
		"s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "day", "days", "week", "weeks":
		return true
	}
	return false
}

// size matches "10 MB", "512Mi", "4096 bytes".
func size(s string, i, d int) int {
	j := d
	for k := 0; k < 6 && j+1 < len(s) && (s[j] == '.' || s[j] == ',') && isDigit(s[j+1]); k++ {
		j = run(s, j+1, clsDigit)
	}
	end := unitEnd(s, j, attachedSize)
	if end == 0 && j < len(s) && s[j] == ' ' {
		end = unitEnd(s, j+1, spacedSize)
	}
	if end > 0 && end < len(s) && isDigit(s[end]) {
		return 0
	}
	return end
}

func attachedSize(u string) bool {
	switch u {
	case "k", "K", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "Pi":
		return true
	}
	return spacedSize(u)
}

func spacedSize(u string) bool {
	switch u {
	case "B", "KB", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "kb", "mb", "gb", "byte", "bytes", "Byte", "Bytes", "BYTES",
		"K", "M", "G", "bps", "kbps", "Kbps", "Mbps", "Gbps", "Hz", "kHz", "MHz", "GHz", "page", "pages":
		return true
	}
	return false
}

// version matches "1.2.3", "v1.2.3-rc1", "2.6.5-1.358".
func version(s string, i int) int {
	j, dots := run(s, i, clsDigit), 0
	for j+1 < len(s) && s[j] == '.' && isDigit(s[j+1]) {
		j = run(s, j+1, clsDigit)
		dots++
	}
	if dots < 2 {
		return 0
	}
	for j+1 < len(s) && (s[j] == '-' || s[j] == '+' || s[j] == '~') && isWord(s[j+1]) {
		j = run(s, j+1, clsWord)
		for j+1 < len(s) && s[j] == '.' && isWord(s[j+1]) {
			j = run(s, j+1, clsWord)
		}
	}
	if j < len(s) && isWord(s[j]) {
		return 0
	}
	return j
}

// identifier matches a token that starts with a digit and mixes in letters: "12ab-cd", "3f_9".
func identifier(s string, i int) int {
	j := run(s, i, clsWord)
	if j-i < 2 {
		return 0
	}
	for j+1 < len(s) && s[j] == '-' && isWord(s[j+1]) {
		j = run(s, j+1, clsWord)
	}
	return j
}

// uuidEnd returns the end of a UUID at i.
func uuidEnd(s string, i int) int {
	if n := uuidLen(s, i); n > 0 && (i+n == len(s) || !isAlnum(s[i+n])) {
		return i + n
	}
	return 0
}

// traceEnd returns the end of a W3C traceparent or an X-Ray trace id.
func traceEnd(s string, i int) int {
	if len(s)-i >= 55 && s[i:i+3] == "00-" && s[i+35] == '-' && s[i+52] == '-' &&
		run(s, i+3, clsHex) == i+35 && run(s, i+36, clsHex) == i+52 && run(s, i+53, clsHex) == i+55 {
		return i + 55
	}
	if len(s)-i >= 35 && s[i:i+2] == "1-" && s[i+10] == '-' && run(s, i+2, clsHex) == i+10 && run(s, i+11, clsHex) == i+35 {
		return i + 35
	}
	return 0
}

// hexEnd returns the end of "0x…" or of at least six hexadecimal digits of one case, letters and digits mixed.
func hexEnd(s string, i int) int {
	if s[i] == '0' && i+2 < len(s) && (s[i+1] == 'x' || s[i+1] == 'X') {
		if j := run(s, i+2, clsHex); j > i+2 && (j == len(s) || !isAlnum(s[j])) {
			return j
		}
		return 0
	}
	j := run(s, i, clsHex)
	if j-i < 6 || j < len(s) && isWord(s[j]) {
		return 0
	}
	var seen uint8
	for k := i; k < j; k++ {
		seen |= classes[s[k]] & (clsDigit | clsHexLower | clsHexUpper)
	}
	if seen == clsDigit|clsHexLower || seen == clsDigit|clsHexUpper {
		return j
	}
	return 0
}

// windowsCode tells HRESULT and NTSTATUS values, which mean something: 0x80070005, 0xC0000005.
func windowsCode(h string) bool {
	return len(h) == 10 && (hasAnyPrefix(h[2:], "8000", "8001", "8002", "8003", "8004", "8005", "8007", "8009", "8010", "8013", "8024") || (h[2] == 'C' || h[2] == 'c') && h[3:7] == "0000")
}

// randomEnd returns the end of a token that nobody typed: letters and digits in
// turns, at least eight of them in both cases or sixteen; base64's padding included.
func randomEnd(s string, i int) int {
	j := run(s, i, clsAlnum)
	n := j - i
	if n < 8 {
		return 0
	}
	if n > 512 {
		j, n = i+512, 512
	}
	changes, groups := 0, 0
	var seen, last uint8
	for k := i; k < j; k++ {
		c := classes[s[k]] & clsAlnum
		if c != last && last != 0 {
			changes++
		}
		if c == clsDigit && last != clsDigit {
			groups++
		}
		seen, last = seen|c, c
	}
	j = run(s, j, clsAlnum)
	random := groups >= 2 && seen != clsDigit && (n >= 16 || seen == clsAlnum && changes*100 >= n*45)
	random = random || n >= 16 && seen == clsAlnum && changes*2 >= n || n >= 20 && seen == clsUpper|clsDigit
	if !random {
		return 0
	}
	for n >= 16 && j+1 < len(s) && s[j] == '-' {
		e := run(s, j+1, clsAlnum)
		if !hasDigit(s[j+1:min(e, j+64)]) || e < len(s) && s[e] == '_' {
			break
		}
		j = e
	}
	for k := 0; k < 2 && j < len(s) && s[j] == '='; k++ {
		j++
	}
	return j
}
