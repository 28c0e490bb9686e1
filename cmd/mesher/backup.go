package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
)

// BackupCmd copies the embedded store into one file.
type BackupCmd struct {
	installation
	File string `arg:"" help:"File to write, or - for standard output."`
}

// Help is what --help adds.
func (*BackupCmd) Help() string {
	return "Works while the server runs, and on the data folder of a stopped one. Every copy is checked before it is written. " +
		"PostgreSQL is backed up with pg_dump: see docs/operations.md."
}

// Run asks whoever has the store for a copy.
func (c *BackupCmd) Run(ctx context.Context, k *kong.Context) error {
	return c.with(ctx, func(w operator.Work) error {
		if c.File == "-" {
			return w.Backup(ctx, k.Stdout)
		}
		if err := operator.Save(c.File, func(file io.Writer) error { return w.Backup(ctx, file) }); err != nil {
			return err
		}
		info, err := os.Stat(c.File)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(k.Stderr, "The backup is in %s, %d bytes.\n", c.File, info.Size())
		return err
	})
}

// RestoreCmd makes a data folder of a backup.
type RestoreCmd struct {
	File string `arg:"" help:"File that mesher backup wrote, or - for standard input."`
	Data string `help:"Folder to restore into; it must be empty or not exist." env:"MESHER_DATA" default:"./mesher-data" type:"path" placeholder:"DIR"`
}

// Run checks and unpacks the backup.
func (c *RestoreCmd) Run(ctx context.Context, k *kong.Context) error {
	from := os.Stdin
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("open the backup: %w", err)
		}
		defer file.Close()
		from = file
	}
	if err := operator.Restore(ctx, from, c.Data); err != nil {
		return err
	}
	_, err := fmt.Fprintf(k.Stderr, "The backup is restored to %s. Start the server with: mesher serve --data %s\n", c.Data, c.Data)
	return err
}
