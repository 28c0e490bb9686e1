package event

import (
	"github.com/valyala/fastjson"
)

// ObjectWriter builds a canonical JSON object member by member, within a
// budget and with secrets replaced. Use one for one object; it is not safe for
// concurrent use.
type ObjectWriter struct {
	d decoder
	w bagWriter
}

// objectDepth bounds how deep the members of an ObjectWriter nest.
const objectDepth = 6

// NewObjectWriter returns a writer of an object of at most max bytes; a nil
// scrubber means the default rules.
func NewObjectWriter(s *Scrubber, max int) *ObjectWriter {
	if s == nil {
		s = defaultScrubber
	}
	o := &ObjectWriter{d: decoder{o: &ParseOptions{}, e: &Event{}, scrub: s}}
	o.w = bagWriter{d: &o.d, dst: []byte{'{'}, end: max, member: max}
	return o
}

// Add writes a member. What does not fit, or is null, is left out.
func (o *ObjectWriter) Add(key string, v *fastjson.Value) {
	if !absent(v) {
		o.w.memberOf([]byte(key), v, objectDepth, o.w.end-1)
	}
}

// AddText writes a text member.
func (o *ObjectWriter) AddText(key, value string) {
	if value != "" {
		o.AddJSON(key, AppendString(nil, value))
	}
}

// AddJSON writes a member given as JSON; what is no JSON is left out.
func (o *ObjectWriter) AddJSON(key string, raw []byte) {
	p := parsers.Get()
	defer parsers.Put(p)
	if v, err := parseJSON(p, raw); err == nil {
		o.Add(key, v)
	}
}

// Bytes returns the object, nil when it has no members. The writer is done then.
func (o *ObjectWriter) Bytes() []byte {
	if len(o.w.dst) == 1 {
		return nil
	}
	return append(o.w.dst, '}')
}

// Clean returns text without secrets, NUL bytes and invalid UTF-8, cut to limit
// characters. A nil Scrubber means the default rules.
func (s *Scrubber) Clean(text string, limit int) string {
	if s == nil {
		s = defaultScrubber
	}
	text = storable(text)
	out, found := s.text([]byte(text))
	if found {
		text = string(out)
	}
	if len(text) <= limit || len([]rune(text)) <= limit {
		return text
	}
	return string(cutText([]byte(text), limit))
}

// ReadJSON calls read with the value of raw, which is read as leniently as
// events are: NaN, lone surrogates, NUL bytes and invalid UTF-8 do no harm. The
// value is valid only during the call. The error is fault.Invalid.
func ReadJSON(raw []byte, read func(v *fastjson.Value)) error {
	p := parsers.Get()
	if len(raw) <= pooledSize {
		defer parsers.Put(p)
	}
	v, err := parseJSON(p, raw)
	if err != nil {
		return err
	}
	read(v)
	return nil
}
