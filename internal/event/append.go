package event

import (
	"bytes"
	"strconv"
	"sync"
)

// scratches hold JSON while it is made: how long it gets is not known before.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// keepScratch keeps used for the next that takes scratch, unless it has become large.
func keepScratch(scratch *[]byte, used []byte) {
	if cap(used) <= pooledSize {
		*scratch = used
	}
}

// JSON returns what AppendJSON appends, in memory of its own without room to spare.
func (e *Event) JSON() []byte {
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	full := AppendJSON((*scratch)[:0], e)
	keepScratch(scratch, full)
	return bytes.Clone(full)
}

// AppendJSON appends the canonical JSON of e: a valid Sentry event with bare
// lists, without blanks and without what is absent. ParseStored reads it back
// to the same Event.
func AppendJSON(dst []byte, e *Event) []byte {
	w := writer{dst: dst}
	w.open('{')
	w.text("event_id", e.ID)
	w.seconds("timestamp", e.Timestamp)
	w.seconds("received", e.Received)
	w.text("type", e.Type)
	w.text("level", e.Level.String())
	w.text("platform", e.Platform)
	w.text("logger", e.Logger)
	w.text("transaction", e.Transaction)
	w.text("server_name", e.ServerName)
	w.text("release", e.Release)
	w.text("dist", e.Dist)
	w.text("environment", e.Environment)
	w.text("culprit", e.Culprit)
	w.message(&e.Message)
	w.exceptions(e.Exceptions)
	w.threads(e.Threads)
	w.breadcrumbs(e.Breadcrumbs)
	w.pairs("tags", e.Tags)
	w.user(e.User)
	w.request(e.Request)
	w.sdk(&e.SDK)
	w.texts("fingerprint", e.Fingerprint)
	w.bag("contexts", e.Contexts)
	w.bag("extra", e.Extra)
	w.bag("modules", e.Modules)
	w.bag("debug_meta", e.DebugMeta)
	w.notes(e.Notes)
	w.close('}')
	return w.dst
}

// writer appends JSON members, each preceded by a comma unless it is the first of its container.
type writer struct {
	dst []byte
}

func (w *writer) open(bracket byte)  { w.dst = append(w.dst, bracket) }
func (w *writer) close(bracket byte) { w.dst = append(w.dst, bracket) }

// next separates what follows from what is before it in the same container.
func (w *writer) next() {
	if last := w.dst[len(w.dst)-1]; last != '{' && last != '[' {
		w.dst = append(w.dst, ',')
	}
}

func (w *writer) key(name string) {
	w.next()
	w.dst = append(w.dst, '"')
	w.dst = append(w.dst, name...)
	w.dst = append(w.dst, '"', ':')
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.key(name)
		w.dst = AppendString(w.dst, value)
	}
}

func (w *writer) seconds(name string, micros int64) {
	if micros != 0 {
		w.key(name)
		w.dst = appendSeconds(w.dst, micros)
	}
}

