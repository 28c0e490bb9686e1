package grouping

import "github.com/mesher/mesher/internal/event"

// Rules are a project's rules. The zero value means none.
type Rules struct {
	fingerprints []fingerprintRule
	maxFrames    int
}

type fingerprintRule struct {
	text  string
	parts []string
	title string
}

func (r *Rules) applyStack(*event.Event, *event.Stacktrace, []inApp) {}
func (r *Rules) fingerprintFor(*decision) *fingerprintRule           { return nil }
func (r *Rules) builtins() []builtinRule                             { return builtins() }
func (g *Grouper) reporter(fn string) bool                           { return reporterName(fn) }
