package pipeline

import (
	"sync"

	"github.com/mesher/mesher/internal/event"
)

// memory is what one worker decodes a batch into: one event after another, and
// their payloads, which stay until the batch is committed. They were a quarter
// of all bytes that were allocated (measured). It belongs to one goroutine at a
// time.
type memory struct {
	events *event.Memory // for one event, until the next; nil is memory of its own for each
	// pieces hold the payloads; room is what is left of the last.
	pieces []*piece
	room   []byte
}

// piece is as long as twenty payloads usually are.
type piece [128 << 10]byte

// pieces keeps *piece.
var pieces = sync.Pool{New: func() any { return new(piece) }}

// payload returns the canonical JSON of e, which is valid until release.
func (m *memory) payload(e *event.Event) []byte {
	payload := event.AppendJSON(m.room[:0:len(m.room)], e)
	if len(payload) > len(m.room) { // so it has memory of its own
		if len(payload) > len(piece{})/4 {
			return payload
		}
		next := pieces.Get().(*piece)
		m.pieces = append(m.pieces, next)
		m.room = next[:]
		payload = m.room[:copy(m.room, payload)]
	}
	m.room = m.room[len(payload):]
	return payload[:len(payload):len(payload)]
}

// release ends the use of every payload.
func (m *memory) release() {
	for _, old := range m.pieces {
		pieces.Put(old)
	}
	m.pieces, m.room = nil, nil
}
