package grouping

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/mesher/mesher/internal/fault"
)

// snapshotFormat is written into snapshots; others are refused.
const snapshotFormat = 1

// snapshot is a Learner as bytes.
type snapshot struct {
	Format    int               `json:"format"`
	Algorithm string            `json:"algorithm"`
	Next      uint32            `json:"next"`
	Clock     uint64            `json:"clock"`
	Patterns  []snapshotPattern `json:"patterns"`
	Alias     map[uint32]uint32 `json:"alias,omitempty"`
}

type snapshotPattern struct {
	ID    uint32   `json:"id"`
	Shape []string `json:"shape"`
	Shown []string `json:"shown"`
	Free  uint64   `json:"free,omitempty"`
	Count uint64   `json:"count"`
	Last  uint64   `json:"last"`
}

// Snapshot writes the learned patterns as bytes that Restore reads. Equal learners give equal bytes.
func (l *Learner) Snapshot() []byte {
	s := snapshot{Format: snapshotFormat, Algorithm: Version, Next: l.next, Clock: l.clock, Alias: l.alias}
	for _, id := range slices.Sorted(maps.Keys(l.patterns)) {
		p := l.patterns[id]
		s.Patterns = append(s.Patterns, snapshotPattern{p.id, p.shape, p.shown, p.free, p.count, p.last})
	}
	raw, err := json.Marshal(s)
	if err != nil {
		panic("grouping: a snapshot of strings and numbers cannot be written: " + err.Error())
	}
	return raw
}

// Restore replaces what the Learner knows by a snapshot. The ids of patterns
// stay. On an error the Learner is as it was.
func (l *Learner) Restore(raw []byte) error {
	var s snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		return fault.Wrap(err, fault.Invalid, "the snapshot of log patterns cannot be read; delete it to learn anew")
	}
	if s.Format != snapshotFormat || s.Algorithm != Version {
		return fault.New(fault.Invalid, "the snapshot of log patterns is of another version (%d, %s); delete it to learn anew", s.Format, s.Algorithm)
	}
	keep := make([]*pattern, 0, len(s.Patterns))
	for _, p := range s.Patterns {
		if p.ID == 0 || p.ID >= s.Next || len(p.Shape) != len(p.Shown) || len(p.Shape) > maxTokens {
			return fault.New(fault.Invalid, "the snapshot of log patterns is damaged at pattern %d; delete it to learn anew", p.ID)
		}
		keep = append(keep, &pattern{p.ID, p.Shape, p.Shown, p.Free, p.Count, p.Last})
	}
	if len(keep) > l.limit {
		slices.SortFunc(keep, recentFirst)
		keep = keep[:l.limit]
	}
	l.next, l.clock = max(s.Next, 1), s.Clock
	l.alias = s.Alias
	if l.alias == nil {
		l.alias = map[uint32]uint32{}
	}
	l.rebuild(keep)
	return nil
}
