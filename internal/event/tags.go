package event

import (
	"bytes"

	"github.com/valyala/fastjson"
)

// setTags reads the client's tags from a map or a list of pairs. The first of
// equal keys counts; keys that name a field of the event are dropped.
func (d *decoder) setTags(v *fastjson.Value) {
	mark := d.push("tags")
	defer d.pop(mark)
	d.e.Tags = d.o.Memory.tagList(min(members(v), maxTags))
	d.pairs(v, d.tag)
	if len(d.e.Tags) == 0 {
		d.e.Tags = nil
	}
}

// members is how many members pairs goes through.
func members(v *fastjson.Value) int {
	if o := object(v); o != nil {
		return o.Len()
	}
	return len(array(v))
}

// pairs calls each with the members of an object, or of a list of [key, value]
// pairs or of objects with a key and a value.
func (d *decoder) pairs(v *fastjson.Value, each func(key []byte, v *fastjson.Value)) {
	if absent(v) {
		return
	}
	switch v.Type() {
	case fastjson.TypeObject:
		v.GetObject().Visit(each)
	case fastjson.TypeArray:
		for _, item := range v.GetArray() {
			if pair := array(item); len(pair) == 2 {
				each(stringBytes(pair[0]), pair[1])
			} else if o := object(item); o != nil {
				each(stringBytes(o.Get("key")), o.Get("value"))
			} else {
				d.dropUnlessAbsent("", item, "not a pair")
			}
		}
	default:
		d.note("", Dropped, "neither an object nor a list of pairs")
	}
}

func (d *decoder) tag(key []byte, v *fastjson.Value) {
	key = bytes.TrimSpace(key)
	switch string(key) {
	case "", "release", "dist", "user", "filename", "function":
		return
	}
	if len(key) > maxTagKey {
		key = key[:runeOffset(key, maxTagKey)]
	}
	clean := d.scratchKey(key)
	if d.e.Tag(string(clean)) != "" {
		return
	}
	if len(d.e.Tags) == maxTags {
		d.note("", Trimmed, "too many tags")
		return
	}
	mark := d.pushKey(clean)
	defer d.pop(mark)
	name := d.keep(clean)
	if value := d.tagValue(clean, v); value != "" {
		d.e.Tags = append(d.e.Tags, Tag{Key: name, Value: value})
	}
}

// scratchKey returns key with everything outside [A-Za-z0-9_.:-] replaced by "-".
func (d *decoder) scratchKey(key []byte) []byte {
	clean := true
	for _, c := range key {
		clean = clean && isTagKeyByte(c)
	}
	if clean {
		return key
	}
	out := make([]byte, 0, len(key))
	for _, r := range string(key) {
		if r < 0x80 && isTagKeyByte(byte(r)) {
			out = append(out, byte(r))
		} else {
			out = append(out, '-')
		}
	}
	return out
}

func isTagKeyByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '_' || c == '.' || c == ':' || c == '-'
}

func (d *decoder) tagValue(key []byte, v *fastjson.Value) string {
	if absent(v) {
		return ""
	}
	if d.scrub.hides(key, v) {
		d.note("", Scrubbed, "")
		return filtered
	}
	b := d.scalar("", v)
	if line, _, more := bytes.Cut(bytes.TrimSpace(b), []byte("\n")); more {
		d.note("", Trimmed, "to its first line")
		b = line
	}
	return d.keep(bytes.TrimSpace(d.cut("", d.clean("", bytes.TrimSpace(b)), maxTagValue)))
}
