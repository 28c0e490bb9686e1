package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// patternsRead bounds the patterns that are read to make the list.
const patternsRead = 10_000

type logPatternList struct {
	ProjectPath
	Sort  string `query:"sort" enum:"count,last_seen" default:"count" doc:"Always descending"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// LogPattern is one statement of a program that writes log entries.
type LogPattern struct {
	Pattern   string    `json:"pattern" doc:"The text with what varies replaced"`
	Level     string    `json:"level" enum:"trace,debug,info,warning,error,fatal," doc:"Of the newest entry"`
	Count     int64     `json:"count"`
	FirstSeen view.Time `json:"first_seen" format:"date-time"`
	LastSeen  view.Time `json:"last_seen" format:"date-time"`
}

func (s *Server) registerLogPatterns() {
	register(s, route{
		call: "GET /projects/{project_id}/log-patterns", id: "list-log-patterns", tag: "Logs",
		summary: "Log entries by the statement that wrote them", on: onProject, action: org.ReadEvents,
	}, s.listLogPatterns)
}

func (s *Server) listLogPatterns(ctx context.Context, in *logPatternList) (*body[List[LogPattern]], error) {
	stored, err := s.Telemetry.LogPatterns(ctx, in.ProjectID, patternsRead)
	if err != nil {
		return nil, err
	}
	stored = foldPatterns(stored)
	slices.SortStableFunc(stored, func(a, b store.LogPattern) int {
		if in.Sort == "last_seen" {
			return cmp.Compare(b.LastSeen, a.LastSeen)
		}
		return cmp.Compare(b.Count, a.Count)
	})
	page := store.Page[store.LogPattern]{Items: stored[:min(len(stored), in.Limit)]}
	return listOf(page, func(p store.LogPattern) LogPattern {
		return LogPattern{Pattern: p.Pattern, Level: p.Level.String(), Count: p.Count, FirstSeen: view.Time(p.FirstSeen), LastSeen: view.Time(p.LastSeen)}
	}), nil
}

// anyWord stands in a pattern for a word that varies.
const anyWord = "<*>"

// widePattern is a pattern in words, to compare with narrower ones.
type widePattern struct {
	words []string
	wild  int
	at    int
}

// covers tells whether every entry of the narrower pattern is one of p too.
func (p *widePattern) covers(narrower []string) bool {
	if len(p.words) != len(narrower) {
		return false
	}
	for i, word := range p.words {
		if word != narrower[i] && word != anyWord {
			return false
		}
	}
	return true
}

// foldPatterns adds the counts of a pattern to the widest that covers it:
// before it was learned which words vary, entries were counted by narrower
// ones. stored is last seen first, so that the level of a sum is the newest's.
func foldPatterns(stored []store.LogPattern) []store.LogPattern {
	wide := map[int][]*widePattern{} // by the number of words
	words := make([][]string, len(stored))
	for i, p := range stored {
		words[i] = strings.Fields(p.Pattern)
		wild := 0
		for _, word := range words[i] {
			if word == anyWord {
				wild++
			}
		}
		if wild > 0 {
			wide[len(words[i])] = append(wide[len(words[i])], &widePattern{words[i], wild, i})
		}
	}
	for _, list := range wide {
		slices.SortStableFunc(list, func(a, b *widePattern) int { return cmp.Compare(b.wild, a.wild) })
	}
	into := make([]int, len(stored))
	for i := range stored {
		into[i] = i
		for _, w := range wide[len(words[i])] {
			if w.at == i || w.covers(words[i]) {
				into[i] = w.at
				break
			}
		}
	}
	return addUp(stored, into)
}

// addUp sums the patterns that go into the same one.
func addUp(stored []store.LogPattern, into []int) []store.LogPattern {
	var folded []store.LogPattern
	at := map[int]int{}
	for i, p := range stored {
		n, ok := at[into[i]]
		if !ok {
			at[into[i]] = len(folded)
			p.Pattern = stored[into[i]].Pattern
			folded = append(folded, p)
			continue
		}
		f := &folded[n]
		f.Count += p.Count
		f.FirstSeen = min(f.FirstSeen, p.FirstSeen)
		f.LastSeen = max(f.LastSeen, p.LastSeen)
	}
	return folded
}
