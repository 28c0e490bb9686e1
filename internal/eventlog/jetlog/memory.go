package jetlog

import "sync"

// memory is where a consumer's messages are unpacked to, an eighth of all bytes
// that were allocated (measured). What a chunk holds is valid until the last
// message in it is acknowledged; then it serves others.
type memory struct {
	mu sync.Mutex
	// chunks are in the order of their messages; the last has room.
	chunks []*chunk
}

// chunk holds the largest common message, or many small ones.
type chunk struct {
	bytes [1 << 19]byte
	used  int
	// last is the sequence of the last message in it.
	last uint64
}

// chunks keeps *chunk.
var chunks = sync.Pool{New: func() any { return new(chunk) }}

// take returns n bytes for a message, whose sequence is larger than those before.
func (m *memory) take(n int, seq uint64) []byte {
	if n > len(chunk{}.bytes) {
		return make([]byte, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var c *chunk
	if len(m.chunks) > 0 {
		c = m.chunks[len(m.chunks)-1]
	}
	if c == nil || n > len(c.bytes)-c.used {
		c = chunks.Get().(*chunk)
		c.used = 0
		m.chunks = append(m.chunks, c)
	}
	c.last = seq
	c.used += n
	return c.bytes[c.used-n : c.used : c.used]
}

// release ends the use of the messages up to and including through.
func (m *memory) release(through uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	done := 0
	for done < len(m.chunks) && m.chunks[done].last <= through {
		chunks.Put(m.chunks[done])
		done++
	}
	m.chunks = m.chunks[:copy(m.chunks, m.chunks[done:])]
}

// forget leaves what is in use to whoever still uses it.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.chunks = nil
}

// ownMemory is for messages that are never acknowledged.
func ownMemory(n int) []byte { return make([]byte, n) }
