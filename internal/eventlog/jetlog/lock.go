package jetlog

import (
	"errors"
	"io"
)

// ErrInUse says that another process has the log's directory.
var ErrInUse = errors.New("event log directory is in use by another process")

// Lock keeps others from opening the log in dir, which must exist, until the
// returned file is closed; ErrInUse when another process has it. It is for work
// on a data folder that needs no log but must not meet a server.
func Lock(dir string) (io.Closer, error) {
	held, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return io.NopCloser(nil), nil
	}
	return held, nil
}
