package grouping

// writer collects a template. As long as it equals the source it copies
// nothing. It also tidies up as it goes: repeated placeholders and repeated
// tokens become one, empty parentheses vanish.
type writer struct {
	dst      []byte
	base     int // dst[:base] is the caller's
	src      string
	n        int // src[:n] is the template so far, while not diverged
	diverged bool
	// token is where the token at hand starts, prev and prevEnd bound the one before.
	token, prev, prevEnd int
	// pending says that a space is due before the next output.
	pending bool
}

func (w *writer) len() int {
	if w.diverged {
		return len(w.dst) - w.base
	}
	return w.n
}

func (w *writer) at(i int) byte {
	if w.diverged {
		return w.dst[w.base+i]
	}
	return w.src[i]
}

func (w *writer) diverge() {
	if !w.diverged {
		if w.dst == nil {
			w.dst = make([]byte, 0, min(len(w.src), maxMessage)+32)
		}
		w.dst = append(w.dst, w.src[:w.n]...)
		w.diverged = true
	}
}

// flush writes the space that is due.
func (w *writer) flush() {
	if w.pending {
		w.pending = false
		w.write(" ")
	}
}

// copy appends src[i:j].
func (w *writer) copy(i, j int) {
	w.flush()
	if !w.diverged {
		if i == w.n {
			w.n = j
			w.tidyParens(j)
			return
		}
		w.diverge()
	}
	w.dst = append(w.dst, w.src[i:j]...)
	w.tidyParens(j)
}

// truncate cuts the template to n bytes.
func (w *writer) truncate(n int) {
	if w.diverged {
		w.dst = w.dst[:w.base+n]
		return
	}
	if n != w.n {
		w.n = n
		w.diverge()
	}
}

func (w *writer) write(s string) {
	w.diverge()
	w.dst = append(w.dst, s...)
}

// hasSuffix tells whether the first n bytes of the template end with suffix.
func (w *writer) hasSuffix(n int, suffix string) bool {
	if n < len(suffix) {
		return false
	}
	if w.diverged {
		return string(w.dst[w.base+n-len(suffix):w.base+n]) == suffix
	}
	return w.src[n-len(suffix):n] == suffix
}

// placeholder appends ph, unless it continues a list of the same placeholder: "<n>, <n> and <n>".
func (w *writer) placeholder(ph string) {
	w.flush()
	n := w.len()
	if ph != phValue {
		if before := w.beforeList(n); w.hasSuffix(before, ph) {
			w.truncate(before)
			if before <= w.token {
				w.token = w.prev
				w.prevEnd = w.prev
			}
			return
		}
	}
	w.write(ph)
}

// copyPlaceholder appends a placeholder that the source holds at i.
func (w *writer) copyPlaceholder(i int, ph string) {
	w.flush()
	if w.diverged || w.n != i {
		w.placeholder(ph)
		return
	}
	if before := w.beforeList(i); ph != phValue && w.hasSuffix(before, ph) {
		w.placeholder(ph)
		return
	}
	w.n = i + len(ph)
}

// beforeList returns where the text before a list separator ends.
func (w *writer) beforeList(n int) int {
	m := n
	for _, word := range [...]string{"and ", "or "} {
		if w.hasSuffix(m, word) && m > len(word) && !isWord(w.at(m-len(word)-1)) {
			m -= len(word)
			break
		}
	}
	for k := 0; m > 0 && k < 16 && listSeparator(w.at(m-1)); k++ {
		m--
	}
	return m
}

func listSeparator(c byte) bool {
	switch c {
	case ' ', ',', ';', '|', '/', ':', '.', 'x', '\\', '~', '-':
		return true
	}
	return false
}

// space ends a token: src[i:j] is white space.
func (w *writer) space(i, j int) {
	w.endToken()
	n := w.len()
	if n == 0 || w.at(n-1) == ' ' {
		w.diverge()
		return
	}
	if !w.diverged && w.n == i && j == i+1 && w.src[i] == ' ' {
		w.n = j
	} else {
		w.pending = true
	}
	w.prev, w.prevEnd = w.token, n
	w.token = n + 1
}

// endToken drops the token at hand when it repeats the one before and holds a placeholder.
func (w *writer) endToken() {
	n := w.len()
	curEnd, prevEnd := w.trimList(w.token, n), w.trimList(w.prev, w.prevEnd)
	size := curEnd - w.token
	if size < 3 || size != prevEnd-w.prev || w.prev == w.token {
		return
	}
	marked := false
	for k := range size {
		c := w.at(w.token + k)
		if c != w.at(w.prev+k) {
			return
		}
		marked = marked || c == '>'
	}
	if !marked || !w.holdsPlaceholder(w.prev, prevEnd) {
		return
	}
	w.diverge()
	tail := string(w.dst[w.base+curEnd : w.base+n])
	w.truncate(prevEnd)
	w.dst = append(w.dst, tail...)
	w.token = w.prev
}

// trimList returns the end of a token without a list's comma.
func (w *writer) trimList(start, end int) int {
	for end > start && (w.at(end-1) == ',' || w.at(end-1) == ';') {
		end--
	}
	return end
}

func (w *writer) holdsPlaceholder(start, end int) bool {
	for i := start; i < end; i++ {
		if w.at(i) != '<' {
			continue
		}
		j := i + 1
		for j < end && isLower(w.at(j)) {
			j++
		}
		if j > i+1 && j < end && w.at(j) == '>' {
			return true
		}
	}
	return false
}

// tidyParens removes " ()" and " (<n>)" once they are complete; j is where the source goes on.
func (w *writer) tidyParens(j int) {
	if j == 0 || w.src[j-1] != ')' || j < len(w.src) && !isSpace(w.src[j]) && w.src[j] != ',' && w.src[j] != '.' && w.src[j] != ';' && w.src[j] != ':' {
		return
	}
	n := w.len()
	i := n - 2
	if i >= 0 && w.at(i) == '>' {
		for i--; i >= 0 && isLower(w.at(i)); i-- {
		}
		if i < 0 || w.at(i) != '<' || i == n-3 {
			return
		}
		i--
	}
	if i < 1 || w.at(i) != '(' || w.at(i-1) != ' ' {
		return
	}
	w.truncate(i - 1)
	w.token, w.prevEnd = w.prev, w.prev
}

// finish ends the template.
func (w *writer) finish() {
	w.endToken()
	n := w.len()
	for n > 0 && w.at(n-1) == ' ' {
		n--
	}
	if n != w.len() {
		if w.diverged {
			w.truncate(n)
		} else {
			w.n = n
		}
	}
}
