package event

import (
	"bytes"

	"github.com/valyala/fastjson"
)

// setExceptions reads the chain. Entries without type, value and frames are skipped.
func (d *decoder) setExceptions(v *fastjson.Value) {
	if s := stringBytes(v); len(s) > 0 {
		d.plainException(s)
		return
	}
	items := d.list("exception", v)
	mark := d.push("exception")
	defer d.pop(mark)
	if cut := len(items) - maxExceptions; cut > 0 {
		d.note("", Trimmed, "only the last exceptions are kept")
		items = items[cut:]
	}
	if len(items) == 0 {
		return
	}
	d.e.Exceptions = make([]Exception, 0, len(items))
	for _, item := range items {
		d.exception(item)
	}
	if len(d.e.Exceptions) == 0 {
		d.e.Exceptions = nil
		return
	}
	// raven-js puts the mechanism beside the list of values.
	if last := &d.e.Exceptions[len(d.e.Exceptions)-1]; last.Mechanism == nil && object(v) != nil {
		last.Mechanism = d.mechanism(object(v).Get("mechanism"))
	}
}

// plainException reads an exception that is only a text, "Type: value".
func (d *decoder) plainException(s []byte) {
	var x Exception
	kind, value, ok := bytes.Cut(s, []byte(": "))
	if !ok || bytes.ContainsAny(kind, " \t\n") {
		kind, value = nil, s
	}
	defer d.pop(d.push("exception"))
	defer d.pop(d.pushIndex(0))
	x.Type = d.keep(d.cut("type", kind, maxType))
	x.Value = d.keep(d.cut("value", d.clean("value", value), maxValue))
	d.e.Exceptions = []Exception{x}
}

func (d *decoder) exception(v *fastjson.Value) {
	mark := d.pushIndex(len(d.e.Exceptions))
	defer d.pop(mark)
	o := object(v)
	if o == nil {
		d.dropUnlessAbsent("", v, "not an object")
		return
	}
	var x Exception
	var trace *fastjson.Value
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "type":
			x.Type = d.prose("type", v, maxType)
		case "value":
			x.Value = d.prose("value", v, maxValue)
		case "module":
			x.Module = d.word("module", v, maxModule)
		case "thread_id":
			x.ThreadID = d.word("thread_id", v, maxShortName)
		case "mechanism":
			x.Mechanism = d.mechanism(v)
		case "stacktrace":
			if !absent(v) {
				trace = v
			}
		case "raw_stacktrace":
			if trace == nil {
				trace = v
			}
		}
	})
	x.Stacktrace = d.stacktrace(trace)
	if x.Type == "" && x.Value == "" && x.Stacktrace == nil {
		d.note("", Dropped, "neither type nor value")
		return
	}
	d.e.Exceptions = append(d.e.Exceptions, x)
}

func (d *decoder) mechanism(v *fastjson.Value) *Mechanism {
	o := object(v)
	if o == nil || o.Len() == 0 {
		d.dropUnlessAbsent("mechanism", v, "not an object")
		return nil
	}
	mark := d.push("mechanism")
	defer d.pop(mark)
	m := &Mechanism{Type: "generic"}
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "type":
			if t := d.word("type", v, maxCategory); t != "" {
				m.Type = t
			}
		case "description":
			m.Description = d.prose("description", v, maxPath)
		case "help_link":
			m.HelpLink = d.word("help_link", v, maxURL)
		case "source":
			m.Source = d.word("source", v, maxName)
		case "handled":
			m.Handled = d.truth("handled", v)
		case "synthetic":
			m.Synthetic, _ = boolean(v)
		case "is_exception_group":
			m.IsExceptionGroup, _ = boolean(v)
		case "exception_id":
			m.ExceptionID = optionalInteger(v)
		case "parent_id":
			m.ParentID = optionalInteger(v)
		case "meta":
			m.Meta = d.bag("meta", v, smallBudget)
		case "data":
			m.Data = d.bag("data", v, smallBudget)
		}
	})
	return m
}

// truth reads a truth value that may be absent.
func (d *decoder) truth(name string, v *fastjson.Value) *bool {
	b, ok := boolean(v)
	if !ok {
		d.dropUnlessAbsent(name, v, "neither true nor false")
		return nil
	}
	return &b
}

func optionalInteger(v *fastjson.Value) *int64 {
	n, ok := integer(v)
	if !ok {
		return nil
	}
	return &n
}

// setThreads reads the threads; when there are too many the crashed and current ones stay.
func (d *decoder) setThreads(v *fastjson.Value) {
	items := d.list("threads", v)
	mark := d.push("threads")
	defer d.pop(mark)
	for _, item := range items {
		inner := d.pushIndex(len(d.e.Threads))
		t, ok := d.thread(item)
		d.pop(inner)
		if !ok {
			continue
		}
		if len(d.e.Threads) >= maxThreads && !t.Crashed && !t.Current {
			d.note("", Trimmed, "too many threads")
			continue
		}
		d.e.Threads = append(d.e.Threads, t)
	}
}

func (d *decoder) thread(v *fastjson.Value) (t Thread, ok bool) {
	o := object(v)
	if o == nil || o.Len() == 0 {
		d.dropUnlessAbsent("", v, "not an object")
		return t, false
	}
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "id":
			t.ID = d.word("id", v, maxShortName)
		case "name":
			t.Name = d.word("name", v, maxName)
		case "crashed":
			t.Crashed, _ = boolean(v)
		case "current":
			t.Current, _ = boolean(v)
		case "stacktrace":
			t.Stacktrace = d.stacktrace(v)
		}
	})
	return t, t.ID != "" || t.Name != "" || t.Crashed || t.Current || t.Stacktrace != nil
}

// setStacktrace places a top-level stack: it belongs to the single exception,
// or, with a message alone, to the current thread.
func (d *decoder) setStacktrace(v *fastjson.Value) {
	trace := d.stacktrace(v)
	if trace == nil {
		return
	}
	e := d.e
	switch {
	case len(e.Exceptions) == 1 && e.Exceptions[0].Stacktrace == nil:
		e.Exceptions[0].Stacktrace = trace
	case len(e.Exceptions) == 0 && len(e.Threads) == 0:
		e.Threads = []Thread{{Current: true, Stacktrace: trace}}
	default:
		d.note("stacktrace", Dropped, "the exceptions or threads have their own")
	}
}
