package event

import (
	"bytes"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/valyala/fastjson"
)

// setRequest reads the HTTP request; one without any content is left out.
func (d *decoder) setRequest(v *fastjson.Value) {
	if object(v) == nil {
		d.dropUnlessAbsent("request", v, "not an object")
	}
	mark := d.push("request")
	defer d.pop(mark)
	r := &Request{}
	if o := object(v); o != nil {
		d.requestMembers(r, o)
	}
	d.addUserAgent(r)
	if !r.empty() {
		d.e.Request = r
	}
}

func (d *decoder) requestMembers(r *Request, o *fastjson.Object) {
	r.Method = d.method(o.Get("method"))
	d.headers(r, o.Get("headers"))
	d.cookies(r, o.Get("cookies"))
	r.Query = d.queryString(o.Get("query_string"))
	r.Fragment = d.prose("fragment", o.Get("fragment"), maxURL)
	d.url(r, o.Get("url"))
	r.Env = d.bag("env", o.Get("env"), smallBudget)
	r.Data = d.body(r, o.Get("data"))
	if r.ContentType == "" {
		r.ContentType = d.word("inferred_content_type", o.Get("inferred_content_type"), maxCategory)
	}
}

// addUserAgent takes the HTTP client's for browser events that do not tell their own.
func (d *decoder) addUserAgent(r *Request) {
	if d.stored || d.o.UserAgent == "" || d.e.Platform != "javascript" {
		return
	}
	for _, h := range r.Headers {
		if h.Key == "User-Agent" {
			return
		}
	}
	r.Headers = append(r.Headers, Tag{Key: "User-Agent", Value: d.keep(d.cut("headers.User-Agent", []byte(d.o.UserAgent), maxHeaderValue))})
}

func (r *Request) empty() bool {
	return r.Method == "" && r.URL == "" && r.Query == "" && r.Fragment == "" && r.Headers == nil &&
		r.Cookies == nil && r.Data == nil && r.Env == nil && r.ContentType == ""
}

func (d *decoder) method(v *fastjson.Value) string {
	s := strings.ToUpper(d.word("method", v, maxShortName))
	if s == "" {
		return ""
	}
	if len(s) < 3 || len(s) > 32 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
		d.note("method", Dropped, "not an HTTP method")
		return ""
	}
	return s
}

// headers reads names in canonical case; the Cookie header becomes cookies.
func (d *decoder) headers(r *Request, v *fastjson.Value) {
	var cookie []byte
	r.Headers = make([]Tag, 0, min(members(v), maxPairs))
	mark := d.push("headers")
	d.pairs(v, func(key []byte, v *fastjson.Value) {
		name := textproto.CanonicalMIMEHeaderKey(d.keep(bytes.TrimSpace(key)))
		if name == "" || absent(v) {
			return
		}
		if len(r.Headers) == maxPairs {
			d.note("", Trimmed, "too many headers")
			return
		}
		value := d.headerValue(name, v)
		switch name {
		case "Cookie":
			cookie = bytes.Clone(value)
			return
		case "Content-Type":
			media, _, _ := bytes.Cut(value, []byte(";"))
			r.ContentType = d.keep(d.cut(name, bytes.TrimSpace(media), maxCategory))
		}
		inner := d.push(name)
		defer d.pop(inner)
		text := filtered
		if d.scrub.hides([]byte(name), v) && len(value) > 0 {
			d.note("", Scrubbed, "")
		} else {
			text = d.keep(d.cut("", d.clean("", value), maxHeaderValue))
		}
		if len(name) > maxBagKey {
			name = string(d.cut("", []byte(name), maxBagKey))
		}
		r.Headers = append(r.Headers, Tag{Key: name, Value: text})
	})
	d.pop(mark)
	if len(r.Headers) == 0 {
		r.Headers = nil
	}
	d.cookieText(r, cookie)
}

// headerValue returns the text of a header, which belongs to the parser or the
// scratch buffer; several values are joined by a comma.
func (d *decoder) headerValue(name string, v *fastjson.Value) []byte {
	items := array(v)
	if items == nil {
		return d.scalar(name, v)
	}
	values := make([][]byte, 0, len(items))
	for _, item := range items {
		values = append(values, bytes.Clone(d.scalar(name, item)))
	}
	return bytes.Join(values, []byte(","))
}

func (d *decoder) cookies(r *Request, v *fastjson.Value) {
	if absent(v) {
		return
	}
	if s := stringBytes(v); s != nil {
		d.cookieText(r, s)
		return
	}
	mark := d.push("cookies")
	defer d.pop(mark)
	d.pairs(v, func(key []byte, v *fastjson.Value) { d.cookie(r, key, d.scalar("", v)) })
}

