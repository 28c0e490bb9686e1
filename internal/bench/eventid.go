package bench

import (
	"encoding/binary"
	"encoding/hex"
)

// A run is one execution of the generator. Its number is in every event id, so
// that a check finds its own events among those of other runs.
type run uint64

// ID returns the event id of a sequence number. Its first half looks random,
// as the ids of real clients do, so that an index gains nothing from its order;
// its second half is the run.
func (r run) ID(seq uint64) (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], mix(seq^uint64(r)))
	binary.BigEndian.PutUint64(id[8:], uint64(r))
	return id
}

// appendID appends the 32 hex digits of an event id.
func (r run) appendID(dst []byte, seq uint64) []byte {
	id := r.ID(seq)
	return hex.AppendEncode(dst, id[:])
}

// Seq is the way back from an id's text; ok is false for ids of others.
func (r run) Seq(text string) (seq uint64, ok bool) {
	var id [16]byte
	if len(text) != 32 {
		return 0, false
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || binary.BigEndian.Uint64(id[8:]) != uint64(r) {
		return 0, false
	}
	return unmix(binary.BigEndian.Uint64(id[:8])) ^ uint64(r), true
}
