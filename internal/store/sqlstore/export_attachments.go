package sqlstore

import (
	"context"
)

// exportedAttachment is a file of an exported event; its content becomes base64 in JSON.
type exportedAttachment struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Content     []byte `json:"content"`
}

// exportedAttachments reads the files of a page of events, which come in the order of their ids.
func (s *Store) exportedAttachments(ctx context.Context, found []foundEvent) (map[int64][]exportedAttachment, error) {
	var ids []int64
	for _, e := range found {
		ids = append(ids, e.id)
	}
	files := map[int64][]exportedAttachment{}
	sources, err := s.events.sources(ctx, nil, ids[0], ids[len(ids)-1]+1)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		err := src.read(ctx, func(c conn) error {
			return listOf(ctx, c, "SELECT event, name, content_type, content FROM attachments WHERE event IN (…) ORDER BY event, name", ids, func(r scanner) error {
				var event int64
				var f exportedAttachment
				err := r.Scan(&event, &f.Name, &f.ContentType, &f.Content)
				files[event] = append(files[event], f)
				return err
			})
		})
		if err != nil {
			return nil, s.finish(err)
		}
	}
	return files, nil
}
