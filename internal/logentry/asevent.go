package logentry

import (
	"strconv"

	"github.com/mesher/mesher/internal/event"
)

// IsError tells whether the entry is an error event too: it reports an
// exception, at error level or above.
func (e *Entry) IsError() bool {
	return e.Exception != nil && e.Level >= event.LevelError && (e.Exception.Type != "" || e.Exception.Message != "")
}

// Event makes the error event of an entry for which IsError holds. o.EventID
// must be the same on every replay: see EventID. The stack is parsed into
// frames where its form is known; its text is kept always.
func (e *Entry) Event(o event.ParseOptions) (*event.Event, error) {
	w := eventWriter{dst: []byte{'{'}}
	w.raw("timestamp", strconv.AppendFloat(nil, float64(e.Timestamp)/1e6, 'f', 6, 64))
	w.text("level", e.Level.String())
	w.text("platform", platformOf(e.Language))
	w.text("logger", e.Logger)
	w.text("release", e.Release)
	w.text("environment", e.Environment)
	w.text("server_name", e.ServerName)
	w.exception(e.Exception, e.Language)
	if e.Body != "" && e.Body != e.Exception.Message {
		w.text("message", e.Body)
	}
	w.raw("contexts", e.eventContexts())
	if e.Exception.Stacktrace != "" {
		w.raw("extra", append(event.AppendString([]byte(`{"exception.stacktrace":`), e.Exception.Stacktrace), '}'))
	}
	return event.Parse(append(w.dst, '}'), o)
}

func (e *Entry) eventContexts() []byte {
	w := eventWriter{dst: []byte{'{'}}
	if e.TraceID != "" {
		trace := eventWriter{dst: []byte{'{'}}
		trace.text("trace_id", e.TraceID)
		trace.text("span_id", e.SpanID)
		w.raw("trace", append(trace.dst, '}'))
	}
	if e.Attributes != nil || e.Resource != nil {
		otel := eventWriter{dst: []byte{'{'}}
		otel.raw("attributes", e.Attributes)
		otel.raw("resource", e.Resource)
		w.raw("otel", append(otel.dst, '}'))
	}
	return append(w.dst, '}')
}

// eventWriter appends members of a JSON object.
type eventWriter struct {
	dst []byte
}

func (w *eventWriter) raw(key string, value []byte) {
	if len(value) == 0 {
		return
	}
	if last := w.dst[len(w.dst)-1]; last != '{' && last != '[' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(event.AppendString(w.dst, key), ':')
	w.dst = append(w.dst, value...)
}

func (w *eventWriter) text(key, value string) {
	if value != "" {
		w.raw(key, event.AppendString(nil, value))
	}
}

func (w *eventWriter) number(key string, n int) {
	if n > 0 {
		w.raw(key, strconv.AppendInt(nil, int64(n), 10))
	}
}

func (w *eventWriter) exception(x *Exception, language string) {
	one := eventWriter{dst: []byte{'{'}}
	one.text("type", x.Type)
	one.text("value", x.Message)
	if frames := ParseStack(x.Stacktrace, language); len(frames) > 0 {
		list := []byte{'['}
		for i, f := range frames {
			if i > 0 {
				list = append(list, ',')
			}
			list = append(list, f.json()...)
		}
		one.raw("stacktrace", append(append([]byte(`{"frames":`), list...), "]}"...))
	}
	w.raw("exception", append(append([]byte{'['}, one.dst...), "}]"...))
}

func (f *StackFrame) json() []byte {
	w := eventWriter{dst: []byte{'{'}}
	w.text("function", f.Function)
	w.text("module", f.Module)
	w.text("filename", f.File)
	w.number("lineno", f.Line)
	w.number("colno", f.Column)
	w.text("context_line", f.Source)
	return append(w.dst, '}')
}

// platformOf names a language of OpenTelemetry as Sentry's protocol does.
func platformOf(language string) string {
	switch language {
	case "nodejs":
		return "node"
	case "webjs":
		return "javascript"
	case "dotnet":
		return "csharp"
	case "cpp":
		return "native"
	case "":
		return "other"
	}
	return language
}
