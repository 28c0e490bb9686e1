package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
)

// DeadLettersCmd is about records that could not be processed.
type DeadLettersCmd struct {
	List   ListDeadLettersCmd   `cmd:"" help:"List them, oldest first, with their reasons."`
	Replay ReplayDeadLettersCmd `cmd:"" help:"Put all of them into the log again, after what broke them was mended."`
}

// ListDeadLettersCmd shows why records were put aside.
type ListDeadLettersCmd struct {
	installation
	Limit int  `help:"How many to list at most." default:"100" placeholder:"N"`
	JSON  bool `name:"json" help:"Print one JSON object a line."`
}

// Run prints a line for each.
func (c *ListDeadLettersCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.with(ctx, func(w operator.Work) error {
		letters, err := w.DeadLetters(ctx, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return printLines(json.NewEncoder(k.Stdout), letters)
		}
		if len(letters) == 0 {
			_, err = fmt.Fprintln(k.Stderr, "There are no dead letters.")
			return err
		}
		table := tabwriter.NewWriter(k.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tBURIED\tPROJECT\tKIND\tEVENT\tBYTES\tREASON")
		for _, l := range letters {
			fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\t%d\t%s\n", l.ID, l.BuriedAt.Format(time.RFC3339), l.ProjectID, l.Kind, l.EventID, l.Bytes, printable(l.Reason))
		}
		return table.Flush()
	})
}

func printLines(out *json.Encoder, letters []operator.DeadLetter) error {
	for _, l := range letters {
		if err := out.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// printable keeps a reason, which may quote what a client sent, from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// ReplayDeadLettersCmd tries them again.
type ReplayDeadLettersCmd struct{ installation }

// Run prints how many were put back.
func (c *ReplayDeadLettersCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.with(ctx, func(w operator.Work) error {
		n, err := w.ReplayDeadLetters(ctx)
		if err != nil {
			return fmt.Errorf("after %d dead letters were replayed: %w", n, err)
		}
		_, err = fmt.Fprintf(k.Stdout, "%d dead letters replayed. Those that fail again are listed again.\n", n)
		return err
	})
}
