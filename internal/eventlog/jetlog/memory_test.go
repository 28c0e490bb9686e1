package jetlog

import "testing"

func TestMemory(t *testing.T) {
	t.Parallel()
	const third = len(chunk{}.bytes) / 3
	var m memory
	parts := map[uint64][]byte{}
	take := func(n int, seq uint64) {
		t.Helper()
		b := m.take(n, seq)
		if len(b) != n || cap(b) != n {
			t.Fatalf("%d bytes with room for %d, want %d", len(b), cap(b), n)
		}
		for i := range b {
			b[i] = byte(seq)
		}
		parts[seq] = b
		for old := range parts {
			for _, b := range parts[old] {
				if b != byte(old) {
					t.Fatalf("message %d was overwritten by %d", old, seq)
				}
			}
		}
	}
	release := func(through uint64, left int) {
		t.Helper()
		m.release(through)
		for seq := range parts {
			if seq <= through {
				delete(parts, seq)
			}
		}
		if len(m.chunks) != left {
			t.Fatalf("%d chunks are in use after message %d, want %d", len(m.chunks), through, left)
		}
	}
	for seq := uint64(1); seq <= 8; seq++ { // three to a chunk
		take(third, seq)
	}
	take(len(chunk{}.bytes)+1, 9) // has memory of its own
	release(2, 3)
	release(3, 2)
	take(third, 10) // into the last chunk
	take(third, 11)
	release(8, 2)
	take(third, 12)
	release(12, 0)
	take(third, 13)
	m.forget()
	release(13, 0)
}
