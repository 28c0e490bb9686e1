// Package sentry speaks the protocol of Sentry's SDKs: envelopes, store bodies
// and security reports over HTTP (PROTOCOL.md, §1–9). It reads only as much of
// a body as admission needs.
package sentry

import (
	"bytes"
	"strconv"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/skim"
)

// Envelope is a parsed envelope. Its payloads are parts of the body.
type Envelope struct {
	Header Header
	Items  []Item
	// Err says why reading stopped before the end; the items up to there are good.
	Err error
}

// Header is the first line of an envelope. Everything is optional.
type Header struct {
	// EventID is 32 lower-case hex digits, or empty.
	EventID string
	DSN     string
	// SentAt is the client's clock in Unix µs, 0 when absent.
	SentAt int64
	// SDK is the client as "name/version".
	SDK string
	// Release and Environment come from the trace header.
	Release     string
	Environment string
}

// Item is one item of an envelope.
type Item struct {
	Type           string
	ContentType    string
	Filename       string
	AttachmentType string
	Payload        []byte
}

// maxItems bounds the items of one envelope.
const maxItems = 1000

// ParseEnvelope reads the framing of PROTOCOL.md, §5. Payloads are not looked
// into. The error is fault.Invalid when not even the header can be read; a
// later fault is in Envelope.Err.
func ParseEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	body = body[skim.Space(body):]
	n, err := skim.Object(body, func(key, value []byte) bool {
		e.Header.set(string(key), value)
		return true
	})
	if err != nil {
		return e, fault.New(fault.Invalid, "the envelope's first line must be a JSON object")
	}
	rest, ok := endOfLine(body[n:])
	if !ok {
		return e, fault.New(fault.Invalid, "the envelope's header must be followed by a newline")
	}
	for {
		rest = bytes.TrimLeft(rest, "\n")
		if len(bytes.TrimSpace(rest[:min(len(rest), 64)])) == 0 && len(rest) <= 64 {
			return e, nil
		}
		if len(e.Items) == maxItems {
			e.Err = fault.New(fault.Invalid, "the envelope has more than %d items; send less at once", maxItems)
			return e, nil
		}
		var item Item
		if item, rest, e.Err = parseItem(rest); e.Err != nil {
			return e, nil
		}
		e.Items = append(e.Items, item)
	}
}

// endOfLine drops blanks and the newline that ends a header line; the end of the body will do.
func endOfLine(b []byte) ([]byte, bool) {
	b = bytes.TrimLeft(b, " \t\r")
	if len(b) == 0 {
		return b, true
	}
	if b[0] != '\n' {
		return b, false
	}
	return b[1:], true
}

func parseItem(b []byte) (item Item, rest []byte, err error) {
	length := -1
	n, err := skim.Object(b, func(key, value []byte) bool {
		if string(key) == "length" {
			if l, err := strconv.Atoi(string(value)); err == nil {
				length = l
			}
			return true
		}
		item.set(string(key), value)
		return true
	})
	if err != nil {
		return item, b, fault.New(fault.Invalid, "an item's header must be a JSON object on one line")
	}
	if item.Type == "" {
		return item, b, fault.New(fault.Invalid, "an item's header has no type")
	}
	rest, ok := endOfLine(b[n:])
	if !ok {
		return item, b, fault.New(fault.Invalid, "an item's header must be followed by a newline")
	}
	if length < 0 {
		item.Payload, rest, _ = bytes.Cut(rest, []byte("\n"))
		return item, rest, nil
	}
	if length > len(rest) {
		return item, b, fault.New(fault.Invalid, "an item of type %s announces %d bytes, only %d follow", strconv.Quote(item.Type), length, len(rest))
	}
	item.Payload, rest = rest[:length], rest[length:]
	if len(rest) > 0 && rest[0] != '\n' {
		return item, b, fault.New(fault.Invalid, "an item of type %s is longer than the %d bytes it announces", strconv.Quote(item.Type), length)
	}
	return item, rest[min(1, len(rest)):], nil
}

// maxField bounds the texts that are kept of headers.
const maxField = 256

func textOf(value []byte) string {
	s, _ := skim.Text(value)
	return s[:min(len(s), maxField)]
}

func (i *Item) set(key string, value []byte) {
	switch key {
	case "type":
		i.Type = textOf(value)
	case "content_type":
		i.ContentType = textOf(value)
	case "filename":
		i.Filename = textOf(value)
	case "attachment_type":
		i.AttachmentType = textOf(value)
	}
}

func (h *Header) set(key string, value []byte) {
	switch key {
	case "event_id":
		h.EventID, _ = event.NormalizeID(textOf(value))
	case "dsn":
		h.DSN = textOf(value)
	case "sent_at":
		h.SentAt, _ = event.ParseTime(string(bytes.Trim(value[:min(len(value), 64)], `"`)))
	case "sdk":
		name, version := members(value, "name", "version")
		if h.SDK = name; version != "" {
			h.SDK = name + "/" + version
		}
	case "trace":
		h.Release, h.Environment = members(value, "release", "environment")
	}
}

// members returns two texts of an object; what is missing or of another type is empty.
func members(object []byte, first, second string) (a, b string) {
	_, _ = skim.Object(object, func(key, value []byte) bool { // anything else has no members
		switch string(key) {
		case first:
			a = textOf(value)
		case second:
			b = textOf(value)
		}
		return true
	})
	return a, b
}
