package ingest

import (
	"bytes"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/skim"
)

// MaxLogEntries is how many log entries one container or body of lines may have.
const MaxLogEntries = 50_000

// LogContainer makes the items of a Sentry log container, parted so that none
// holds more than MaxLogRecords. A container that cannot be read, or is too
// large, becomes one failed item.
func LogContainer(payload []byte) []Item {
	if len(payload) > MaxContainer {
		return []Item{Fail(CategoryLog, ReasonTooLarge, payload)}
	}
	var entries [][]byte
	found := false
	_, err := skim.Object(payload[skim.Space(payload):], func(key, value []byte) bool {
		if string(key) == "items" {
			_, inner := skim.Array(value, func(item []byte) bool {
				entries = append(entries, item)
				return len(entries) <= MaxLogEntries
			})
			found = inner == nil
		}
		return true
	})
	if err != nil || !found {
		return []Item{Fail(CategoryLog, ReasonInvalid, payload)}
	}
	if len(entries) > MaxLogEntries {
		return []Item{Fail(CategoryLog, ReasonTooLarge, payload)}
	}
	return logItems(eventlog.KindLogs, entries, joinContainer)
}

// LogLines makes the items of NDJSON, one log entry a line; blank lines do not
// count. More than MaxLogEntries are fault.TooLarge.
func LogLines(body []byte) ([]Item, error) {
	var entries [][]byte
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			entries = append(entries, line)
		}
		if len(entries) > MaxLogEntries {
			return nil, fault.New(fault.TooLarge, "the body has more than %d log entries; send less at once", MaxLogEntries)
		}
	}
	return logItems(eventlog.KindLogLines, entries, func(entries [][]byte) []byte {
		return bytes.Join(entries, []byte("\n"))
	}), nil
}

func logItems(kind eventlog.Kind, entries [][]byte, join func([][]byte) []byte) []Item {
	var items []Item
	for len(entries) > 0 {
		part := entries[:min(len(entries), MaxLogRecords)]
		entries = entries[len(part):]
		items = append(items, Item{
			Category: CategoryLog, Kind: kind, Quantity: int64(len(part)), EventID: NewEventID(), Body: join(part),
			Shorten: func(n int64) []byte { return join(part[:n]) },
		})
	}
	return items
}

func joinContainer(entries [][]byte) []byte {
	return append(append([]byte(`{"items":[`), bytes.Join(entries, []byte(","))...), "]}"...)
}
