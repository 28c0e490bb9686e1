package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/valyala/fastjson"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
)

// fromJSON reads OTLP's JSON form, which is protobuf's but for ids in hex.
// Unknown fields are ignored; 64-bit integers may be numbers or texts. The
// error is fault.Invalid.
func fromJSON(body []byte) (request *collector.ExportLogsServiceRequest, err error) {
	if err := checkJSON(body); err != nil {
		return nil, err
	}
	request = &collector.ExportLogsServiceRequest{}
	object := false
	err = event.ReadJSON(body, func(v *fastjson.Value) {
		object = v.Type() == fastjson.TypeObject
		for _, r := range v.GetArray("resourceLogs") {
			request.ResourceLogs = append(request.ResourceLogs, readResource(r))
		}
	})
	if err == nil && !object {
		err = fault.New(fault.Invalid, "an export request must be a JSON object with resourceLogs")
	}
	return request, err
}

func readResource(v *fastjson.Value) *logs.ResourceLogs {
	out := &logs.ResourceLogs{
		Resource:  &resource.Resource{Attributes: attributes(v.Get("resource", "attributes"))},
		SchemaUrl: text(v.Get("schemaUrl")),
	}
	for _, s := range v.GetArray("scopeLogs") {
		scope := &logs.ScopeLogs{
			Scope: &common.InstrumentationScope{
				Name: text(s.Get("scope", "name")), Version: text(s.Get("scope", "version")), Attributes: attributes(s.Get("scope", "attributes")),
			},
			SchemaUrl: text(s.Get("schemaUrl")),
		}
		for _, r := range s.GetArray("logRecords") {
			scope.LogRecords = append(scope.LogRecords, record(r))
		}
		out.ScopeLogs = append(out.ScopeLogs, scope)
	}
	return out
}

func record(v *fastjson.Value) *logs.LogRecord {
	return &logs.LogRecord{
		TimeUnixNano:           uint64(max(whole(v.Get("timeUnixNano")), 0)),
		ObservedTimeUnixNano:   uint64(max(whole(v.Get("observedTimeUnixNano")), 0)),
		SeverityNumber:         logs.SeverityNumber(min(max(whole(v.Get("severityNumber")), 0), math.MaxInt8)),
		SeverityText:           text(v.Get("severityText")),
		Body:                   anyValue(v.Get("body"), maxDepth),
		Attributes:             attributes(v.Get("attributes")),
		DroppedAttributesCount: uint32(min(max(whole(v.Get("droppedAttributesCount")), 0), math.MaxUint32)),
		Flags:                  uint32(min(max(whole(v.Get("flags")), 0), math.MaxUint32)),
		TraceId:                id(v.Get("traceId"), 16),
		SpanId:                 id(v.Get("spanId"), 8),
		EventName:              text(v.Get("eventName")),
	}
}

func attributes(v *fastjson.Value) []*common.KeyValue { return keyValues(v, maxDepth) }

// maxDepth bounds how deep values of values are followed.
const maxDepth = 16

func keyValues(v *fastjson.Value, depth int) (list []*common.KeyValue) {
	for _, kv := range v.GetArray() {
		list = append(list, &common.KeyValue{Key: text(kv.Get("key")), Value: anyValue(kv.Get("value"), depth)})
	}
	return list
}

func anyValue(v *fastjson.Value, depth int) *common.AnyValue {
	o := v.GetObject()
	if o == nil || depth == 0 {
		return nil
	}
	out := &common.AnyValue{}
	o.Visit(func(key []byte, v *fastjson.Value) {
		switch string(key) {
		case "stringValue":
			out.Value = &common.AnyValue_StringValue{StringValue: text(v)}
		case "boolValue":
			out.Value = &common.AnyValue_BoolValue{BoolValue: v.GetBool()}
		case "intValue":
			out.Value = &common.AnyValue_IntValue{IntValue: whole(v)}
		case "doubleValue":
			out.Value = &common.AnyValue_DoubleValue{DoubleValue: double(v)}
		case "bytesValue":
			raw, _ := base64.StdEncoding.DecodeString(text(v)) // what is no base64 is empty
			out.Value = &common.AnyValue_BytesValue{BytesValue: raw}
		case "arrayValue":
			list := &common.ArrayValue{}
			for _, item := range v.GetArray("values") {
				list.Values = append(list.Values, anyValue(item, depth-1))
			}
			out.Value = &common.AnyValue_ArrayValue{ArrayValue: list}
		case "kvlistValue":
			out.Value = &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: keyValues(v.Get("values"), depth-1)}}
		}
	})
	return out
}

// text returns a JSON string's content, and other values as their JSON.
func text(v *fastjson.Value) string {
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

// whole reads a 64-bit integer that is a number or a text.
func whole(v *fastjson.Value) int64 {
	s := text(v)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(math.Abs(f) < 1<<63) {
		return 0
	}
	return int64(f)
}

func double(v *fastjson.Value) float64 {
	f, err := strconv.ParseFloat(text(v), 64)
	if err != nil {
		return 0
	}
	return f
}

// id reads an id in hex; one of another length is none.
func id(v *fastjson.Value, size int) []byte {
	raw, err := hex.DecodeString(text(v))
	if err != nil || len(raw) != size {
		return nil
	}
	return raw
}
