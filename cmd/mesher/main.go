// Command mesher is the whole product in one binary: the server and every
// tool an operator needs beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/fault"
)

// version is set by the linker.
var version = "dev"

type cli struct {
	Config  kong.ConfigFlag  `help:"YAML file of settings: any flag without its leading dashes. Variables and flags win over it." type:"existingfile" env:"MESHER_CONFIG" placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Serve        ServeCmd        `cmd:"" help:"Run the server."`
	Admin        AdminCmd        `cmd:"" help:"Look after an installation: status, dead letters, a way back in."`
	Backup       BackupCmd       `cmd:"" help:"Copy the embedded store into one file, while the server runs or not."`
	Restore      RestoreCmd      `cmd:"" help:"Make a data folder of a backup."`
	Export       ExportCmd       `cmd:"" help:"Write the events of a project as NDJSON."`
	Migrate      MigrateCmd      `cmd:"" help:"Bring the database schema up to date without serving."`
	MigrateStore MigrateStoreCmd `cmd:"" help:"Move an installation from SQLite to PostgreSQL."`
	Send         SendCmd         `cmd:"" help:"Send one event or log entry to a DSN."`
	Tail         TailCmd         `cmd:"" help:"Watch errors and logs of a project as they arrive."`
	Grouping     GroupingCmd     `cmd:"" help:"Show how messages, frames, log lines and events are grouped; reads JSON, one value a line."`
	Bench        BenchCmd        `cmd:"" help:"Load a server on this machine and check what it stored against what it acknowledged."`
}

func main() {
	privateFiles()
	// The first signal asks for an orderly end; a second one kills, because stop() restores the default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mesher:", explain(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("mesher"),
		kong.Description("Self-hosted error tracking and log ingestion in one binary."),
		kong.Vars{"version": version},
		kong.Configuration(settingsFile),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err)
	}
	return kctx.Run()
}

// explain prefers the message meant for people and adds the cause behind it.
func explain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	if f.Err != nil {
		return f.Message + ": " + f.Err.Error()
	}
	return f.Message
}
