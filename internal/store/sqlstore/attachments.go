package sqlstore

import (
	"context"
	"encoding/hex"

	"github.com/mesher/mesher/internal/store"
)

// Attachments implements store.AttachmentReader.
func (s *Store) Attachments(ctx context.Context, of store.StoredEvent) (list []store.Attachment, err error) {
	err = s.besideEvent(ctx, of.ID, func(c conn) error {
		more, err := all(ctx, c, func(r scanner) (store.Attachment, error) {
			var f store.Attachment
			var hash []byte
			err := r.Scan(&hash, &f.Name, &f.ContentType, &f.Size)
			f.ID = hex.EncodeToString(hash)
			return f, err
		}, "SELECT hash, name, content_type, size FROM attachments WHERE event = $1 ORDER BY name, hash", of.ID)
		list = append(list, more...)
		return err
	})
	return list, err
}

// ReadAttachment implements store.AttachmentReader.
func (s *Store) ReadAttachment(ctx context.Context, of store.StoredEvent, id string) (f store.Attachment, content []byte, err error) {
	hash, err := hex.DecodeString(id)
	if err != nil {
		return f, nil, store.ErrNotFound
	}
	err = s.besideEvent(ctx, of.ID, func(c conn) error {
		return c.row(ctx, "SELECT name, content_type, size, content FROM attachments WHERE event = $1 AND hash = $2", []any{of.ID, hash}, &f.Name, &f.ContentType, &f.Size, &content)
	})
	f.ID = id
	return f, content, err
}

// besideEvent reads where the event with this row id is.
func (s *Store) besideEvent(ctx context.Context, id int64, read func(conn) error) error {
	sources, err := s.events.sources(ctx, nil, id, id+1)
	if err != nil {
		return err
	}
	for _, src := range sources {
		if err := src.read(ctx, read); err != nil {
			return s.finish(err)
		}
	}
	return nil
}

// copyAttachments moves the files of a day to PostgreSQL.
func (t *transfer) copyAttachments(ctx context.Context, c conn) error {
	columns := []string{"event", "hash", "id", "name", "content_type", "size", "content"}
	event, hash := int64(-1), []byte{}
	for {
		rows, err := all(ctx, c, func(r scanner) ([]any, error) {
			var id, size int64
			var name, contentType string
			var content []byte
			err := r.Scan(&event, &hash, &id, &name, &contentType, &size, &content)
			return []any{event, append([]byte{}, hash...), id, name, contentType, size, nonNil(content)}, err
		}, "SELECT event, hash, id, name, content_type, size, content FROM attachments WHERE (event, hash) > ($1, $2) ORDER BY event, hash LIMIT 10", event, hash)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := t.put(ctx, "attachments", columns, rows); err != nil {
			return err
		}
	}
}
