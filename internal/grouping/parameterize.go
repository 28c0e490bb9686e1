package grouping

import "unicode/utf8"

// Limits of what is read of a message.
const (
	maxMessage = 8 << 10
	maxLines   = 2
)

// The placeholders. They are few on purpose: where two kinds of value look
// alike by the luck of their digits, one template must not become two.
const (
	phNumber = "<n>"    // numbers, hashes, identifiers, versions
	phValue  = "<v>"    // values of keys
	phHost   = "<host>" // host names, IP and MAC addresses
	phDate   = "<date>"
	phPath   = "<path>"
	phDur    = "<dur>"
	phSize   = "<size>"
	phURL    = "<url>"
	phEmail  = "<email>"
)

// Parameterize returns the template of a message: the first two lines that are
// not blank, at most 8 KiB, with values replaced by placeholders and white
// space collapsed. What carries meaning stays: HTTP status, SQLSTATE, errno,
// exit codes, names of technologies. It reads s once, takes time linear in its
// length, and returns s itself, without allocating, when nothing changes.
func Parameterize(s string) string {
	var p scanner
	p.w = writer{src: s}
	p.scan(s)
	if !p.w.diverged {
		return s[:p.w.n]
	}
	return string(p.w.dst)
}

// parameterizeCodes returns the template of a message and the codes in it that
// say what went wrong by themselves (HTTP status, SQLSTATE, errno, exit code,
// signal, code of a vendor), separated by spaces.
func parameterizeCodes(s string) (template, codes string) {
	var p scanner
	p.w = writer{src: s}
	p.scan(s)
	if !p.w.diverged {
		return s[:p.w.n], string(p.codes)
	}
	return string(p.w.dst), string(p.codes)
}

// AppendParameterized appends the template of s to dst; see Parameterize.
func AppendParameterized(dst []byte, s string) []byte {
	var p scanner
	p.w = writer{dst: dst, base: len(dst), src: s}
	p.scan(s)
	if !p.w.diverged {
		return append(dst, s[:p.w.n]...)
	}
	return p.w.dst
}

// features of a chunk, the text between two spaces: which kinds of value it can hold at all.
const (
	ftDigit = 1 << iota
	ftAt
	ftColon
	ftSlash // either slash
	ftDot
	ftEqual
	ftQuote
	ftOther // bytes that no plain word has: < $ ( ) : handled one by one
)

var features = buildFeatures()

func buildFeatures() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = ftDigit
	}
	t['@'], t[':'], t['/'], t['\\'], t['.'], t['='] = ftAt, ftColon, ftSlash, ftSlash, ftDot, ftEqual
	t['"'], t['\''] = ftQuote, ftQuote
	t['<'], t['$'], t[')'] = ftOther, ftOther, ftOther
	return t
}

// scanner reads one message from left to right.
type scanner struct {
	s string
	w writer
	// end and has are of the chunk at hand.
	end int
	has uint8
	// localEnd and dotEnd remember how far a run that was looked at reaches, so
	// that no byte is looked at again for each position inside the run.
	localEnd, dotEnd int
	// replaced is where the last value that was replaced ends.
	replaced int
	// codes collects the codes that were kept.
	codes []byte
}

// maxCodes bounds the collected codes, in bytes.
const maxCodes = 128

// code notes a code that stays in the template.
func (p *scanner) code(c string) {
	if len(p.codes)+len(c) < maxCodes {
		p.codes = append(append(p.codes, c...), ' ')
	}
}

// prev is the byte before i as a second reading of the template would see it;
// a space at the start. What decides about a value must not be a value itself,
// or the template of a template would be another.
func (p *scanner) prev(i int) byte {
	switch i {
	case 0:
		return ' '
	case p.replaced:
		return '>'
	}
	return p.s[i-1]
}

// scan writes the template of s.
func (p *scanner) scan(s string) {
	if len(s) > maxMessage {
		end := maxMessage
		for end > maxMessage-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end]
	}
	p.s = s
	lines, blank := 0, true
	for i := 0; i < len(p.s); {
		if c := p.s[i]; isSpace(c) {
			j := i
			for ; j < len(p.s) && isSpace(p.s[j]); j++ {
				if (p.s[j] == '\n' || p.s[j] == '\r') && !blank {
					lines, blank = lines+1, true
				}
			}
			p.w.space(i, j)
			if lines >= maxLines {
				break
			}
			i = j
			continue
		}
		blank = false
		p.chunk(i)
		if p.has == 0 {
			i = p.plain(i)
			continue
		}
		for i < len(p.s) && i < p.end && !isSpace(p.s[i]) {
			i = p.step(i)
		}
	}
	p.w.finish()
}

// chunk looks at the text up to the next space.
func (p *scanner) chunk(i int) {
	has := uint8(0)
	j := i
	for ; j < len(p.s) && !isSpace(p.s[j]); j++ {
		has |= features[p.s[j]]
	}
	p.end, p.has = j, has
}

// plain handles a chunk without digits and marks: only words that announce a value in a later chunk matter.
func (p *scanner) plain(i int) int {
	for i < p.end {
		if !isLetter(p.s[i]) {
			j := i + 1
			for j < p.end && !isLetter(p.s[j]) {
				j++
			}
			p.w.copy(i, j)
			i = j
			continue
		}
		j := run(p.s, i, clsWord)
		if isWord(p.prev(i)) || j-i > 12 {
			p.w.copy(i, j)
			i = j
			continue
		}
		if end := p.keyword(i, j); end > 0 {
			return end
		}
		p.w.copy(i, j)
		i = j
	}
	return i
}

// step handles what starts at i and returns where to go on.
func (p *scanner) step(i int) int {
	s := p.s
	c := s[i]
	prev := p.prev(i)
	switch {
	case isDigit(c):
		if end := p.digits(i); end > 0 {
			return end
		}
	case isLetter(c):
		if !isWord(prev) || prev == '_' {
			if end := p.word(i); end > 0 {
				return end
			}
		}
		j := run(s, i, clsLetter)
		p.w.copy(i, j)
		return j
	case c < 0x80 && c != '_':
		if end := p.mark(i); end > 0 {
			return end
		}
	default:
		j := run(s, i, clsHigh|clsUnder)
		p.w.copy(i, j)
		return j
	}
	p.w.copy(i, i+1)
	return i + 1
}

// replace writes a placeholder for s[i:end].
func (p *scanner) replace(ph string, end int) int {
	p.w.placeholder(ph)
	p.replaced = end
	return end
}

// keep copies s[i:end] as it is, but for its white space.
func (p *scanner) keep(i, end int) int {
	for start := i; start < end; {
		j := start
		for j < end && !isSpace(p.s[j]) {
			j++
		}
		p.w.copy(start, j)
		start = j
		for start < end && isSpace(p.s[start]) {
			start++
		}
		if start > j {
			p.w.space(j, start)
		}
	}
	return end
}
