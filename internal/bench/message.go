package bench

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// slot is the kind of a message's changing part.
type slot uint8

const (
	slotNone slot = iota
	slotUUID
	slotNumber
	slotFloat
	slotHex
	slotAddress
	slotEmail
)

// piece is some text and what follows it.
type piece struct {
	text string
	slot slot
}

// messageOf returns a bug's message, which differs from event to event in its slots only.
func messageOf(bug int, n names) []piece {
	shapes := []string{
		"could not VERB NOUN {uuid} of customer {number}: AREA answered after {number} ms",
		"AREA refused to VERB NOUN {number}: FAULT at {address}, attempt {number}, token {hex}",
		"NOUN {uuid} in AREA is locked by {email} since {float} s",
		"FAULT while AREA wanted to VERB NOUN: got {number} of {number} bytes from {address}",
	}
	shape := strings.NewReplacer("VERB", n.verb, "NOUN", n.noun, "AREA", n.area, "FAULT", n.fault).Replace(shapes[bug/5%len(shapes)])
	return piecesOf(shape)
}

func piecesOf(shape string) (pieces []piece) {
	slots := map[string]slot{"uuid": slotUUID, "number": slotNumber, "float": slotFloat, "hex": slotHex, "address": slotAddress, "email": slotEmail}
	for shape != "" {
		text, rest, found := strings.Cut(shape, "{")
		if !found {
			return append(pieces, piece{text: text})
		}
		name, after, _ := strings.Cut(rest, "}")
		pieces = append(pieces, piece{text: text, slot: slots[name]})
		shape = after
	}
	return pieces
}

// appendMessage fills the slots. Nothing it appends needs an escape in JSON.
func appendMessage(dst []byte, pieces []piece, r *random) []byte {
	for _, p := range pieces {
		dst = append(dst, p.text...)
		dst = appendSlot(dst, p.slot, r)
	}
	return dst
}

func appendSlot(dst []byte, s slot, r *random) []byte {
	switch s {
	case slotUUID:
		return appendUUID(dst, r)
	case slotNumber:
		return strconv.AppendUint(dst, r.below(1_000_000), 10)
	case slotFloat:
		return strconv.AppendFloat(dst, float64(r.below(100_000))/1000, 'f', 3, 64)
	case slotHex:
		return appendHex(dst, r.next())
	case slotAddress:
		return appendAddress(dst, r)
	case slotEmail:
		dst = append(dst, "user"...)
		dst = strconv.AppendUint(dst, r.below(100_000), 10)
		return append(dst, "@example.org"...)
	}
	return dst
}

func appendAddress(dst []byte, r *random) []byte {
	v := r.next()
	dst = append(dst, "10."...)
	dst = strconv.AppendUint(dst, v>>8&0xff, 10)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, v>>16&0xff, 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, v>>24&0xff, 10)
}

func appendHex(dst []byte, v uint64) []byte {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], v)
	return hex.AppendEncode(dst, raw[:])
}

// appendUUID appends a version 4 UUID with its hyphens.
func appendUUID(dst []byte, r *random) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], r.next())
	binary.BigEndian.PutUint64(raw[8:], r.next())
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	for i, cut := range [...][2]int{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, raw[cut[0]:cut[1]])
	}
	return dst
}
