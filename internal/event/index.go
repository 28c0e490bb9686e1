package event

import (
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// IndexedTags returns the tags an event is searched by: what is derived from
// its fields, then the client's own, without repeats. There are at most
// maxIndexedTags; the client's last ones give way.
func (e *Event) IndexedTags() []Tag {
	x := indexer{tags: make([]Tag, 0, min(maxIndexedTags, len(e.Tags)+derivedTags))}
	x.add("level", e.Level.String())
	x.add("release", e.Release)
	x.add("environment", e.Environment)
	x.add("transaction", e.Transaction)
	x.add("server_name", e.ServerName)
	x.user(e)
	x.add("dist", e.Dist)
	x.add("logger", e.Logger)
	x.add("sdk", e.SDK.Name)
	x.mechanism(e.Exceptions)
	x.request(e.Request)
	x.contexts(e)
	for _, t := range e.Tags {
		x.add(t.Key, t.Value)
	}
	return x.tags
}

// derivedTags is about how many tags come from fields.
const derivedTags = 24

type indexer struct {
	tags []Tag
}

func (x *indexer) add(key, value string) {
	if value == "" || len(x.tags) == maxIndexedTags || x.has(key) {
		return
	}
	if len(value) > maxTagValue && utf8.RuneCountInString(value) > maxTagValue {
		value = string(cutText([]byte(value), maxTagValue))
	}
	x.tags = append(x.tags, Tag{Key: key, Value: value})
}

// user adds who the event is about, and the fields that name them.
func (x *indexer) user(e *Event) {
	x.add(UserTag, e.UserKey())
	if u := e.User; u != nil {
		x.add(UserTagPrefix+"id", u.ID)
		x.add(UserTagPrefix+"email", u.Email)
		x.add(UserTagPrefix+"username", u.Username)
		x.add(UserTagPrefix+"ip", u.IPAddress)
	}
}

// UserTag is the tag whose value is an event's user key. Those that begin with
// UserTagPrefix name a user by one field each, and are only searched: no value
// of theirs has a counter of its own.
const (
	UserTag       = "user"
	UserTagPrefix = "user."
)

func (x *indexer) has(key string) bool {
	for _, t := range x.tags {
		if t.Key == key {
			return true
		}
	}
	return false
}

func (x *indexer) mechanism(list []Exception) {
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i].Mechanism
		if m == nil {
			continue
		}
		x.add("mechanism", m.Type)
		if m.Handled != nil {
			x.add("handled", yesNo(*m.Handled))
		}
		return
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (x *indexer) request(r *Request) {
	if r != nil {
		x.add("url", r.URL)
	}
}

// contexts derives browser, os, runtime and device from the contexts or, where
// they are missing, the first two from the User-Agent header.
func (x *indexer) contexts(e *Event) {
	if len(e.Contexts) > 0 {
		p := parsers.Get()
		if v, err := p.ParseBytes(e.Contexts); err == nil {
			x.product("browser", "browser.name", v.Get("browser"))
			x.product("os", "os.name", v.Get("os"))
			x.product("runtime", "runtime.name", v.Get("runtime"))
			x.add("device", string(contextText(v.Get("device"), "model", "family")))
		}
		parsers.Put(p)
	}
	if x.has("browser") && x.has("os") || e.Request == nil {
		return
	}
	for _, h := range e.Request.Headers {
		if h.Key == "User-Agent" {
			a := ParseUserAgent(h.Value)
			x.named("browser", "browser.name", a.Browser, a.BrowserVersion)
			x.named("os", "os.name", a.OS, "")
		}
	}
}

// product adds a context as "name version" and its name alone.
func (x *indexer) product(key, nameKey string, v *fastjson.Value) {
	x.named(key, nameKey, string(contextText(v, "name")), string(contextText(v, "version")))
}

func (x *indexer) named(key, nameKey, name, version string) {
	if name == "" {
		return
	}
	text := name + " " + version
	x.add(key, strings.TrimSpace(text))
	x.add(nameKey, text[:len(name)])
}

// contextText returns the first of the members of v that is a text.
func contextText(v *fastjson.Value, members ...string) []byte {
	for _, m := range members {
		if s := stringBytes(v.Get(m)); len(s) > 0 {
			return s
		}
	}
	return nil
}

// maxSearchText bounds the text that is indexed of one event, in bytes.
const maxSearchText = 8 << 10

// SearchText returns what a search without a field finds in e: the message,
// the exceptions' types and values, culprit, transaction and logger, one a line.
func (e *Event) SearchText() string {
	text := make([]byte, 0, 1<<10) // most fit
	line := func(s string) {
		if room := maxSearchText - len(text) - 1; s != "" && room > 0 {
			if len(text) > 0 {
				text = append(text, '\n')
			}
			text = append(text, strings.ToValidUTF8(s[:min(len(s), room)], "")...)
		}
	}
	line(e.Message.Formatted)
	for i := len(e.Exceptions) - 1; i >= 0; i-- {
		line(e.Exceptions[i].Type)
		line(e.Exceptions[i].Value)
	}
	line(e.Culprit)
	line(e.Transaction)
	line(e.Logger)
	return string(text)
}
