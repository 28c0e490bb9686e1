package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mesher/mesher/internal/operator"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// MigrateCmd brings the schema up to date without serving.
type MigrateCmd struct{ installation }

// Run opens the store, which migrates it.
func (c *MigrateCmd) Run(ctx context.Context, k *kong.Context) error {
	backend, err := operator.Migrate(ctx, operator.Options{DataDir: c.Data, DatabaseURL: c.DatabaseURL})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.Stderr, "The schema of the %s store is up to date.\n", backend)
	return err
}

// MigrateStoreCmd moves an installation from SQLite to PostgreSQL.
type MigrateStoreCmd struct {
	From string `help:"Data folder of the stopped server." env:"MESHER_DATA" default:"./mesher-data" type:"path" placeholder:"DIR"`
	To   string `help:"Empty PostgreSQL database." env:"MESHER_DATABASE_URL" required:"" placeholder:"URL"`
}

// Help is what --help adds.
func (*MigrateStoreCmd) Help() string {
	return "The server must be stopped and the database empty. Afterwards every table is counted on both sides. " +
		"The SQLite store is left as it is. Start the server with the same data folder, whose log may hold events that are not processed yet, and --database-url."
}

// Run copies and shows how far it is.
func (c *MigrateStoreCmd) Run(ctx context.Context, k *kong.Context) error {
	p := &progress{out: k.Stderr}
	if err := operator.Move(ctx, c.From, c.To, p.show); err != nil {
		return err
	}
	_, err := fmt.Fprintf(k.Stderr, "%d rows of %d tables were copied and counted. Start the server with: mesher serve --data %s --database-url URL\n", p.rows, p.tables, c.From)
	return err
}

// progress prints a line a second, and one for every table that was verified.
type progress struct {
	out    io.Writer
	last   time.Time
	tables int
	rows   int64
}

func (p *progress) show(t sqlstore.Transferred) {
	switch {
	case t.Verified:
		p.tables++
		p.rows += t.Rows
		fmt.Fprintf(p.out, "%s: %d rows, verified\n", t.Table, t.Rows)
	case time.Since(p.last) >= time.Second:
		p.last = time.Now()
		fmt.Fprintf(p.out, "%s: %d rows so far\n", t.Table, t.Rows)
	}
}
