//go:build unix

package main

import "golang.org/x/sys/unix"

// privateFiles keeps every file this process creates from other users: stores,
// logs, backups and exports hold what applications sent.
func privateFiles() { unix.Umask(0o077) }
