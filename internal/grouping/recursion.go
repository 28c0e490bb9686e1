package grouping

import (
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// Recursion: a cycle of at most maxPeriod frames that repeats at least
// minRounds times. How often it repeats never counts, that it does may.
const (
	maxPeriod = 4
	minRounds = 3
)

// sameCall tells whether two frames are calls of one function, line and column aside.
func sameCall(a, b *event.Frame) bool {
	return a.Function == b.Function && a.Module == b.Module && a.Filename == b.Filename && a.AbsPath == b.AbsPath && a.Function != ""
}

// cycleAt returns the length of the cycle whose nearest frame is top, 0 when there is none.
func cycleAt(frames []event.Frame, top int) int {
	for p := 1; p <= maxPeriod; p++ {
		if top-p*minRounds < -1 {
			return 0
		}
		i := top - p
		for ; i > top-p*minRounds; i-- {
			if !sameCall(&frames[i], &frames[i+p]) {
				break
			}
		}
		if i == top-p*minRounds {
			return p
		}
	}
	return 0
}

// cycleKey names the cycle of p frames from top on, whichever of them is nearest.
func (d *decision) cycleKey(frames []event.Frame, top, p int) string {
	keys := make([]string, p)
	for i := range p {
		keys[i] = FrameKey(d.e.Platform, &frames[top-i]).String()
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), ", ")
}

// loopBelow finds the recursion that called the frame at index at: a function
// may break for another reason when it is reached through one.
func (v *verdicts) loopBelow(at int, k Key) string {
	d, st := v.d, v.st
	for top := at - 1; top >= max(at-maxPeriod, 0); top-- {
		if v.at(top) != appYes {
			continue
		}
		p := cycleAt(st.Frames, top)
		if p == 0 {
			continue
		}
		for i := range p {
			if FrameKey(d.e.Platform, &st.Frames[top-i]) == k {
				return ""
			}
		}
		return d.cycleKey(st.Frames, top, p)
	}
	return ""
}

// overflow finds the recursion that a stack overflow is about; where the stack ran out is chance.
func (d *decision) overflow(st *event.Stacktrace) (site, bool) {
	if st == nil {
		return site{}, false
	}
	for top := len(st.Frames) - 1; top >= max(len(st.Frames)-20, 0); top-- {
		p := cycleAt(st.Frames, top)
		if p == 0 {
			continue
		}
		s := site{grade: gradeNamed, why: whyOverflow}
		for i := range p {
			s.keys = append(s.keys, FrameKey(d.e.Platform, &st.Frames[top-i]))
			s.frames = append(s.frames, top-i)
		}
		slices.SortFunc(s.keys, func(a, b Key) int { return strings.Compare(a.String(), b.String()) })
		s.keys = slices.Compact(s.keys)
		return s, true
	}
	return site{}, false
}

// overflowType tells whether an exception says that the stack ran out.
func overflowType(x *event.Exception) bool {
	switch x.Type {
	case "RecursionError", "StackOverflowError", "java.lang.StackOverflowError", "SystemStackError", "StackOverflowException", "System.StackOverflowException", "EXC_STACK_OVERFLOW":
		return true
	case "RangeError", "InternalError", "RuntimeError", "Error":
		return strings.Contains(x.Value, "call stack") || strings.Contains(x.Value, "too much recursion") || strings.Contains(x.Value, "recursion depth")
	}
	return false
}
