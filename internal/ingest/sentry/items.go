package sentry

import (
	"encoding/json"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/skim"
	"github.com/mesher/mesher/internal/store"
)

// categoryOf names the ledger category of item types that are accepted, counted and dropped.
var categoryOf = map[string]string{
	"transaction": ingest.CategoryTransaction,
	"session":     ingest.CategorySession, "sessions": ingest.CategorySession,
	"check_in": ingest.CategoryMonitor,
	"span":     ingest.CategorySpan, "otel_span": ingest.CategorySpan,
	"otel_log": ingest.CategoryLog,
	"profile":  ingest.CategoryProfile, "profile_chunk": ingest.CategoryProfile, "profile_chunk_ui": ingest.CategoryProfile,
	"replay_event": ingest.CategoryReplay, "replay_recording": ingest.CategoryReplay, "replay_video": ingest.CategoryReplay,
	"statsd": ingest.CategoryMetric, "metric_buckets": ingest.CategoryMetric, "metric_meta": ingest.CategoryMetric, "trace_metric": ingest.CategoryMetric,
}

// contents are the items of an envelope on their way to admission.
type contents struct {
	items []ingest.Item
	// eventID answers the request: the first event's, or the header's where there was a feedback or a transaction.
	eventID [16]byte
	hasID   bool
}

// read decides what is done with each item.
func (c *contents) read(e *Envelope) {
	headerID, named := event.ParseID(e.Header.EventID)
	of, about := headerID, named // attachments belong to the header's event wherever they stand
	for i := range e.Items {
		item := &e.Items[i]
		switch item.Type {
		case "event":
			c.event(item.Payload, headerID, named)
			named = false // the header names the first event only
		case "log":
			c.items = append(c.items, ingest.LogContainer(item.Payload)...)
		case "feedback":
			c.feedback(item.Payload, headerID, named)
		case "user_report":
			c.add(ingest.Item{Category: ingest.CategoryFeedback, Kind: eventlog.KindFeedback, EventID: reportedID(item.Payload), Body: item.Payload})
		case "client_report":
			c.items = append(c.items, clientReport(item.Payload)...)
		case "attachment":
			c.attachment(item, of, about)
		default:
			c.discard(item, headerID, named)
		}
	}
}

// discard counts an item that Mesher does not keep.
func (c *contents) discard(item *Item, headerID [16]byte, named bool) {
	category, known := categoryOf[item.Type]
	if !known {
		category = ingest.CategoryUnknown
	}
	if item.Type == "transaction" && named {
		c.answer(headerID)
	}
	c.items = append(c.items, ingest.Discard(category, ingest.ReasonUnsupported, item.Payload))
}

func (c *contents) answer(id [16]byte) {
	if !c.hasID {
		c.eventID, c.hasID = id, true
	}
}

// add keeps an item that must be one JSON object of at most an event's size.
func (c *contents) add(item ingest.Item) bool {
	switch {
	case len(item.Body) > ingest.MaxEvent:
		c.items = append(c.items, ingest.Fail(item.Category, ingest.ReasonTooLarge, item.Body))
		return false
	case !skim.Whole(item.Body):
		c.items = append(c.items, ingest.Fail(item.Category, ingest.ReasonInvalid, item.Body))
		return false
	}
	c.items = append(c.items, item)
	return true
}

func (c *contents) event(payload []byte, headerID [16]byte, named bool) {
	id := headerID
	if !named {
		id = EventID(payload)
	}
	if c.add(ingest.Item{Category: ingest.CategoryError, Kind: eventlog.KindEvent, EventID: id, Body: payload}) {
		c.answer(id)
	}
}

func (c *contents) feedback(payload []byte, headerID [16]byte, named bool) {
	id := headerID
	if !named {
		id = EventID(payload)
	}
	if c.add(ingest.Item{Category: ingest.CategoryFeedback, Kind: eventlog.KindFeedback, EventID: id, Body: payload}) {
		c.answer(id)
	}
}

// attachment keeps a file of the header's event. View hierarchies, minidumps
// and what other crash reporters attach are counted and dropped: nothing here reads them.
func (c *contents) attachment(item *Item, of [16]byte, about bool) {
	switch {
	case item.AttachmentType != "" && item.AttachmentType != "event.attachment":
		c.items = append(c.items, ingest.Discard(ingest.CategoryAttachment, ingest.ReasonUnsupported, item.Payload))
	case !about:
		c.items = append(c.items, ingest.Discard(ingest.CategoryAttachment, ingest.ReasonNoEvent, item.Payload))
	case len(item.Payload) > ingest.MaxAttachment:
		c.items = append(c.items, ingest.Fail(ingest.CategoryAttachment, ingest.ReasonTooLarge, item.Payload))
	default:
		c.items = append(c.items, ingest.Item{
			Category: ingest.CategoryAttachment, Kind: eventlog.KindAttachment, EventID: of,
			Filename: item.Filename, ContentType: item.ContentType, Body: item.Payload,
		})
	}
}

// EventID returns the id an event's JSON names at its top, or a new one.
func EventID(payload []byte) [16]byte {
	if id := reportedID(payload); id != [16]byte{} {
		return id
	}
	return ingest.NewEventID()
}

// reportedID returns the event_id at the top of a JSON object, zero when there is none.
func reportedID(payload []byte) (id [16]byte) {
	_, _ = skim.Object(payload[skim.Space(payload):], func(key, value []byte) bool { // no object, no id
		if string(key) == "event_id" {
			id, _ = event.ParseID(textOf(value))
		}
		return id == [16]byte{}
	})
	return id
}

// Bounds on client reports (PROTOCOL.md, §6).
const (
	maxReportBytes   = 100 << 10
	maxReportEntries = 100
	maxReportCount   = 1 << 30
)

// clientReport turns what an SDK says to have lost into ledger counts.
func clientReport(payload []byte) []ingest.Item {
	type lost struct {
		Reason   string  `json:"reason"`
		Category string  `json:"category"`
		Quantity float64 `json:"quantity"`
	}
	var report struct {
		Discarded []lost `json:"discarded_events"`
	}
	if len(payload) > maxReportBytes || json.Unmarshal(payload, &report) != nil {
		return nil // never an error to the SDK, and nothing that could be counted
	}
	var items []ingest.Item
	for _, l := range report.Discarded[:min(len(report.Discarded), maxReportEntries)] {
		if l.Quantity < 1 {
			continue
		}
		items = append(items, ingest.Item{
			Category: reportedCategory(l.Category), Drop: store.ClientLost, Reason: reportedReason(l.Reason),
			Quantity: int64(min(l.Quantity, maxReportCount)),
		})
	}
	return items
}

func reportedCategory(name string) string {
	switch name {
	case "error", "default":
		return ingest.CategoryError
	case "log_item", "log_byte":
		return ingest.CategoryLog
	case "transaction", "session", "attachment", "monitor", "span", "profile", "replay", "feedback", "security":
		return name
	case "trace_metric", "metric_bucket":
		return ingest.CategoryMetric
	}
	return ingest.CategoryUnknown
}

// reportedReason keeps the reasons SDKs are known to give: free text is never a reason.
func reportedReason(reason string) string {
	switch reason {
	case "queue_overflow", "cache_overflow", "buffer_overflow", "ratelimit_backoff", "network_error", "sample_rate",
		"before_send", "event_processor", "send_error", "internal_sdk_error", "insufficient_data", "backpressure", "ignored", "invalid":
		return reason
	}
	return "other"
}