func (w *writer) integer(name string, n int64) {
	w.key(name)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

func (w *writer) position(name string, n int) {
	if n != 0 {
		w.integer(name, int64(n))
	}
}

func (w *writer) truth(name string, b *bool) {
	if b != nil {
		w.key(name)
		w.dst = strconv.AppendBool(w.dst, *b)
	}
}

func (w *writer) flag(name string, set bool) {
	if set {
		w.truth(name, &set)
	}
}

func (w *writer) bag(name string, b Bag) {
	if len(b) > 0 {
		w.key(name)
		w.dst = append(w.dst, b...)
	}
}

func (w *writer) texts(name string, list []string) {
	if len(list) == 0 {
		return
	}
	w.key(name)
	w.open('[')
	for _, s := range list {
		w.next()
		w.dst = AppendString(w.dst, s)
	}
	w.close(']')
}

func (w *writer) pairs(name string, list []Tag) {
	if len(list) == 0 {
		return
	}
	w.key(name)
	w.open('[')
	for _, t := range list {
		w.next()
		w.dst = append(w.dst, '[')
		w.dst = AppendString(w.dst, t.Key)
		w.dst = append(w.dst, ',')
		w.dst = AppendString(w.dst, t.Value)
		w.dst = append(w.dst, ']')
	}
	w.close(']')
}

func (w *writer) message(m *Message) {
	if m.Template == "" && m.Formatted == "" && m.Params == nil {
		return
	}
	w.key("logentry")
	w.open('{')
	w.text("message", m.Template)
	w.text("formatted", m.Formatted)
	w.bag("params", m.Params)
	w.close('}')
}

func (w *writer) exceptions(list []Exception) {
	if len(list) == 0 {
		return
	}
	w.key("exception")
	w.open('[')
	for i := range list {
		x := &list[i]
		w.next()
		w.open('{')
		w.text("type", x.Type)
		w.text("value", x.Value)
		w.text("module", x.Module)
		w.text("thread_id", x.ThreadID)
		w.mechanism(x.Mechanism)
		w.stacktrace(x.Stacktrace)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) mechanism(m *Mechanism) {
	if m == nil {
		return
	}
	w.key("mechanism")
	w.open('{')
	w.text("type", m.Type)
	w.text("description", m.Description)
	w.text("help_link", m.HelpLink)
	w.text("source", m.Source)
	w.truth("handled", m.Handled)
	w.flag("synthetic", m.Synthetic)
	w.flag("is_exception_group", m.IsExceptionGroup)
	if m.ExceptionID != nil {
		w.integer("exception_id", *m.ExceptionID)
	}
	if m.ParentID != nil {
		w.integer("parent_id", *m.ParentID)
	}
	w.bag("meta", m.Meta)
	w.bag("data", m.Data)
	w.close('}')
}

func (w *writer) stacktrace(s *Stacktrace) {
	if s == nil {
		return
	}
	w.key("stacktrace")
	if s.JSON != nil {
		w.dst = append(w.dst, s.JSON...)
		return
	}
	w.stack(s)
}

func (w *writer) stack(s *Stacktrace) {
	w.open('{')
	w.key("frames")
	w.open('[')
	for i := range s.Frames {
		w.frame(&s.Frames[i])
	}
	w.close(']')
	if from, to := int64(s.Omitted[0]), int64(s.Omitted[1]); to > from {
		w.key("frames_omitted")
		w.dst = strconv.AppendInt(append(w.dst, '['), from, 10)
		w.dst = append(strconv.AppendInt(append(w.dst, ','), to, 10), ']')
	}
	w.close('}')
}

func (w *writer) frame(f *Frame) {
	w.next()
	w.open('{')
	w.text("function", f.Function)
	w.text("raw_function", f.RawFunction)
	w.text("module", f.Module)
	w.text("filename", f.Filename)
	if f.AbsPath != f.Filename {
		w.text("abs_path", f.AbsPath)
	}
	w.text("package", f.Package)
	w.text("platform", f.Platform)
	w.position("lineno", f.Line)
	w.position("colno", f.Column)
	w.truth("in_app", f.InApp)
	if f.HasContext {
		w.key("context_line")
		w.dst = AppendString(w.dst, f.ContextLine)
	}
	w.texts("pre_context", f.PreContext)
	w.texts("post_context", f.PostContext)
	w.bag("vars", f.Vars)
	w.text("instruction_addr", f.InstructionAddr)
	w.close('}')
}

func (w *writer) threads(list []Thread) {
	if len(list) == 0 {
		return
	}
	w.key("threads")
	w.open('[')
	for i := range list {
		t := &list[i]
		w.next()
		w.open('{')
		w.text("id", t.ID)
		w.text("name", t.Name)
		w.flag("crashed", t.Crashed)
		w.flag("current", t.Current)
		w.stacktrace(t.Stacktrace)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) breadcrumbs(list []Breadcrumb) {
	if len(list) == 0 {
		return
	}
	w.key("breadcrumbs")
	w.open('[')
	for i := range list {
		b := &list[i]
		w.next()
		w.open('{')
		w.seconds("timestamp", b.Timestamp)
		w.text("type", b.Type)
		w.text("category", b.Category)
		w.text("message", b.Message)
		w.text("level", b.Level.String())
		w.bag("data", b.Data)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) user(u *User) {
	if u == nil || u.empty() {
		return
	}
	w.key("user")
	w.open('{')
	w.text("id", u.ID)
	w.text("email", u.Email)
	w.text("username", u.Username)
	w.text("name", u.Name)
	w.text("ip_address", u.IPAddress)
	w.bag("geo", u.Geo)
	w.bag("data", u.Data)
	w.close('}')
}

func (w *writer) request(r *Request) {
	if r == nil || r.empty() {
		return
	}
	w.key("request")
	w.open('{')
	w.text("method", r.Method)
	w.text("url", r.URL)
	w.text("query_string", r.Query)
	w.text("fragment", r.Fragment)
	w.pairs("headers", r.Headers)
	w.pairs("cookies", r.Cookies)
	w.bag("data", r.Data)
	w.bag("env", r.Env)
	w.text("inferred_content_type", r.ContentType)
	w.close('}')
}

func (w *writer) sdk(s *SDK) {
	if s.Name == "" && s.Version == "" && len(s.Integrations) == 0 {
		return
	}
	w.key("sdk")
	w.open('{')
	w.text("name", s.Name)
	w.text("version", s.Version)
	w.texts("integrations", s.Integrations)
	w.close('}')
}

func (w *writer) notes(list []Note) {
	if len(list) == 0 {
		return
	}
	w.key("notes")
	w.open('[')
	for _, n := range list {
		w.next()
		w.open('{')
		w.text("path", n.Path)
		w.text("kind", string(n.Kind))
		w.text("detail", n.Detail)
		w.close('}')
	}
	w.close(']')
}
