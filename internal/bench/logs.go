package bench

import (
	"encoding/hex"
	"strconv"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"
)

// appendLogs appends an ExportLogsServiceRequest with one record for each
// event of the job. A record has the event's message, user and id, but no
// exception: it is a log entry.
func appendLogs(dst []byte, g *generator, j job, now time.Time) []byte {
	records := make([]*logs.LogRecord, j.count)
	for i := range records {
		records[i] = g.logRecord(j.seq+uint64(i), now)
	}
	request := &collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{
			text("service.name", "shop"), text("service.version", "4.2.0"),
			text("deployment.environment.name", "production"), text("host.name", "web-1"),
		}},
		ScopeLogs: []*logs.ScopeLogs{{Scope: &common.InstrumentationScope{Name: clientName, Version: clientVersion}, LogRecords: records}},
	}}}
	out, err := proto.MarshalOptions{}.MarshalAppend(dst, request)
	if err != nil {
		panic(err) // only invalid UTF-8 fails, and all text here is ASCII
	}
	return out
}

// logRecord is the log entry of a sequence number. Its id is the attribute "log.id".
func (g *generator) logRecord(seq uint64, now time.Time) *logs.LogRecord {
	r := g.stream(seq)
	t := g.pick(&r)
	severity := []logs.SeverityNumber{
		logs.SeverityNumber_SEVERITY_NUMBER_INFO, logs.SeverityNumber_SEVERITY_NUMBER_INFO,
		logs.SeverityNumber_SEVERITY_NUMBER_DEBUG, logs.SeverityNumber_SEVERITY_NUMBER_WARN,
	}[t.bug%4]
	user := strconv.Itoa(10_000 + g.users.pick(r.unit()))
	trace, id := r.next(), g.run.ID(seq)
	return &logs.LogRecord{
		TimeUnixNano:   uint64(now.UnixNano()),
		SeverityNumber: severity,
		Body:           &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: string(appendMessage(nil, t.message, &r))}},
		Attributes: []*common.KeyValue{
			text("log.id", hex.EncodeToString(id[:])), text("user.id", user), text("http.route", t.path),
			text("http.request.method", t.method), text("code.namespace", t.kind),
		},
		TraceId: bigEndian(trace, mix(trace)),
		SpanId:  bigEndian(mix(trace + 1)),
	}
}

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func bigEndian(words ...uint64) (out []byte) {
	for _, w := range words {
		for shift := 56; shift >= 0; shift -= 8 {
			out = append(out, byte(w>>shift))
		}
	}
	return out
}
