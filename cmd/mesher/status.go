package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
)

// StatusCmd shows how an installation does.
type StatusCmd struct {
	installation
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints one fact a line.
func (c *StatusCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.with(ctx, func(w operator.Work) error {
		s, err := w.Status(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			out := json.NewEncoder(k.Stdout)
			out.SetIndent("", "  ")
			return out.Encode(s)
		}
		return printStatus(k.Stdout, s)
	})
}

func printStatus(w io.Writer, s operator.Status) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(out, name+"\t"+format+"\n", args...) }
	if s.StartedAt.IsZero() {
		line("server", "not running")
	} else {
		line("server", "running at %s since %s", s.URL, s.StartedAt.UTC().Format(time.RFC3339))
		line("durability", "%s", s.Durability)
	}
	line("version", "%s", s.Version)
	line("store", "%s", s.Store)
	line("projects", "%d", s.Projects)
	if l := s.Log; l != nil {
		line("log", "%d messages wait, %d of %d bytes, the oldest for %.1f s", l.Messages, l.Bytes, l.MaxBytes, l.LagSeconds)
		line("dead letters", "%d", l.DeadLetters)
		for _, p := range l.Partitions {
			line("partition "+p.Name, "applied through %d", p.Applied)
		}
	}
	for _, outcome := range slices.Sorted(maps.Keys(s.Ledger)) {
		line(outcome+" (24 h)", "%d", s.Ledger[outcome])
	}
	for _, problem := range s.Problems {
		line("problem", "%s", problem)
	}
	return out.Flush()
}
