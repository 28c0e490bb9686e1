//go:build unix

package jetlog

import "golang.org/x/sys/unix"

// freeSpace returns the bytes an unprivileged process may still write under dir.
func freeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
