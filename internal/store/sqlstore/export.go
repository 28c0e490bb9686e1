package sqlstore

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// exportedEvent is a line of an export.
type exportedEvent struct {
	EventID   string          `json:"event_id"`
	IssueID   int64           `json:"issue_id"`
	ProjectID int64           `json:"project_id"`
	Received  int64           `json:"received"`
	Timestamp int64           `json:"timestamp"`
	Level     string          `json:"level"`
	Title     string          `json:"title"`
	Payload   json.RawMessage `json:"payload"`
	// Attachments are the files that came with the event.
	Attachments []exportedAttachment `json:"attachments,omitempty"`
}

// Export writes every event of a project to w, oldest first, as NDJSON; times
// are Unix µs. It returns how many it wrote.
func (s *Store) Export(ctx context.Context, projectID int64, w io.Writer) (n int64, err error) {
	m, err := s.compileEvents(ctx, store.EventFilter{ProjectID: projectID})
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	lines := json.NewEncoder(out)
	next := span{until: m.until, ascending: true, limit: 256}
	for {
		found, err := s.findEvents(ctx, m, next)
		if err != nil || len(found) == 0 {
			return n, joinFlush(err, out)
		}
		if err := s.exportPart(ctx, found, lines); err != nil {
			return n, err
		}
		n += int64(len(found))
		next.from = found[len(found)-1].id + 1
	}
}

func joinFlush(err error, out *bufio.Writer) error {
	if err != nil {
		return err
	}
	return out.Flush()
}

func (s *Store) exportPart(ctx context.Context, found []foundEvent, lines *json.Encoder) error {
	list, err := s.summaries(ctx, found)
	if err != nil {
		return err
	}
	payloads, err := s.loadPayloads(ctx, found)
	if err != nil {
		return err
	}
	files, err := s.exportedAttachments(ctx, found)
	if err != nil {
		return err
	}
	for i, e := range found {
		if err := lines.Encode(exportedEvent{
			EventID: hex.EncodeToString(e.eventID[:]), IssueID: list[i].IssueID, ProjectID: e.projectID, Received: e.summary.received,
			Timestamp: e.timestamp, Level: event.Level(e.level).String(), Title: e.summary.title, Payload: payloads[i], Attachments: files[e.id],
		}); err != nil {
			return err
		}
	}
	return nil
}

// loadPayloads reads each block once.
func (s *Store) loadPayloads(ctx context.Context, found []foundEvent) ([][]byte, error) {
	blocks := map[int64][]int{}
	for i, e := range found {
		blocks[e.blockID] = append(blocks[e.blockID], i)
	}
	payloads := make([][]byte, len(found))
	for id, members := range blocks {
		sources, err := s.events.sources(ctx, nil, id, id+1)
		if err != nil {
			return nil, err
		}
		for _, src := range sources {
			err := src.read(ctx, func(c conn) error {
				var block []byte
				if err := c.row(ctx, "SELECT payloads FROM event_blocks WHERE id = $1", []any{id}, &block); err != nil {
					return err
				}
				slots, err := s.codec.unpack(block)
				for _, i := range members {
					if slot := found[i].slot; slot < len(slots) {
						payloads[i] = slots[slot]
					}
				}
				return err
			})
			if err != nil {
				return nil, s.finish(err)
			}
		}
	}
	return payloads, nil
}
