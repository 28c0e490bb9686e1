package otlp

import (
	"fmt"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
)

// readItems checks a request and makes its items, of at most MaxLogRecords log
// records each. A request without records has none.
func readItems(form format, body []byte) ([]ingest.Item, error) {
	decode := fromProtobuf
	if form == asJSON {
		decode = fromJSON
	}
	request, err := decode(body)
	if err != nil {
		return nil, err
	}
	count := countRecords(request)
	if form == protobuf && count > 0 && count <= ingest.MaxLogRecords {
		return []ingest.Item{newItem(request, body, count)}, nil
	}
	var items []ingest.Item
	for from := 0; from < count; from += ingest.MaxLogRecords {
		part := slice(request, from, min(from+ingest.MaxLogRecords, count))
		raw, err := proto.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("write log records: %w", err)
		}
		items = append(items, newItem(part, raw, countRecords(part)))
	}
	return items, nil
}

func fromProtobuf(body []byte) (*collector.ExportLogsServiceRequest, error) {
	if err := checkProtobuf(body); err != nil {
		return nil, err
	}
	request := &collector.ExportLogsServiceRequest{}
	if err := proto.Unmarshal(body, request); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the body is no protobuf ExportLogsServiceRequest")
	}
	return request, nil
}

func newItem(request *collector.ExportLogsServiceRequest, raw []byte, count int) ingest.Item {
	return ingest.Item{
		Category: ingest.CategoryLog, Kind: eventlog.KindOTLPLogs, Quantity: int64(count), EventID: ingest.NewEventID(), Body: raw,
		Shorten: func(n int64) []byte {
			short, err := proto.Marshal(slice(request, 0, int(n)))
			if err != nil {
				panic(err) // impossible: the same records were read from protobuf
			}
			return short
		},
	}
}

func countRecords(request *collector.ExportLogsServiceRequest) (n int) {
	for _, r := range request.GetResourceLogs() {
		for _, s := range r.GetScopeLogs() {
			n += len(s.GetLogRecords())
		}
	}
	return n
}

// slice returns the records from up to to, with their scopes and resources.
func slice(request *collector.ExportLogsServiceRequest, from, to int) *collector.ExportLogsServiceRequest {
	out := &collector.ExportLogsServiceRequest{}
	at := 0
	for _, r := range request.GetResourceLogs() {
		resource := &logs.ResourceLogs{Resource: r.GetResource(), SchemaUrl: r.GetSchemaUrl()}
		for _, s := range r.GetScopeLogs() {
			records := s.GetLogRecords()
			first, last := max(from-at, 0), min(to-at, len(records))
			at += len(records)
			if first < last {
				resource.ScopeLogs = append(resource.ScopeLogs, &logs.ScopeLogs{
					Scope: s.GetScope(), SchemaUrl: s.GetSchemaUrl(), LogRecords: records[first:last],
				})
			}
		}
		if len(resource.ScopeLogs) > 0 {
			out.ResourceLogs = append(out.ResourceLogs, resource)
		}
	}
	return out
}
