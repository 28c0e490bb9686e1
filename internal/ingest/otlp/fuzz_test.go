package otlp

import (
	"testing"

	"github.com/mesher/mesher/internal/logentry"
	"github.com/mesher/mesher/test/allocs"
)

func FuzzReadProtobuf(f *testing.F) {
	f.Add(records(2))
	f.Add([]byte("\n\x04\x12\x02\x12\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) { checkItems(t, protobuf, raw) })
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[{"key":"k"}]}}}]}]}]}`))
	f.Add([]byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":5}}]},"scopeLogs":[{"scope":{"name":"s"},"logRecords":[
{"timeUnixNano":"1795442399000000000","severityNumber":17,"traceId":"9837494F6BA84B21B4C8F34CCC8EFE72","spanId":"","flags":1,
"attributes":[{"key":"b","value":{"bytesValue":"AQI="}},{"key":"l","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":1.5}]}}}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) { checkItems(t, asJSON, raw) })
}

// checkItems wants every item to read back as the records it counts. Two bytes
// of protobuf make a message of a hundred bytes, which is read three times.
func checkItems(t *testing.T, form format, raw []byte) {
	allocs.AtMost(t, 1024*len(raw), func() {
		items, err := readItems(form, raw)
		if err != nil {
			return
		}
		for _, item := range items {
			if entries, err := logentry.ParseOTLP(item.Body, logentry.Options{}); err != nil || int64(len(entries)) != item.Quantity {
				t.Errorf("%d entries of %d, %v", len(entries), item.Quantity, err)
			}
			item.Shorten(1)
		}
	})
}
