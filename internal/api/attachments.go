package api

import (
	"context"
	"errors"
	"fmt"
	"mime"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

// Attachment is a file that came with an event.
type Attachment struct {
	ID          string `json:"id" doc:"32 hex digits"`
	Name        string `json:"name"`
	ContentType string `json:"content_type" doc:"As the client says; the download does not trust it"`
	Size        int64  `json:"size" doc:"Bytes"`
}

type attachmentPath struct {
	EventID      string `path:"event_id" pattern:"^[0-9a-f]{32}$"`
	AttachmentID string `path:"attachment_id" pattern:"^[0-9a-f]{32}$"`
}

// download is a file as bytes to be saved. Whatever it holds, a browser must
// not render it on Mesher's own pages' origin: the type is neutral, sniffing is
// off for every answer, and should a browser show it after all, it does so in a sandbox.
type download struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	SecurityPolicy     string `header:"Content-Security-Policy"`
	CacheControl       string `header:"Cache-Control"`
	Body               []byte
}

func (s *Server) registerAttachments() {
	register(s, route{
		call: "GET /events/{event_id}/attachments/{attachment_id}", id: "download-attachment", tag: "Events",
		summary: "A file that came with an event", on: onCaller, action: org.ReadEvents,
	}, s.downloadAttachment)
}

func (s *Server) downloadAttachment(ctx context.Context, in *attachmentPath) (*download, error) {
	e, err := s.anyEvent(ctx, in.EventID)
	if err != nil {
		return nil, err
	}
	f, content, err := s.Telemetry.ReadAttachment(ctx, e, in.AttachmentID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.NotFound, "the event has no such attachment")
	}
	if err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	return &download{
		ContentType:        "application/octet-stream",
		ContentDisposition: mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}),
		SecurityPolicy:     "sandbox; default-src 'none'",
		CacheControl:       "private, no-store",
		Body:               content,
	}, nil
}

// attachmentsOf lists an event's files.
func (s *Server) attachmentsOf(ctx context.Context, e store.StoredEvent) ([]Attachment, error) {
	list, err := s.Telemetry.Attachments(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("list attachments: %w", err)
	}
	return shapeAll(list, func(f store.Attachment) Attachment { return Attachment(f) }), nil
}
