package sqlstore

import "sync"

// sweep is a deletion of events from one source, which takes many steps.
type sweep struct {
	from, projectID int64
	issueID         int64
	issues          int
}

// sweeps remember how far deletions are, so that no step looks again at what the
// ones before have deleted. After a restart the first one does.
type sweeps struct {
	mu    sync.Mutex
	until map[sweep]int64
}

// position is the id up to which a sweep has to go on, and whether it has begun;
// it begins at the given one.
func (s *sweeps) position(of sweep, first int64) (until int64, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until, begun = s.until[of]; begun {
		return until, true
	}
	return first, false
}

func (s *sweeps) reached(of sweep, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[sweep]int64{}
	}
	s.until[of] = id
}

func (s *sweeps) forget(of sweep) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, of)
}
