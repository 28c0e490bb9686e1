package tailcli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/mesher/mesher/internal/eventlog"
)

// entry is what a line shows of any kind of fact.
type entry struct {
	Timestamp   time.Time `json:"timestamp"`
	LastSeen    time.Time `json:"last_seen"`
	Level       string    `json:"level"`
	Title       string    `json:"title"`
	Culprit     string    `json:"culprit"`
	Logger      string    `json:"logger"`
	Body        string    `json:"body"`
	Release     string    `json:"release"`
	Environment string    `json:"environment"`
	ShortID     string    `json:"short_id"`
}

// ANSI colours by level, and the one that ends them.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	purple = "\x1b[35m"
	plain  = "\x1b[0m"
)

func colorOf(level string) string {
	switch level {
	case "fatal":
		return bold + purple
	case "error":
		return red
	case "warning":
		return yellow
	case "info":
		return green
	}
	return dim
}

// writeFact writes a fact as one line: time, level, what, where.
func writeFact(s *strings.Builder, f fact, color bool) {
	var e entry
	if json.Unmarshal(f.Data, &e) != nil {
		return // a kind of fact from a newer server that a line cannot show
	}
	at := cmp.Or(e.Timestamp, e.LastSeen)
	what, where := cmp.Or(e.Title, e.Body), []string{e.Culprit, e.Logger, e.Environment, e.Release, e.ShortID}
	paint := func(code, text string) string {
		if !color || text == "" {
			return text
		}
		return code + text + plain
	}
	s.WriteString(paint(dim, at.Local().Format("15:04:05.000")))
	s.WriteString(" " + paint(colorOf(e.Level), fmt.Sprintf("%-7s", printable(e.Level))))
	if mark := markOf(f.Kind); mark != "" {
		s.WriteString(" " + paint(bold, mark))
	}
	s.WriteString(" " + printable(what))
	var known []string
	for _, w := range where {
		if w != "" {
			known = append(known, printable(w))
		}
	}
	if len(known) > 0 {
		s.WriteString("  " + paint(dim, strings.Join(known, " · ")))
	}
	s.WriteString("\n")
}

// markOf tells what is new about an issue.
func markOf(kind string) string {
	switch kind {
	case eventlog.IssueNew:
		return "NEW"
	case eventlog.IssueRegressed:
		return "REGRESSED"
	case eventlog.IssueEscalating:
		return "ESCALATING"
	}
	return ""
}

// printable keeps text from others from moving the cursor or hiding lines:
// control and formatting characters become blanks.
func printable(text string) string {
	const longest = 2000
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, text)
}
