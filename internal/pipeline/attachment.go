package pipeline

import (
	"cmp"
	"strings"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

const (
	maxAttachmentName = 200
	maxContentType    = 100
)

// decodeAttachment reads a file of an event. It is sampled as its event is; the
// store keeps it only where the event itself was kept.
func decodeAttachment(r *eventlog.Record, rules *rules) outcome {
	if !rules.keeps(r.EventID) {
		return dropped(r, store.Sampled, "sample_rate")
	}
	return outcome{files: []store.AttachmentRow{{
		ProjectID: r.ProjectID, EventID: r.EventID, Received: r.Received,
		Name: fileName(r.Meta.Filename), ContentType: cut(r.Meta.ContentType, maxContentType), Content: r.Body,
	}}}
}

// fileName keeps the last part of a path, without what a terminal or a header would obey.
func fileName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return cmp.Or(cut(strings.TrimSpace(s), maxAttachmentName), "unnamed")
}
