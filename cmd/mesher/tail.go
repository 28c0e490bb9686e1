package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/tailcli"
)

// TailCmd shows errors and log entries of a project as they arrive.
type TailCmd struct {
	API     string   `name:"api" help:"Base URL of Mesher." env:"MESHER_API" default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token   string   `help:"API token." env:"MESHER_TOKEN" required:"" placeholder:"TOKEN"`
	Project string   `help:"Id of the project." default:"1" placeholder:"ID"`
	Query   string   `help:"Show only what this search finds." placeholder:"QUERY"`
	Kinds   []string `help:"What to show." default:"event.stored,log.stored" placeholder:"KIND"`
	JSON    bool     `name:"json" help:"Print one JSON object a line."`
}

// Run shows facts until a signal ends it.
func (c *TailCmd) Run(ctx context.Context, k *kong.Context) error {
	return tailcli.Run(ctx, tailcli.Options{
		API: c.API, Token: c.Token, Project: c.Project, Query: c.Query, Kinds: c.Kinds, JSON: c.JSON,
		Color: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "",
	}, k.Stdout, k.Stderr)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
