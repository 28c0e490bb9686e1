package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// Options name an installation.
type Options struct {
	// DataDir is the data folder, DatabaseURL its PostgreSQL; empty for SQLite.
	DataDir     string
	DatabaseURL string
	// URL is how people reach the server, for links made while it does not run.
	URL     string
	Version string
}

// Open returns who does the work: the running server, or this process while
// none runs. Until close is called no server can start on the folder then.
func Open(ctx context.Context, o Options) (w Work, close func() error, err error) {
	client, err := dial(ctx, o.DataDir)
	if err == nil {
		return client, func() error { return nil }, nil
	}
	if !errors.Is(err, errNobody) {
		return nil, nil, err
	}
	var parts closers
	desk, err := openDesk(ctx, o, &parts)
	if err != nil {
		return nil, nil, errors.Join(err, parts.close())
	}
	return desk, parts.close, nil
}

// Running reports whether a server answers on a data folder.
func Running(ctx context.Context, dir string) bool {
	_, err := dial(ctx, dir)
	return err == nil
}

type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

// close closes what was opened, the last first.
func (c *closers) close() error {
	var errs []error
	for i := len(*c) - 1; i >= 0; i-- {
		errs = append(errs, (*c)[i]())
	}
	return errors.Join(errs...)
}

func openDesk(ctx context.Context, o Options, parts *closers) (*Desk, error) {
	desk := &Desk{Dir: o.DataDir, URL: o.URL, Version: o.Version}
	if o.DatabaseURL == "" {
		if err := holdsStore(o.DataDir); err != nil {
			return nil, err
		}
	}
	if folder := filepath.Join(o.DataDir, "log"); exists(folder) {
		log, err := jetlog.Open(ctx, jetlog.Options{Dir: folder, MaxBytes: anyBacklog})
		if err != nil {
			return nil, inUse(err, o.DataDir)
		}
		parts.add(func() error { return log.Close(context.WithoutCancel(ctx)) })
		desk.Log = log
	}
	s, err := sqlstore.Open(ctx, sqlstore.Options{URL: o.DatabaseURL, DataDir: o.DataDir})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	parts.add(s.Close)
	desk.Store, desk.Auth = s, auth.New(auth.Options{Store: s})
	return desk, nil
}

// anyBacklog is a bound of the log that no backlog of a stopped server reaches;
// the server sets its own again when it starts.
const anyBacklog = 1 << 50

func holdsStore(dir string) error {
	if !exists(filepath.Join(dir, "mesher.db")) {
		return fault.New(fault.NotFound, "there is no store in %s; name the server's data folder with --data, or its PostgreSQL with --database-url", dir)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// inUse explains a lock that somebody holds who does not answer.
func inUse(err error, dir string) error {
	if errors.Is(err, jetlog.ErrInUse) {
		return fault.New(fault.Unavailable, "another process uses %s but does not answer on %s: a server that starts or ends, or another command; try again in a moment", dir, SocketName)
	}
	return err
}

// lock keeps servers out of a data folder until the returned file is closed.
func lock(dir string) (io.Closer, error) {
	folder := filepath.Join(dir, "log")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	held, err := jetlog.Lock(folder)
	if err != nil {
		return nil, inUse(err, dir)
	}
	return held, nil
}
