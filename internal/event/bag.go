package event

import (
	"strconv"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// bag writes the object v as canonical JSON: no blanks, valid UTF-8, standard
// numbers, within b, with secrets replaced. A list becomes an object keyed by
// position. It returns nil for what is absent or empty.
func (d *decoder) bag(name string, v *fastjson.Value, b budget) Bag {
	if absent(v) {
		return nil
	}
	if t := v.Type(); t != fastjson.TypeObject && t != fastjson.TypeArray {
		d.note(name, Dropped, "not an object")
		return nil
	}
	return d.write(name, b, func(w *bagWriter) {
		if items := array(v); items != nil {
			w.indexed(items, b.depth)
			return
		}
		w.object(v.GetObject(), b.depth, w.end, b.member)
	})
}

// value is bag for any JSON value; lists stay lists.
func (d *decoder) value(name string, v *fastjson.Value, b budget) Bag {
	if absent(v) {
		return nil
	}
	return d.write(name, b, func(w *bagWriter) { w.any(v, b.depth, w.end) })
}

// plainBag is bag without a search for secrets: package names and file names look like them.
func (d *decoder) plainBag(name string, v *fastjson.Value, b budget) Bag {
	scrub := d.scrub
	d.scrub = disabledScrubber
	defer func() { d.scrub = scrub }()
	return d.bag(name, v, b)
}

func (d *decoder) write(name string, b budget, fill func(*bagWriter)) Bag {
	mark := d.push(name)
	defer d.pop(mark)
	start := len(d.bags)
	w := &d.writer
	*w = bagWriter{d: d, dst: d.bags, member: b.member, end: start + b.total}
	fill(w)
	if w.trimmed {
		d.note("", Trimmed, "over its size or depth")
	}
	d.bags = w.dst
	switch string(w.dst[start:]) {
	case "", "{}", "[]", `""`, "null":
		d.bags = w.dst[:start]
		return nil
	}
	return Bag(w.dst[start:len(w.dst):len(w.dst)])
}

// jsonText returns the canonical JSON of v, for values shown as text.
func (d *decoder) jsonText(v *fastjson.Value) []byte {
	w := bagWriter{d: d, member: textFormBudget.member, end: textFormBudget.total}
	w.any(v, textFormBudget.depth, w.end)
	return w.dst
}

// bagWriter appends canonical JSON. Every write takes the position its output
// may not pass, which depends on the nesting alone: what fits once fits again,
// so that a stored bag reads back unchanged.
type bagWriter struct {
	d       *decoder
	dst     []byte
	end     int
	member  int // bytes one top-level member may take
	trimmed bool
}

// indexed writes a list as an object keyed by position.
func (w *bagWriter) indexed(items []*fastjson.Value, depth int) {
	w.dst = append(w.dst, '{')
	for i, item := range items {
		var room [20]byte
		key := strconv.AppendInt(room[:0], int64(i), 10)
		if !w.memberOf(key, item, depth-1, min(w.end-1, len(w.dst)+w.member)) {
			break
		}
	}
	w.dst = append(w.dst, '}')
}

// any writes v in at most end-len(dst) bytes and tells whether it could.
func (w *bagWriter) any(v *fastjson.Value, depth, end int) bool {
	start := len(w.dst)
	switch v.Type() {
	case fastjson.TypeObject:
		if depth <= 0 && v.GetObject().Len() > 0 {
			return w.asText(v, end)
		}
		w.object(v.GetObject(), depth, end, end)
	case fastjson.TypeArray:
		if depth <= 0 && len(v.GetArray()) > 0 {
			return w.asText(v, end)
		}
		w.array(v.GetArray(), depth, end)
	case fastjson.TypeString:
		return w.string(w.d.clean("", v.GetStringBytes()), end)
	case fastjson.TypeNumber:
		w.number(v)
	default:
		w.dst = v.MarshalTo(w.dst)
	}
	if len(w.dst) > end {
		w.dst = w.dst[:start]
		w.trimmed = true
		return false
	}
	return true
}

func (w *bagWriter) object(o *fastjson.Object, depth, end, member int) {
	w.dst = append(w.dst, '{')
	full := false
	o.Visit(func(key []byte, v *fastjson.Value) {
		if !full {
			full = !w.memberOf(key, v, depth-1, min(end-1, len(w.dst)+member)) && len(w.dst)+minMember > end
		}
	})
	w.dst = append(w.dst, '}')
}

// minMember is the room below which no further member is tried.
const minMember = 32

// memberOf writes one member of an object, or nothing when it does not fit.
func (w *bagWriter) memberOf(key []byte, v *fastjson.Value, depth, end int) bool {
	start := len(w.dst)
	if w.dst[start-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	if len(key) > maxBagKey {
		key = key[:runeOffset(key, min(maxBagKey, utf8.RuneCount(key)))]
	}
	w.dst = append(AppendString(w.dst, key), ':')
	mark := w.d.pushKey(key)
	ok := w.memberValue(key, v, depth, end)
	w.d.pop(mark)
	if !ok {
		w.trimmed = true
		w.dst = w.dst[:start]
	}
	return ok
}

// memberValue writes v, or the replacement when its key says that it is a secret.
func (w *bagWriter) memberValue(key []byte, v *fastjson.Value, depth, end int) bool {
	if !w.d.scrub.hides(key, v) {
		return w.any(v, depth, end)
	}
	if len(w.dst)+len(filteredJSON) > end {
		return false
	}
	w.dst = append(w.dst, filteredJSON...)
	w.d.note("", Scrubbed, "")
	return true
}

func (w *bagWriter) array(items []*fastjson.Value, depth, end int) {
	w.dst = append(w.dst, '[')
	var key []byte // of a [name, value] pair
	if len(items) == 2 {
		key = stringBytes(items[0])
	}
	for i, item := range items {
		start := len(w.dst)
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		ok := false
		if i == 1 {
			ok = w.memberValue(key, item, depth-1, end-1)
		} else {
			ok = w.any(item, depth-1, end-1)
		}
		if !ok {
			w.trimmed = true
			w.dst = w.dst[:start]
			break
		}
	}
	w.dst = append(w.dst, ']')
}

// asText writes a container below the depth limit as its JSON text.
func (w *bagWriter) asText(v *fastjson.Value, end int) bool {
	w.trimmed = true
	return w.string(w.d.jsonText(v), end)
}

// string writes s, cut to what fits.
func (w *bagWriter) string(s []byte, end int) bool {
	start := len(w.dst)
	w.dst = AppendString(w.dst, s)
	if len(w.dst) <= end {
		return true
	}
	w.trimmed = true
	at := cutEscaped(w.dst[start:], end-start-len(`..."`))
	if at < minMember {
		w.dst = w.dst[:start]
		return false
	}
	w.dst = append(w.dst[:start+at], `..."`...)
	return true
}

// cutEscaped returns the largest position up to limit that splits neither an
// escape nor a character of the JSON string s.
func cutEscaped(s []byte, limit int) int {
	if limit <= 1 {
		return 0
	}
	at := 1
	for at < limit {
		n := 1
		switch {
		case s[at] == '\\' && s[at+1] == 'u':
			n = len(`\u0000`)
		case s[at] == '\\':
			n = 2
		case s[at] >= utf8.RuneSelf:
			_, n = utf8.DecodeRune(s[at:])
		}
		if at+n > limit {
			break
		}
		at += n
	}
	return at
}

// number writes a number as the client wrote it, null when it is none by JSON's grammar.
func (w *bagWriter) number(v *fastjson.Value) {
	start := len(w.dst)
	w.dst = v.MarshalTo(w.dst)
	if token := w.dst[start:]; len(token) > maxNumber || !validNumber(token) {
		w.dst = append(w.dst[:start], "null"...)
	}
}

// maxNumber is the length of the longest number that is kept: enough for any 128-bit integer.
const maxNumber = 48

// contexts keeps the contexts that are objects.
func (d *decoder) contexts(v *fastjson.Value) Bag {
	if o := object(v); o != nil && !d.stored {
		var drop []string
		o.Visit(func(key []byte, v *fastjson.Value) {
			if v.Type() != fastjson.TypeObject || v.GetObject().Len() == 0 {
				drop = append(drop, string(key))
			}
		})
		mark := d.push("contexts")
		for _, key := range drop {
			d.dropUnlessAbsent(key, o.Get(key), "not an object")
			o.Del(key)
		}
		d.pop(mark)
	}
	return d.bag("contexts", v, contextBudget)
}
