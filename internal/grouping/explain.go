package grouping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// Explanation says why an event is in its issue.
type Explanation struct {
	Result
	// Why is one sentence: which evidence was taken and why that.
	Why string
	// Rule is the project's or built-in rule that decided; empty when none did.
	Rule string
	// Root holds all that was looked at. A component's value is hashed when it
	// contributes and has no children.
	Root Component
}

// Component is one piece of evidence.
type Component struct {
	Name        string
	Value       string
	Contributes bool
	// Reason says why it contributes or does not.
	Reason   string
	Children []Component
}

// Explain groups e as Group does and says why. It costs several times as much as Group.
func (g *Grouper) Explain(e *event.Event) Explanation {
	s := new(scratch)
	d := g.decide(e, s)
	x := Explanation{Result: d.result(), Why: d.why, Rule: d.rule}
	x.Root = Component{Name: "event", Value: string(d.basis), Contributes: true, Reason: d.why}
	x.Root.Children = append(x.Root.Children, d.hashed())
	for i := len(e.Exceptions) - 1; i >= 0; i-- {
		x.Root.Children = append(x.Root.Children, d.explainException(&e.Exceptions[i]))
	}
	for i := range e.Threads {
		if st := e.Threads[i].Stacktrace; st != nil {
			c := d.explainStack(st)
			c.Name = "thread " + e.Threads[i].Name
			x.Root.Children = append(x.Root.Children, c)
		}
	}
	if text := d.messageText(); text != "" {
		x.Root.Children = append(x.Root.Children, d.explainMessage(text))
	}
	return x
}

// hashed lists the parts of the primary hash in their order.
func (d *decision) hashed() Component {
	c := Component{Name: "fingerprint", Contributes: true, Reason: "these values, in this order, are hashed"}
	for _, p := range d.parts {
		c.Children = append(c.Children, Component{Name: p.name, Value: p.value, Contributes: true})
	}
	return c
}

// contributes tells whether name and value are part of the hash.
func (d *decision) contributes(name, value string) bool {
	for _, p := range d.parts {
		if p.name == name && p.value == value {
			return true
		}
	}
	return false
}

// hashesSite tells whether the frames are part of the hash: a fingerprint may leave them out.
func (d *decision) hashesSite() bool {
	return slices.ContainsFunc(d.parts, func(p part) bool { return p.name == "function" })
}

func (d *decision) explainException(x *event.Exception) Component {
	c := Component{Name: "exception", Value: titleOf(x.Type, x.Value)}
	typ := Component{Name: "type", Value: d.typeOf(x), Contributes: d.contributes("type", d.typeOf(x))}
	if !typ.Contributes {
		typ.Reason = "another exception of the chain stands for it"
	}
	template := Parameterize(x.Value)
	msg := Component{Name: "message", Value: template, Contributes: template != "" && d.contributes("message", template)}
	if !msg.Contributes {
		msg.Reason = "type and frames tell this error apart without its text"
	}
	c.Children = append(c.Children, typ, msg)
	if x.Stacktrace != nil {
		c.Children = append(c.Children, d.explainStack(x.Stacktrace))
	}
	for _, child := range c.Children {
		c.Contributes = c.Contributes || child.Contributes
	}
	return c
}

// explainStack says of every frame, nearest first, whether it counts.
func (d *decision) explainStack(st *event.Stacktrace) Component {
	chosen := st == d.stack
	c := Component{Name: "stacktrace", Contributes: chosen && d.hashesSite()}
	switch {
	case chosen:
		c.Reason = d.site.why
	case d.stack != nil:
		c.Reason = "another stack trace is nearer to the cause"
	default:
		c.Reason = "the stack trace is not what this event is grouped by"
	}
	app := d.verdicts(st)
	for i := len(st.Frames) - 1; i >= 0; i-- {
		f := Component{Name: "frame", Value: FrameKey(d.e.Platform, &st.Frames[i]).String()}
		f.Contributes, f.Reason = d.frameReason(chosen, i, app.at(i))
		c.Children = append(c.Children, f)
	}
	return c
}

func (d *decision) frameReason(chosen bool, i int, app inApp) (bool, string) {
	if chosen && slices.Contains(d.site.frames, i) {
		if d.hashesSite() {
			return true, d.site.why
		}
		return false, "would count, but the fingerprint does not ask for it"
	}
	switch app {
	case appNoise:
		return false, "carries no information: no name, or machinery of the runtime or SDK"
	case appNo:
		return false, "not of the application"
	}
	return false, "of the application, but further away than what counts"
}

func (d *decision) explainMessage(text string) Component {
	template := Parameterize(text)
	c := Component{Name: "message", Value: template, Contributes: d.subject == nil && d.contributes("message", template)}
	switch {
	case c.Contributes:
		c.Reason = "values are replaced by placeholders, so that they do not count"
	case d.subject != nil:
		c.Reason = "the exception counts instead"
	}
	return c
}

// Text writes the explanation as an indented list for a terminal.
func (x *Explanation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)\n%s\n", x.Version, x.Hashes[0], x.Basis, x.Why)
	x.Root.text(&b, 0)
	return b.String()
}

func (c *Component) text(b *strings.Builder, depth int) {
	mark := "-"
	if c.Contributes {
		mark = "+"
	}
	fmt.Fprintf(b, "%s%s %s %q", strings.Repeat("  ", depth), mark, c.Name, c.Value)
	if c.Reason != "" {
		fmt.Fprintf(b, " (%s)", c.Reason)
	}
	b.WriteByte('\n')
	for i := range c.Children {
		c.Children[i].text(b, depth+1)
	}
}

// Difference is one component in which two events differ.
type Difference struct {
	Name string
	A, B string // empty when the event has no such component
}

// Diff lists what of the fingerprints of two events differs, in order; it is
// empty when the primary hashes are equal.
func Diff(a, b Explanation) []Difference {
	if a.Hashes[0] == b.Hashes[0] {
		return nil
	}
	pa, pb := a.Root.Children[0].Children, b.Root.Children[0].Children
	var out []Difference
	i, j := 0, 0
	for i < len(pa) || j < len(pb) {
		switch {
		case i < len(pa) && j < len(pb) && pa[i].Name == pb[j].Name:
			if pa[i].Value != pb[j].Value {
				out = append(out, Difference{pa[i].Name, pa[i].Value, pb[j].Value})
			}
			i, j = i+1, j+1
		case i < len(pa) && (j == len(pb) || !nameAhead(pb[j:], pa[i].Name)):
			out = append(out, Difference{Name: pa[i].Name, A: pa[i].Value})
			i++
		default:
			out = append(out, Difference{Name: pb[j].Name, B: pb[j].Value})
			j++
		}
	}
	return out
}

func nameAhead(c []Component, name string) bool {
	for i := range c {
		if c[i].Name == name {
			return true
		}
	}
	return false
}
