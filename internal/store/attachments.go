package store

import "context"

// Bounds on the attachments that are kept; what exceeds them counts as rate_limited.
const (
	MaxEventAttachments     = 16
	MaxEventAttachmentBytes = 16 << 20
	// DayAttachmentBytes is the quota of a day (UTC) of a project whose settings name none.
	DayAttachmentBytes = 256 << 20
)

// AttachmentRow is a file that came with an event, on its way into the store.
type AttachmentRow struct {
	// ID is that of the record which brought it: see eventlog.RowID.
	ID        int64
	Seq       uint64
	ProjectID int64
	// EventID names the event it belongs to, which must be stored before it or with it.
	EventID     [16]byte
	Received    int64
	Name        string
	ContentType string
	Content     []byte
}

// Attachment is a file of a stored event.
type Attachment struct {
	// ID is 32 hex digits, made of name and content: unique within the event.
	ID          string
	Name        string
	ContentType string
	Size        int64
}

// AttachmentReader reads the files of events.
type AttachmentReader interface {
	// Attachments lists those of an event by name.
	Attachments(ctx context.Context, of StoredEvent) ([]Attachment, error)
	// ReadAttachment returns one with its content; ErrNotFound when the event has none of this id.
	ReadAttachment(ctx context.Context, of StoredEvent, id string) (Attachment, []byte, error)
}
