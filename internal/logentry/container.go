package logentry

import (
	"strings"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
)

// ParseContainer reads the payload of a Sentry log item (PROTOCOL.md, §8).
// Items that are no objects are skipped. The error is fault.Invalid.
func ParseContainer(raw []byte, o Options) (entries []Entry, err error) {
	items := false
	err = event.ReadJSON(raw, func(v *fastjson.Value) {
		items = v.Get("items") != nil
		for _, item := range v.GetArray("items") {
			if item.Type() == fastjson.TypeObject {
				entries = append(entries, containerEntry(item, &o))
			}
		}
	})
	if err == nil && !items {
		err = fault.New(fault.Invalid, "a log container must be an object with items")
	}
	return entries, err
}

func containerEntry(v *fastjson.Value, o *Options) Entry {
	var e Entry
	e.Timestamp = o.at(timeOf(v.Get("timestamp")))
	e.Level = event.ParseLevel(textOf(v.Get("level")))
	if e.Level == event.LevelUnknown {
		e.Level = severityLevel(v.GetInt("severity_number"))
	}
	e.Body = textOf(v.Get("body"))
	e.TraceID, e.SpanID = textOf(v.Get("trace_id")), textOf(v.Get("span_id"))
	attributes := event.NewObjectWriter(o.Scrubber, maxAttributes)
	v.GetObject("attributes").Visit(func(key []byte, attribute *fastjson.Value) {
		value := attribute
		if attribute.Type() == fastjson.TypeObject && attribute.Get("value") != nil {
			value = attribute.Get("value")
		}
		if !e.wellKnown(string(key), value) {
			attributes.Add(string(key), value)
		}
	})
	e.Attributes = attributes.Bytes()
	e.finish(o)
	return e
}

// wellKnown takes an attribute that has a field of its own and tells whether it need not be kept beside.
func (e *Entry) wellKnown(key string, v *fastjson.Value) bool {
	var field *string
	switch key {
	case "sentry.message.template":
		field = &e.Template
	case "sentry.release":
		field = &e.Release
	case "sentry.environment":
		field = &e.Environment
	case "server.address", "sentry.server.address":
		field = &e.ServerName
	case "logger.name", "sentry.logger":
		field = &e.Logger
	case "sentry.timestamp.sequence":
		// The tie-break within one timestamp: µs are finer than what clients measure.
		e.Timestamp += min(max(v.GetInt64(), 0), 999)
		return true
	case "exception.type", "exception.message", "exception.stacktrace":
		e.exceptionAttribute(key, textOf(v))
		return key == "exception.stacktrace"
	default:
		return false
	}
	*field = textOf(v)
	return true
}

func (e *Entry) exceptionAttribute(key, value string) {
	if value == "" {
		return
	}
	if e.Exception == nil {
		e.Exception = &Exception{}
	}
	switch key {
	case "exception.type":
		e.Exception.Type = value
	case "exception.message":
		e.Exception.Message = value
	case "exception.stacktrace":
		e.Exception.Stacktrace = value
	}
}

// textOf returns a JSON string's content, and other values as their JSON.
func textOf(v *fastjson.Value) string {
	if v == nil {
		return ""
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return ""
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	}
	return string(v.MarshalTo(nil))
}

// timeOf returns a time in Unix µs, 0 when v is none.
func timeOf(v *fastjson.Value) int64 {
	micros, _ := event.ParseTime(textOf(v))
	return micros
}

// severityLevel reads a severity number of OpenTelemetry.
func severityLevel(n int) event.Level {
	switch {
	case n < 1 || n > 24:
		return event.LevelUnknown
	case n <= 4:
		return event.LevelTrace
	case n <= 8:
		return event.LevelDebug
	case n <= 12:
		return event.LevelInfo
	case n <= 16:
		return event.LevelWarning
	case n <= 20:
		return event.LevelError
	}
	return event.LevelFatal
}

// levelOf reads a severity that may be given as a number, a text or both.
func levelOf(number int, text string) event.Level {
	if level := severityLevel(number); level != event.LevelUnknown {
		return level
	}
	// "INFO2" and the like are finer steps of the same level.
	return event.ParseLevel(strings.TrimRight(text, "1234"))
}
