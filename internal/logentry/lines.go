package logentry

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/event"
)

// ParseLines reads NDJSON, one entry a line, under the names that common
// loggers use. A line that is no JSON object is an entry whose body it is;
// blank lines do not count.
func ParseLines(raw []byte, o Options) (entries []Entry) {
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			entries = append(entries, lineEntry(line, &o))
		}
	}
	return entries
}

func lineEntry(line []byte, o *Options) (e Entry) {
	isObject := false
	if line[0] == '{' {
		err := event.ReadJSON(line, func(v *fastjson.Value) {
			if isObject = v.Type() == fastjson.TypeObject; isObject {
				e = objectEntry(v.GetObject(), o)
			}
		})
		isObject = isObject && err == nil
	}
	if !isObject {
		e = Entry{Timestamp: o.Received, Body: string(line)}
	}
	e.finish(o)
	return e
}

// line reads one JSON object.
type line struct {
	Entry
	attributes *event.ObjectWriter
	time       int64
	level      string
	pid, host  bool
}

func objectEntry(object *fastjson.Object, o *Options) Entry {
	l := line{attributes: event.NewObjectWriter(o.Scrubber, maxAttributes)}
	object.Visit(func(key []byte, v *fastjson.Value) {
		if v.Type() != fastjson.TypeNull && !l.take(string(key), v) {
			l.attributes.Add(string(key), v)
		}
	})
	l.Timestamp = o.at(l.time)
	l.Level = l.severity()
	l.Attributes = l.attributes.Bytes()
	return l.Entry
}

// take puts a member that has a field of its own there, and tells whether it did.
func (l *line) take(key string, v *fastjson.Value) bool {
	switch key {
	case "time", "timestamp", "ts", "@timestamp", "datetime", "date":
		l.time = timeOf(v)
		return l.time != 0
	case "level", "severity", "lvl", "levelname", "log.level", "loglevel", "severity_text":
		if v.Type() == fastjson.TypeObject {
			return false
		}
		l.level = textOf(v)
		return true
	case "pid":
		l.pid = true
		return false
	case "attributes", "extra", "fields":
		return l.spread(v)
	}
	return l.takeText(key, v)
}

// takeText fills in a text field; the first of several names for it counts.
func (l *line) takeText(key string, v *fastjson.Value) bool {
	var field *string
	switch key {
	case "body", "message", "msg", "text", "log", "event":
		field = &l.Body
	case "logger", "logger_name", "logger.name", "name", "service", "service.name":
		field = &l.Logger
	case "template", "message_template", "sentry.message.template":
		field = &l.Template
	case "trace_id", "traceId", "trace.id", "traceid":
		field = &l.TraceID
	case "span_id", "spanId", "span.id", "spanid":
		field = &l.SpanID
	case "release", "version", "service.version":
		field = &l.Release
	case "environment", "env", "deployment.environment":
		field = &l.Environment
	case "server_name", "host", "hostname", "host.name":
		l.host = true
		field = &l.ServerName
	}
	if field == nil || *field != "" || v.Type() == fastjson.TypeObject && field != &l.Body {
		return false
	}
	*field = textOf(v)
	return true
}

// spread puts the members of an object among the attributes.
func (l *line) spread(v *fastjson.Value) bool {
	if v.Type() != fastjson.TypeObject {
		return false
	}
	v.GetObject().Visit(func(key []byte, v *fastjson.Value) { l.attributes.Add(string(key), v) })
	return true
}

// severity reads the level. Numbers are Python's, except that pino and bunyan,
// told by their pid and hostname, count from trace = 10.
func (l *line) severity() event.Level {
	if l.pid && l.host {
		switch l.level {
		case "10":
			return event.LevelTrace
		case "20":
			return event.LevelDebug
		case "30":
			return event.LevelInfo
		case "40":
			return event.LevelWarning
		case "50":
			return event.LevelError
		case "60":
			return event.LevelFatal
		}
	}
	return event.ParseLevel(l.level)
}
