package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// Database says which store an operator's command works on.
type Database struct {
	// DataDir is the server's data folder, DatabaseURL its PostgreSQL; the URL wins.
	DataDir     string
	DatabaseURL string
}

// ResetPassword gives an account a new password, ends its sessions and removes
// its second factor. The server may be running.
func ResetPassword(ctx context.Context, d Database, email, password string) (err error) {
	if d.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(d.DataDir, "mesher.db")); err != nil {
			return fault.Wrap(err, fault.NotFound, "there is no store in %s; name the server's data folder with --data", d.DataDir)
		}
	}
	store, err := sqlstore.Open(ctx, sqlstore.Options{URL: d.DatabaseURL, DataDir: d.DataDir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return auth.New(auth.Options{Store: store}).ResetPassword(ctx, email, password)
}
