// Package grouping decides which events belong together: it turns an event
// into a fingerprint (an ordered list of hashes), a title, a culprit and, on
// request, an explanation. It is deterministic: the same event gives the same
// hashes on every node and in every run of one Version. It does no I/O.
package grouping

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/mesher/mesher/internal/event"
)

// Version names the algorithm. It is stored with each hash and hashed into it,
// so that an upgrade can look up old and new hashes side by side.
const Version = "mesher-g1"

// Basis says what kind of evidence decided a fingerprint.
type Basis string

// The bases, strongest first.
const (
	BasisCustom     Basis = "custom"     // a fingerprint of the client or a rule of the project
	BasisStacktrace Basis = "stacktrace" // frames, with the exception types
	BasisException  Basis = "exception"  // exception type and parameterized value
	BasisMessage    Basis = "message"    // message template or parameterized message
	BasisFallback   Basis = "fallback"   // nothing of the above: where the event came from
)

// Hash is the first 16 bytes of the SHA-256 over the version and the length-prefixed components.
type Hash [16]byte

// String returns the 32 lower-case hex digits of h.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Result is what grouping says about one event.
type Result struct {
	// Version is the algorithm that made the hashes.
	Version string
	// Hashes are never empty. The first is primary. Any hash that is known
	// puts the event into that issue; the others are attached to the issue.
	Hashes []Hash
	Basis  Basis
	// Type and Value are what the title is made of: the exception's type and
	// value; for messages Type is empty.
	Type, Value string
	// Title is one line of at most 256 bytes, never empty.
	Title string
	// Culprit is where it happened, at most 200 bytes; may be empty.
	Culprit string
	// Template is the parameterized message that counted, or would have.
	Template string
	// Similar are weaker hashes, to find issues that look alike; they never decide.
	Similar []Hash
}

// Grouper groups events by the built-in algorithm and one project's rules. It
// is immutable and safe for concurrent use.
type Grouper struct {
	rules   Rules
	version string
	scratch sync.Pool
}

// New returns a Grouper for rules; the zero Rules mean the built-in algorithm alone.
func New(rules Rules) *Grouper { return NewVersion(Version, rules) }

// NewVersion is New with another name for the version, which every hash
// depends on: what an upgrade of the algorithm does to all hashes at once.
func NewVersion(version string, rules Rules) *Grouper {
	g := &Grouper{rules: rules, version: version}
	g.scratch.New = func() any { return new(scratch) }
	return g
}

// scratch holds the buffers of one Group call.
type scratch struct {
	buf   []byte
	parts []part
	app   []inApp
	sites []knownSite
	verdicts
}

// Group returns the fingerprint, title and culprit of e. It does not change e.
func (g *Grouper) Group(e *event.Event) Result {
	s := g.scratch.Get().(*scratch)
	d := g.decide(e, s)
	r := d.result()
	s.release()
	g.scratch.Put(s)
	return r
}

// release drops what the buffers hold of the last event.
func (s *scratch) release() {
	clear(s.parts)
	clear(s.sites)
	s.verdicts = verdicts{}
}

// part is one component of a fingerprint: a name for people and the value that is hashed.
type part struct {
	name  string
	value string
}

// appendParts encodes parts so that no two lists of parts give the same bytes.
func appendParts(b []byte, parts []part) []byte {
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p.name)))
		b = append(b, p.name...)
		b = binary.AppendUvarint(b, uint64(len(p.value)))
		b = append(b, p.value...)
	}
	return b
}

// hash hashes the version and parts.
func (d *decision) hash(parts []part) Hash {
	d.s.buf = appendParts(append(d.s.buf[:0], d.g.version...), parts)
	sum := sha256.Sum256(d.s.buf)
	return Hash(sum[:16])
}

// firstLine returns the first line of s that is not blank, trimmed.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
