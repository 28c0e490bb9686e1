package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
)

// ExportCmd writes the events of a project as NDJSON.
type ExportCmd struct {
	installation
	Project int64  `help:"Id of the project." required:"" placeholder:"ID"`
	File    string `arg:"" optional:"" default:"-" help:"File to write; standard output when left out."`
}

// Help is what --help adds.
func (*ExportCmd) Help() string {
	return "One event a line, oldest first, with its whole payload; times are microseconds since 1970. Works whether the server runs or not."
}

// Run prints how many events there were.
func (c *ExportCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.with(ctx, func(w operator.Work) error {
		n, err := c.export(ctx, w, k.Stdout)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(k.Stderr, "%d events exported.\n", n)
		return err
	})
}

func (c *ExportCmd) export(ctx context.Context, w operator.Work, stdout io.Writer) (n int64, err error) {
	if c.File == "-" {
		return w.Export(ctx, c.Project, stdout)
	}
	err = operator.Save(c.File, func(file io.Writer) error {
		n, err = w.Export(ctx, c.Project, file)
		return err
	})
	return n, err
}
