package event

import (
	"bytes"
	"hash/maphash"
	"strconv"
	"sync"
	"unsafe"

	"github.com/valyala/fastjson"

	"github.com/mesher/mesher/internal/skim"
)

// Stacks remembers stack traces that came more than once. Events of one bug
// mostly bring the same stack, which is more than half of what they weigh, byte
// for byte: it is then neither parsed nor written again. Local variables differ
// from event to event, so stacks with any are not remembered, nor those that
// normalization has something to say of. What Parse returns is the same with
// and without, but that its Stacktraces are shared. For concurrent use.
type Stacks struct {
	seed maphash.Seed

	mu sync.Mutex
	// A stack that is asked for moves from old to young; when young is full it
	// becomes old, and what nobody asked for since is forgotten.
	young, old map[uint64]*knownStack
	youngBytes int
	maxBytes   int
	// sightings count unknown stacks, each in the place of an earlier one.
	sightings [1 << 12]sighting
}

type sighting struct {
	hash  uint64
	times int
}

// worthKnowing is how many times a stack comes before it is remembered, so that
// those that come seldom do not push out the others.
const worthKnowing = 8

// knownStack is a stack trace as a client sent it and as it is stored.
type knownStack struct {
	raw   []byte
	trace *Stacktrace // nil when stacks with this hash are to be parsed each time
}

// NewStacks makes a memory of about maxBytes.
func NewStacks(maxBytes int) *Stacks {
	return &Stacks{seed: maphash.MakeSeed(), young: map[uint64]*knownStack{}, maxBytes: maxBytes}
}

// A stack trace begins with these two in any event; inside of a text the second
// quote would have a backslash. They are apart because bytes.Index first looks
// for the first byte, and quotes are everywhere (measured: nine times as fast).
var stackKey, stackKeyTail = []byte(`"stac`), []byte(`ktrace":{`)

// nextStack returns where the object of the first stack trace in raw begins, -1 when there is none.
func nextStack(raw []byte) int {
	for from := 0; ; {
		at := bytes.Index(raw[from:], stackKeyTail)
		if at < 0 {
			return -1
		}
		key := raw[from : from+at]
		from += at + len(stackKeyTail)
		if bytes.HasSuffix(key, stackKey) {
			return from - 1
		}
	}
}

// stackMark stands, in quotes and with a number behind it, for a known stack. No
// client can send it: there are no NULs in what repairText returns.
const stackMark = '\x00'

// parse reads an event with at least one known stack; nil when there is none, or
// when it is where Parse does not look for stacks. raw must have been repaired.
func (s *Stacks) parse(raw []byte, o *ParseOptions) *Event {
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	short, known := s.shorten((*scratch)[:0], raw)
	keepScratch(scratch, short)
	if len(known) == 0 {
		return nil
	}
	d := newDecoder(o)
	d.known = known
	e, err := d.run(short)
	if err != nil || d.found != len(known) {
		return nil
	}
	return e
}

// shorten appends raw with a mark in the place of each known stack.
func (s *Stacks) shorten(dst, raw []byte) (short []byte, known []*Stacktrace) {
	for range maxExceptions {
		at := nextStack(raw)
		if at < 0 {
			break
		}
		if k := s.find(raw[at:]); k != nil {
			dst = append(append(dst, raw[:at]...), '"', stackMark)
			dst = append(strconv.AppendInt(dst, int64(len(known)), 10), '"')
			known = append(known, k.trace)
			at += len(k.raw)
		} else {
			dst = append(dst, raw[:at]...)
		}
		raw = raw[at:]
	}
	return append(dst, raw...), known
}

// maxKnownStack is the longest JSON of a stack that is remembered.
const maxKnownStack = 64 << 10

// stackEnd is how a stack without local variables ends, though it may also occur within.
var stackEnd = []byte("}]}")

// find returns the known stack that b starts with.
func (s *Stacks) find(b []byte) *knownStack {
	b = b[:min(len(b), maxKnownStack)]
	end := bytes.Index(b, stackEnd)
	if end < 0 {
		return nil
	}
	hash := maphash.Bytes(s.seed, b[:end+len(stackEnd)])
	k, worth := s.look(hash)
	if k == nil && worth {
		k = learn(b)
		s.keep(hash, k)
	}
	if k == nil || k.trace == nil || !bytes.HasPrefix(b, k.raw) {
		return nil
	}
	return k
}

// look returns what is known by a hash, and whether an unknown one is worth knowing.
func (s *Stacks) look(hash uint64) (k *knownStack, worth bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k = s.young[hash]; k != nil {
		return k, false
	}
	if k = s.old[hash]; k != nil {
		s.add(hash, k)
		return k, false
	}
	seen := &s.sightings[hash%uint64(len(s.sightings))]
	if seen.hash != hash {
		*seen = sighting{hash: hash}
	}
	seen.times++
	return nil, seen.times%worthKnowing == 0
}

func (s *Stacks) keep(hash uint64, k *knownStack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(hash, k)
}

func (s *Stacks) add(hash uint64, k *knownStack) {
	if s.youngBytes+k.size() > s.maxBytes/2 {
		s.young, s.old, s.youngBytes = map[uint64]*knownStack{}, s.young, 0
	}
	s.young[hash] = k
	s.youngBytes += k.size()
}

// size is about how much memory a known stack takes.
func (k *knownStack) size() int {
	const entry = 128
	if k.trace == nil {
		return entry
	}
	return entry + len(k.raw)*2 + len(k.trace.JSON) + len(k.trace.Frames)*int(unsafe.Sizeof(Frame{}))
}

// learn reads the stack that b starts with.
func learn(b []byte) *knownStack {
	none := &knownStack{}
	length, err := skim.Value(b)
	if err != nil {
		return none
	}
	raw := b[:length]
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(raw)
	if err != nil {
		return none
	}
	d := newDecoder(&ParseOptions{})
	d.e, d.chunk = &Event{}, len(raw)/2
	trace := d.stacktrace(v)
	if trace == nil || len(d.e.Notes) > 0 || trace.hasVars() {
		return none
	}
	w := writer{}
	w.stack(trace)
	trace.JSON = bytes.Clone(w.dst)
	return &knownStack{raw: bytes.Clone(raw), trace: trace}
}

func (s *Stacktrace) hasVars() bool {
	for i := range s.Frames {
		if s.Frames[i].Vars != nil {
			return true
		}
	}
	return false
}

// knownStack returns the stack that v is the mark of, nil when it is none.
func (d *decoder) knownStack(v *fastjson.Value) *Stacktrace {
	text := stringBytes(v)
	if len(d.known) == 0 || len(text) < 2 || text[0] != stackMark {
		return nil
	}
	n, err := strconv.Atoi(string(text[1:]))
	if err != nil || n >= len(d.known) {
		return nil
	}
	d.found++
	return d.known[n]
}
