package bench

import (
	"errors"
	"maps"
	"net"
	"sync"
	"time"
)

// state is what is known of one event.
type state uint8

const (
	unsent state = iota
	acknowledged
	refused
	// uncertain: sent, but no answer came. It may or may not be stored.
	uncertain
)

// chunkBits is how many events' states are kept in one piece of memory.
const chunkBits = 16

// A tally gathers the results of all workers.
type tally struct {
	mu       sync.Mutex
	states   [][]state
	projects []projectTally
	// seen, when not nil, is told each acknowledged event. It must not block.
	seen func(seq uint64, at time.Time)
}

// projectTally counts events of one project; histograms count requests.
type projectTally struct {
	Sent, Acknowledged, Refused, Uncertain, NotSent uint64
	Statuses                                        map[int]uint64
	Errors                                          map[string]uint64
	RetryAfter                                      uint64
	RetryAfterMax                                   time.Duration
	Wire, Raw                                       uint64
	// Ack is the time from when a request was due to its 2xx; Service from when it was
	// really begun; Refusal is the latter for all other answers.
	Ack, Service, Refusal histogram
}

func newTally(projects int) *tally {
	t := &tally{}
	t.reset(projects)
	return t
}

// reset forgets the counts, as after a warm-up, but not what became of each event.
func (t *tally) reset(projects int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.projects = make([]projectTally, projects)
	for i := range t.projects {
		t.projects[i].Statuses = map[int]uint64{}
		t.projects[i].Errors = map[string]uint64{}
	}
}

// record counts a job's result.
func (t *tally) record(project int, j job, r result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.projects[project].add(j, r)
	for i := range j.count {
		t.set(j.seq+uint64(i), r.state())
	}
	for _, i := range r.refused {
		t.set(j.seq+uint64(i), refused)
	}
	if t.seen != nil && r.accepted() {
		for i := range j.count {
			t.seen(j.seq+uint64(i), r.end)
		}
	}
}

// miss counts jobs that found no worker before the end, as having waited until then at least.
func (t *tally) miss(project int, waited time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.projects[project].Ack.Record(waited)
}

func (r result) state() state {
	switch {
	case r.accepted():
		return acknowledged
	case r.unknown():
		return uncertain
	case r.err != nil:
		return unsent
	}
	return refused
}

// maxErrors bounds the different error texts that are kept.
const maxErrors = 16

func (p *projectTally) add(j job, r result) {
	n := uint64(j.count)
	p.Sent += n
	p.Wire += uint64(r.wire)
	p.Raw += uint64(r.raw)
	if r.retryAfter > 0 {
		p.RetryAfter++
		p.RetryAfterMax = max(p.RetryAfterMax, r.retryAfter)
	}
	if r.err != nil {
		text := errorText(r.err)
		if _, known := p.Errors[text]; !known && len(p.Errors) >= maxErrors {
			text = "other errors"
		}
		p.Errors[text]++
	} else {
		p.Statuses[r.status]++
	}
	switch r.state() {
	case acknowledged:
		p.Acknowledged += n - uint64(len(r.refused))
		p.Refused += uint64(len(r.refused))
		p.Ack.Record(r.end.Sub(j.due))
		p.Service.Record(r.end.Sub(r.start))
	case refused:
		p.Refused += n
		p.Refusal.Record(r.end.Sub(r.start))
	case uncertain:
		p.Uncertain += n
	default:
		p.NotSent += n
	}
}

// errorText leaves out the addresses of a network error, so that equal ones count together.
func errorText(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

// merge adds the counts of another project.
func (p *projectTally) merge(o *projectTally) {
	p.Sent += o.Sent
	p.Acknowledged += o.Acknowledged
	p.Refused += o.Refused
	p.Uncertain += o.Uncertain
	p.NotSent += o.NotSent
	p.RetryAfter += o.RetryAfter
	p.RetryAfterMax = max(p.RetryAfterMax, o.RetryAfterMax)
	p.Wire += o.Wire
	p.Raw += o.Raw
	for status, n := range o.Statuses {
		p.Statuses[status] += n
	}
	for text, n := range o.Errors {
		p.Errors[text] += n
	}
	p.Ack.Merge(&o.Ack)
	p.Service.Merge(&o.Service)
	p.Refusal.Merge(&o.Refusal)
}

// total sums the projects.
func (t *tally) total() *projectTally {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := &projectTally{Statuses: map[int]uint64{}, Errors: map[string]uint64{}}
	for i := range t.projects {
		sum.merge(&t.projects[i])
	}
	return sum
}

// project returns a copy of one project's counts.
func (t *tally) project(i int) *projectTally {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.projects[i]
	p.Statuses, p.Errors = maps.Clone(p.Statuses), maps.Clone(p.Errors)
	return &p
}

// set is called with the lock held.
func (t *tally) set(seq uint64, s state) {
	chunk := int(seq >> chunkBits)
	for len(t.states) <= chunk {
		t.states = append(t.states, nil)
	}
	if t.states[chunk] == nil {
		t.states[chunk] = make([]state, 1<<chunkBits)
	}
	t.states[chunk][seq&(1<<chunkBits-1)] = s
}

// State returns what became of an event.
func (t *tally) State(seq uint64) state {
	t.mu.Lock()
	defer t.mu.Unlock()
	if chunk := seq >> chunkBits; chunk < uint64(len(t.states)) && t.states[chunk] != nil {
		return t.states[chunk][seq&(1<<chunkBits-1)]
	}
	return unsent
}
