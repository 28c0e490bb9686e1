package event

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// storable returns s without NUL bytes and invalid UTF-8.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
}

// keep copies b into the event's own memory: many texts share one allocation.
func (d *decoder) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if d.strs.Cap()-d.strs.Len() < len(b) {
		d.strs = strings.Builder{} // earlier texts hold on to their chunk
		d.strs.Grow(max(d.chunk, len(b)))
	}
	at := d.strs.Len()
	d.strs.Write(b)
	return d.strs.String()[at:]
}

// word reads a short text: a string or a number, without blanks around it, cut to limit characters.
func (d *decoder) word(name string, v *fastjson.Value, limit int) string {
	return d.keep(d.cut(name, bytes.TrimSpace(d.scalar(name, v)), limit))
}

// text reads a text as it is, cut to limit characters.
func (d *decoder) text(name string, v *fastjson.Value, limit int) string {
	return d.keep(d.cut(name, d.scalar(name, v), limit))
}

func (d *decoder) textAt(index int, v *fastjson.Value, limit int) string {
	mark := d.pushIndex(index)
	defer d.pop(mark)
	return d.text("", v, limit)
}

// prose reads a text that may hold secrets, or any JSON as its text.
func (d *decoder) prose(name string, v *fastjson.Value, limit int) string {
	if absent(v) {
		return ""
	}
	var b []byte
	switch v.Type() {
	case fastjson.TypeObject, fastjson.TypeArray:
		b = d.jsonText(v)
	default:
		b = d.scalar(name, v)
	}
	return d.keep(d.cut(name, d.clean(name, b), limit))
}

// clean replaces secrets in a text.
func (d *decoder) clean(name string, b []byte) []byte {
	out, found := d.scrub.text(b)
	if found {
		d.note(name, Scrubbed, "")
	}
	return out
}

// scalar returns the text of a string, number or truth value, which belongs to
// the parser or the scratch buffer; anything else is noted and dropped.
func (d *decoder) scalar(name string, v *fastjson.Value) []byte {
	if v == nil {
		return nil
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return nil
	case fastjson.TypeString:
		return v.GetStringBytes()
	case fastjson.TypeNumber:
		d.scratch = v.MarshalTo(d.scratch[:0])
		return d.scratch
	case fastjson.TypeTrue:
		return []byte("True")
	case fastjson.TypeFalse:
		return []byte("False")
	}
	d.note(name, Dropped, "not a text")
	return nil
}

// cut shortens b to limit characters ending in "...".
func (d *decoder) cut(name string, b []byte, limit int) []byte {
	if len(b) <= limit {
		return b
	}
	count := utf8.RuneCount(b)
	if count <= limit {
		return b
	}
	d.note(name, Trimmed, strconv.Itoa(count)+" characters")
	return cutText(b, limit)
}

// cutText returns the first limit-3 characters of b and "...".
func cutText(b []byte, limit int) []byte {
	end := runeOffset(b, limit-3)
	out := make([]byte, 0, end+3)
	return append(append(out, b[:end]...), "..."...)
}

// runeOffset returns where character n of b starts.
func runeOffset(b []byte, n int) int {
	at := 0
	for ; n > 0 && at < len(b); n-- {
		_, size := utf8.DecodeRune(b[at:])
		at += size
	}
	return at
}

// push enters a member and returns the mark that pop takes back.
func (d *decoder) push(name string) (mark int) {
	mark = len(d.path)
	if name == "" {
		return mark
	}
	if mark > 0 {
		d.path = append(d.path, '.')
	}
	d.path = append(d.path, name...)
	return mark
}

func (d *decoder) pushKey(key []byte) (mark int) {
	mark = len(d.path)
	if mark > 0 {
		d.path = append(d.path, '.')
	}
	d.path = append(d.path, key...)
	return mark
}

func (d *decoder) pushIndex(i int) (mark int) {
	mark = len(d.path)
	if mark > 0 {
		d.path = append(d.path, '.')
	}
	d.path = strconv.AppendInt(d.path, int64(i), 10)
	return mark
}

func (d *decoder) pop(mark int) { d.path = d.path[:mark] }

// note records what was done to the member name of where the decoder is.
func (d *decoder) note(name string, kind NoteKind, detail string) {
	if len(d.e.Notes) >= maxNotes || d.stored {
		return
	}
	mark := d.push(name)
	d.e.Notes = append(d.e.Notes, Note{Path: string(d.path), Kind: kind, Detail: detail})
	d.pop(mark)
}

// dropUnlessAbsent notes a value of a wrong type; nothing, null and {} are none.
func (d *decoder) dropUnlessAbsent(name string, v *fastjson.Value, why string) {
	if o := object(v); !absent(v) && (o == nil || o.Len() > 0) {
		d.note(name, Dropped, why)
	}
}

func (d *decoder) readNotes(v *fastjson.Value) {
	for _, item := range array(v) {
		o := object(item)
		if o == nil || len(d.e.Notes) >= maxNotes {
			continue
		}
		d.e.Notes = append(d.e.Notes, Note{
			Path:   string(stringBytes(o.Get("path"))),
			Kind:   NoteKind(stringBytes(o.Get("kind"))),
			Detail: string(stringBytes(o.Get("detail"))),
		})
	}
}

// array returns the items of a JSON list, nil for anything else.
func array(v *fastjson.Value) []*fastjson.Value {
	if v == nil || v.Type() != fastjson.TypeArray {
		return nil
	}
	return v.GetArray()
}

// list returns the items of a list in any of its three shapes (PROTOCOL.md,
// §11): {"values": […]}, a bare list, or a single object.
func (d *decoder) list(name string, v *fastjson.Value) []*fastjson.Value {
	if absent(v) {
		return nil
	}
	switch v.Type() {
	case fastjson.TypeArray:
		return v.GetArray()
	case fastjson.TypeObject:
		o := v.GetObject()
		if o.Len() == 0 {
			return nil
		}
		if values := o.Get("values"); values != nil {
			return array(values)
		}
		return []*fastjson.Value{v}
	}
	d.note(name, Dropped, "not a list")
	return nil
}
