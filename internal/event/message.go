package event

import (
	"bytes"
	"strconv"

	"github.com/valyala/fastjson"
)

// setMessage reads the log entry: either key may hold a text or an object, logentry counts first.
func (d *decoder) setMessage(message, logentry *fastjson.Value) {
	v := logentry
	if absent(v) {
		v = message
	}
	if absent(v) || v.Type() == fastjson.TypeFalse {
		return
	}
	mark := d.push("logentry")
	defer d.pop(mark)
	m := &d.e.Message
	o := object(v)
	if o == nil {
		m.Formatted = d.prose("formatted", v, maxMessage)
		return
	}
	template := o.Get("message")
	params := o.Get("params")
	m.Template = d.prose("message", template, maxMessage)
	m.Formatted = d.prose("formatted", o.Get("formatted"), maxMessage)
	if !absent(params) {
		if t := params.Type(); t == fastjson.TypeArray || t == fastjson.TypeObject {
			m.Params = d.value("params", params, smallBudget)
		} else {
			d.note("params", Dropped, "neither a list nor an object")
		}
	}
	if m.Formatted == "" && m.Params != nil && !d.stored {
		if text, ok := d.format([]byte(m.Template), params); ok {
			m.Formatted = d.keep(d.cut("formatted", d.clean("formatted", text), maxMessage))
		}
	}
	if m.Formatted == "" {
		m.Formatted = m.Template
	}
	if m.Formatted == m.Template && m.Params == nil {
		m.Template = ""
	}
}

// format puts params into a template: printf style when it has a %, else {} style.
// ok is false when they do not fit together.
func (d *decoder) format(template []byte, params *fastjson.Value) (text []byte, ok bool) {
	switch {
	case bytes.IndexByte(template, '%') >= 0:
		return d.formatPercent(template, params)
	case bytes.IndexByte(template, '{') >= 0:
		return d.formatBraces(template, params)
	}
	return nil, false
}

func (d *decoder) formatPercent(template []byte, params *fastjson.Value) (out []byte, ok bool) {
	next := 0
	for len(template) > 0 {
		at := bytes.IndexByte(template, '%')
		if at < 0 || at+1 == len(template) {
			break
		}
		out = append(out, template[:at]...)
		template = template[at+1:]
		if template[0] == '%' {
			out, template = append(out, '%'), template[1:]
			continue
		}
		key := ""
		if template[0] == '(' {
			end := bytes.IndexByte(template, ')')
			if end < 0 {
				return nil, false
			}
			key, template = string(template[1:end]), template[end+1:]
		}
		flags := 0
		for flags < len(template) && bytes.IndexByte([]byte("#0- +.123456789hlL"), template[flags]) >= 0 {
			flags++
		}
		if flags == len(template) || !isLetter(template[flags]) {
			return nil, false
		}
		template = template[flags+1:]
		if key == "" {
			key = strconv.Itoa(next)
			next++
		}
		if out, ok = d.appendParam(out, params, key); !ok {
			return nil, false
		}
	}
	return append(out, template...), true
}

func (d *decoder) formatBraces(template []byte, params *fastjson.Value) (out []byte, ok bool) {
	next := 0
	for {
		open := bytes.IndexByte(template, '{')
		if open < 0 {
			return append(out, template...), true
		}
		out = append(out, template[:open]...)
		template = template[open+1:]
		if len(template) > 0 && template[0] == '{' {
			out, template = append(out, '{'), template[1:]
			continue
		}
		end := bytes.IndexByte(template, '}')
		if end < 0 {
			return nil, false
		}
		key, _, _ := bytes.Cut(template[:end], []byte(":"))
		template = template[end+1:]
		name := string(key)
		if name == "" {
			name = strconv.Itoa(next)
			next++
		}
		if out, ok = d.appendParam(out, params, name); !ok {
			return nil, false
		}
	}
}

// appendParam appends the parameter of a name or position as a person reads it.
func (d *decoder) appendParam(out []byte, params *fastjson.Value, key string) ([]byte, bool) {
	v := params.Get(key)
	if v == nil || len(out) > 4*maxMessage {
		return out, false
	}
	if s := stringBytes(v); s != nil {
		return append(out, s...), true
	}
	return append(out, d.jsonText(v)...), true
}
