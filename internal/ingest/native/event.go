package native

import (
	"bytes"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/skim"
)

// eventItem checks one event and gives it an id: its own, so that sending it
// again is harmless, or a new one. The errors are fault.Invalid with the field.
func eventItem(raw []byte) (ingest.Item, error) {
	if len(raw) > ingest.MaxEvent {
		return ingest.Item{}, fault.New(fault.TooLarge, "the event is larger than %d bytes; send less context with it", ingest.MaxEvent)
	}
	raw = bytes.TrimSpace(raw)
	var f facts
	n, err := skim.Object(raw, f.member)
	if err != nil || n != len(raw) {
		return ingest.Item{}, fault.New(fault.Invalid, "an event must be one JSON object")
	}
	if f.badID {
		return ingest.Item{}, fault.Field("event_id", "the event_id must be 32 hex digits, or be left out")
	}
	if !f.content {
		return ingest.Item{}, fault.Field("message", "an event needs a message or an exception")
	}
	if f.id == [16]byte{} {
		f.id = ingest.NewEventID()
	}
	return ingest.Item{Category: ingest.CategoryError, Kind: eventlog.KindEvent, EventID: f.id, Body: raw}, nil
}

// facts are what admission needs to know of an event.
type facts struct {
	id      [16]byte
	badID   bool
	content bool
}

func (f *facts) member(key, value []byte) bool {
	switch string(key) {
	case "event_id":
		if string(value) == "null" || string(value) == `""` {
			break
		}
		text, _ := skim.Text(value)
		var ok bool
		f.id, ok = event.ParseID(text)
		f.badID = !ok
	case "message", "logentry", "exception", "threads", "stacktrace",
		"sentry.interfaces.Message", "sentry.interfaces.Exception", "sentry.interfaces.Stacktrace":
		f.content = f.content || !isEmpty(value)
	}
	return true
}

// isEmpty tells whether a JSON value counts as "not given".
func isEmpty(value []byte) bool {
	switch string(value) {
	case "null", "false", `""`, "{}", "[]":
		return true
	}
	return false
}

// asLines turns a JSON list into one item a line; JSON lines stay as they are.
func asLines(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, fault.New(fault.Invalid, "the body is empty; send one JSON object a line")
	}
	if body[0] != '[' {
		return body, nil
	}
	items, err := list(body)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		items[i] = bytes.ReplaceAll(item, []byte("\n"), []byte(" ")) // between tokens: strings hold none
	}
	return bytes.Join(items, []byte("\n")), nil
}

// list returns the items of a JSON list.
func list(body []byte) (items [][]byte, err error) {
	n, err := skim.Array(body, func(item []byte) bool {
		items = append(items, item)
		return len(items) <= ingest.MaxLogEntries
	})
	if err != nil || n != len(body) {
		return nil, fault.New(fault.Invalid, "the body starts with [ but is no JSON list; send a JSON list, or one JSON object a line")
	}
	return items, nil
}
