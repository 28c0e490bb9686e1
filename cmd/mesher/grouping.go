package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/groupingcli"
)

// GroupingCmd shows what grouping makes of input, one JSON value a line.
type GroupingCmd struct {
	Mode  string `arg:"" enum:"normalize,frames,templates,event" help:"What the lines are: normalize (a text; prints its template), frames (a platform and a frame; prints what counts of it), templates (a log line; prints the pattern learned from all lines), event (an event; prints basis, hashes and why)."`
	Rules string `help:"File with grouping rules of a project to try; for the mode event." type:"existingfile" placeholder:"FILE"`
}

// Run reads standard input to its end.
func (c *GroupingCmd) Run(k *kong.Context) error {
	rules := grouping.Rules{}
	if c.Rules != "" {
		text, err := os.ReadFile(c.Rules)
		if err != nil {
			return fmt.Errorf("read the rules: %w", err)
		}
		if rules, err = grouping.ParseRules(string(text)); err != nil {
			return err
		}
	}
	return groupingcli.Run(c.Mode, rules, os.Stdin, k.Stdout)
}