// cookieText reads the form of a Cookie header: a=b; c=d.
func (d *decoder) cookieText(r *Request, s []byte) {
	mark := d.push("cookies")
	defer d.pop(mark)
	for part := range bytes.SplitSeq(s, []byte(";")) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(part), []byte("="))
		d.cookie(r, key, value)
	}
}

// cookie keeps the name; under the default rules every value counts as a secret.
func (d *decoder) cookie(r *Request, key, value []byte) {
	if len(key) == 0 || len(r.Cookies) == maxPairs {
		return
	}
	for _, known := range r.Cookies {
		if known.Key == string(key) {
			return
		}
	}
	name := d.keep(d.cut("", key, maxBagKey))
	if d.scrub.hidesCookies() && len(value) > 0 {
		if string(value) != filtered {
			d.note(name, Scrubbed, "")
		}
		value = []byte(filtered)
	}
	r.Cookies = append(r.Cookies, Tag{Key: name, Value: d.keep(d.cut(name, value, maxHeaderValue))})
}

func (s *Scrubber) hidesCookies() bool { return s.keySecrecy([]byte("cookie")) != public }

// queryString reads a text, a map or pairs as a query string without its "?".
func (d *decoder) queryString(v *fastjson.Value) string {
	if absent(v) {
		return ""
	}
	b := stringBytes(v)
	if b == nil {
		var pairs []string
		mark := d.push("query_string")
		d.pairs(v, func(key []byte, v *fastjson.Value) {
			pairs = append(pairs, url.QueryEscape(string(key))+"="+url.QueryEscape(string(d.headerValue("", v))))
		})
		d.pop(mark)
		b = []byte(strings.Join(pairs, "&"))
	}
	return d.query(b)
}

// query keeps a query string with the values of its sensitive parameters replaced.
func (d *decoder) query(b []byte) string {
	out, found := d.scrub.query(bytes.TrimLeft(b, "?"))
	if found {
		d.note("query_string", Scrubbed, "")
	}
	return d.keep(d.cut("query_string", d.clean("query_string", out), maxURL))
}

// query replaces the values of sensitive parameters.
func (s *Scrubber) query(b []byte) (out []byte, found bool) {
	if s.off() || bytes.IndexByte(b, '=') < 0 {
		return b, false
	}
	for i, part := range bytes.Split(b, []byte("&")) {
		if i > 0 {
			out = append(out, '&')
		}
		key, value, ok := bytes.Cut(part, []byte("="))
		if name, err := url.QueryUnescape(string(key)); ok && err == nil && len(value) > 0 &&
			string(value) != filtered && s.keySecrecy([]byte(name)) != public {
			part, found = append(append(append([]byte(nil), key...), '='), filtered...), true
		}
		out = append(out, part...)
	}
	return out, found
}

// url keeps the address without query and fragment, which go to their own fields unless given apart.
func (d *decoder) url(r *Request, v *fastjson.Value) {
	b := bytes.TrimSpace(d.scalar("url", v))
	b, fragment, _ := bytes.Cut(b, []byte("#"))
	b, query, _ := bytes.Cut(b, []byte("?"))
	if r.Query == "" {
		r.Query = d.query(query)
	}
	if r.Fragment == "" {
		r.Fragment = d.keep(d.cut("fragment", d.clean("fragment", fragment), maxURL))
	}
	r.URL = d.keep(d.cut("url", d.clean("url", bytes.TrimSpace(b)), maxURL))
}

// body keeps the request's data; text that is JSON or an urlencoded form is read as such.
func (d *decoder) body(r *Request, v *fastjson.Value) Bag {
	s := stringBytes(v)
	if s == nil || d.stored {
		return d.value("data", v, requestBudget)
	}
	s = bytes.TrimSpace(s)
	if len(s) > 1 && (s[0] == '{' || s[0] == '[') {
		if bag, ok := d.jsonBody(s); ok {
			return bag
		}
	}
	if strings.EqualFold(r.ContentType, "application/x-www-form-urlencoded") {
		if form, found := d.scrub.query(s); found {
			d.note("data", Scrubbed, "")
			return d.textBag("data", form)
		}
	}
	return d.textBag("data", s)
}

// jsonBody reads a body that is JSON in a JSON string.
func (d *decoder) jsonBody(s []byte) (bag Bag, ok bool) {
	if len(s) > 4*requestBudget.total {
		return nil, false
	}
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := parseJSON(p, s)
	if err != nil {
		return nil, false
	}
	return d.value("data", v, requestBudget), true
}

// textBag keeps a text as a JSON string.
func (d *decoder) textBag(name string, s []byte) Bag {
	if len(s) == 0 {
		return nil
	}
	clean := d.clean(name, s)
	return d.write(name, requestBudget, func(w *bagWriter) { w.string(clean, w.end) })
}
