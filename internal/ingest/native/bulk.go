package native

import (
	"bytes"
	"encoding/hex"
	"net/http"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/ingest"
	"github.com/mesher/mesher/internal/store"
)

// maxBulk bounds the events of one request.
const maxBulk = 2000

// maxBulkBytes bounds the body of a bulk request after decompression.
const maxBulkBytes = 20 << 20

// bulk takes a JSON list or JSON lines of events and answers for each of them.
func (h *Handler) bulk(w http.ResponseWriter, r *http.Request) error {
	s, body, done, err := h.read(w, r, maxBulkBytes)
	if err != nil {
		return err
	}
	defer done()
	events, err := split(bytes.TrimSpace(body))
	if err != nil {
		return err
	}
	var b batch
	for _, raw := range events {
		b.add(eventItem(raw))
	}
	receipt, err := h.admission.Admit(r.Context(), s.access, s.meta, b.items)
	if err != nil {
		return err
	}
	b.settle(&receipt)
	if b.accepted == 0 && b.limited > 0 {
		return limited(&receipt)
	}
	return accepted(w, struct {
		Accepted int      `json:"accepted"`
		Rejected int      `json:"rejected"`
		Items    []result `json:"items"`
	}{b.accepted, len(b.results) - b.accepted, b.results})
}

// split returns the events of a body.
func split(body []byte) (events [][]byte, err error) {
	if len(body) == 0 {
		return nil, fault.New(fault.Invalid, "the body is empty; send a JSON list of events, or one event a line")
	}
	if body[0] == '[' {
		events, err = list(body)
	} else {
		for line := range bytes.SplitSeq(body, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				events = append(events, line)
			}
		}
	}
	if len(events) > maxBulk {
		return nil, fault.New(fault.TooLarge, "the request has %d events; send at most %d at once", len(events), maxBulk)
	}
	return events, err
}

// batch is several events that are admitted together: items and results go in parallel.
type batch struct {
	items    []ingest.Item
	results  []result
	accepted int
	limited  int
}

func (b *batch) add(item ingest.Item, err error) {
	if err != nil {
		reason := ingest.ReasonInvalid
		if fault.CodeOf(err) == fault.TooLarge {
			reason = ingest.ReasonTooLarge
		}
		b.items = append(b.items, ingest.Fail(ingest.CategoryError, reason, nil))
		b.results = append(b.results, failed(err))
		return
	}
	b.items = append(b.items, item)
	b.results = append(b.results, result{ID: hex.EncodeToString(item.EventID[:])})
}

// settle marks the events that a limit refused. Sampled ones keep their id: the
// client did nothing wrong and need not know.
func (b *batch) settle(receipt *ingest.Receipt) {
	refusal := limited(receipt)
	for i := range b.items {
		switch {
		case b.items[i].Drop == store.Failed:
		case receipt.Kept[i] == 0 && refusal != nil:
			b.results[i] = failed(refusal)
			b.limited++
		default:
			b.accepted++
		}
	}
}
