package logentry

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
)

// ParseOTLP reads a protobuf ExportLogsServiceRequest (PROTOCOL.md, §10). The
// error is fault.Invalid.
func ParseOTLP(raw []byte, o Options) ([]Entry, error) {
	var request collector.ExportLogsServiceRequest
	if err := proto.Unmarshal(raw, &request); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the body is no protobuf ExportLogsServiceRequest")
	}
	var entries []Entry
	for _, r := range request.GetResourceLogs() {
		base := resourceEntry(r, &o)
		for _, s := range r.GetScopeLogs() {
			scoped := base
			if name := s.GetScope().GetName(); name != "" {
				scoped.Logger = name
			}
			scoped.Scope = scopeObject(s.GetScope(), &o)
			for _, record := range s.GetLogRecords() {
				entries = append(entries, recordEntry(scoped, record, &o))
			}
		}
	}
	return entries, nil
}

// resourceEntry returns what all entries of a resource share.
func resourceEntry(r *logs.ResourceLogs, o *Options) (e Entry) {
	kept := event.NewObjectWriter(o.Scrubber, maxAttributes)
	var instance, environment string
	for _, kv := range r.GetResource().GetAttributes() {
		value := anyText(kv.GetValue())
		switch kv.GetKey() {
		case "service.name":
			e.Logger = value
		case "service.version":
			e.Release = value
		case "deployment.environment.name":
			e.Environment = value
		case "deployment.environment":
			environment = value
		case "host.name":
			e.ServerName = value
		case "service.instance.id":
			instance = value
		case "telemetry.sdk.language":
			e.Language = value
		}
		kept.AddJSON(kv.GetKey(), appendAny(nil, kv.GetValue(), maxDepth))
	}
	if e.Environment == "" {
		e.Environment = environment
	}
	if e.ServerName == "" {
		e.ServerName = instance
	}
	e.Resource = kept.Bytes()
	return e
}

func scopeObject(s *common.InstrumentationScope, o *Options) []byte {
	if s == nil {
		return nil
	}
	w := event.NewObjectWriter(o.Scrubber, maxAttributes)
	w.AddText("name", s.GetName())
	w.AddText("version", s.GetVersion())
	for _, kv := range s.GetAttributes() {
		w.AddJSON(kv.GetKey(), appendAny(nil, kv.GetValue(), maxDepth))
	}
	return w.Bytes()
}

func recordEntry(e Entry, r *logs.LogRecord, o *Options) Entry {
	nanos := r.GetTimeUnixNano()
	if nanos == 0 {
		nanos = r.GetObservedTimeUnixNano()
	}
	e.Timestamp = o.at(int64(min(nanos, math.MaxInt64) / 1000))
	e.Level = levelOf(int(r.GetSeverityNumber()), r.GetSeverityText())
	e.Body = anyText(r.GetBody())
	if e.Body == "" {
		e.Body = r.GetEventName()
	}
	e.TraceID, e.SpanID = hex.EncodeToString(r.GetTraceId()), hex.EncodeToString(r.GetSpanId())
	kept := event.NewObjectWriter(o.Scrubber, maxAttributes)
	kept.AddText("event.name", r.GetEventName())
	for _, kv := range r.GetAttributes() {
		switch key := kv.GetKey(); key {
		case "exception.type", "exception.message", "exception.stacktrace":
			e.exceptionAttribute(key, anyText(kv.GetValue()))
		case "message.template", "log.record.template":
			e.Template = anyText(kv.GetValue())
		}
		kept.AddJSON(kv.GetKey(), appendAny(nil, kv.GetValue(), maxDepth))
	}
	e.Attributes = kept.Bytes()
	e.finish(o)
	return e
}

// maxDepth bounds how deep values of values are followed.
const maxDepth = 10

// anyText returns a string value as it is and any other as JSON, bytes as base64.
func anyText(v *common.AnyValue) string {
	switch x := v.GetValue().(type) {
	case nil:
		return ""
	case *common.AnyValue_StringValue:
		return x.StringValue
	case *common.AnyValue_BytesValue:
		return base64.StdEncoding.EncodeToString(x.BytesValue)
	}
	return string(appendAny(nil, v, maxDepth))
}

// appendAny appends a value as JSON.
func appendAny(dst []byte, v *common.AnyValue, depth int) []byte {
	switch x := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return event.AppendString(dst, x.StringValue)
	case *common.AnyValue_BoolValue:
		return strconv.AppendBool(dst, x.BoolValue)
	case *common.AnyValue_IntValue:
		return strconv.AppendInt(dst, x.IntValue, 10)
	case *common.AnyValue_DoubleValue:
		if math.IsNaN(x.DoubleValue) || math.IsInf(x.DoubleValue, 0) {
			return append(dst, "null"...)
		}
		return strconv.AppendFloat(dst, x.DoubleValue, 'g', -1, 64)
	case *common.AnyValue_BytesValue:
		return event.AppendString(dst, base64.StdEncoding.EncodeToString(x.BytesValue))
	case *common.AnyValue_ArrayValue:
		if depth > 0 {
			return appendList(dst, x.ArrayValue.GetValues(), depth-1)
		}
	case *common.AnyValue_KvlistValue:
		if depth > 0 {
			return appendMap(dst, x.KvlistValue.GetValues(), depth-1)
		}
	}
	return append(dst, "null"...)
}

func appendList(dst []byte, values []*common.AnyValue, depth int) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAny(dst, v, depth)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, values []*common.KeyValue, depth int) []byte {
	dst = append(dst, '{')
	for i, kv := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(event.AppendString(dst, kv.GetKey()), ':')
		dst = appendAny(dst, kv.GetValue(), depth)
	}
	return append(dst, '}')
}
