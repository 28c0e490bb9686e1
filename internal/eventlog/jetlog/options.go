// Package jetlog is the event log on an embedded NATS JetStream server: files
// under one directory, no network port on a single node.
//
// One stream holds the micro-batches that are not processed yet: acknowledging
// removes them, so the log's size is the backlog. Subjects are
// ingest.<n>.<p>, partition p of n; after n was changed the old subjects are
// still listed by Partitions until they are drained. A second stream keeps dead
// letters. Facts travel as plain NATS messages that nothing stores.
package jetlog

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"
)

// Durability says what Append promises when it returns nil.
type Durability string

// The durabilities.
const (
	// OS survives the end of the process, not a power failure: the operating system has the data.
	OS Durability = "os"
	// Disk survives a power failure: the data was synced to disk. The default.
	Disk Durability = "disk"
	// Quorum survives the loss of a node: a majority of the nodes has synced the data. On a single node it is Disk.
	Quorum Durability = "quorum"
)

// Options configure a Log. The zero value of every field but Dir means its default.
type Options struct {
	// Dir holds the log's files; it is created.
	Dir        string
	Durability Durability
	// MaxBytes bounds the backlog on disk, default 4 GiB. Append refuses above it.
	MaxBytes int64
	// MinFree is the free space of the disk below which Append refuses, default 512 MiB; negative turns the check off.
	MinFree int64
	// MaxWaiting bounds the bytes of concurrent Appends in memory, default 64 MiB.
	MaxWaiting int64
	// Partitions is how many consumers share the work, default 1, at most 64.
	Partitions int
	Logger     *slog.Logger

	// freeSpace stands in for the disk in tests.
	freeSpace func(dir string) (int64, error)
}

const (
	deadBytes     = 256 << 20
	spaceInterval = 500 * time.Millisecond
)

func (o Options) withDefaults() (Options, error) {
	o.Durability = cmp.Or(o.Durability, Disk)
	o.MaxBytes = cmp.Or(o.MaxBytes, 4<<30)
	o.MinFree = cmp.Or(o.MinFree, 512<<20)
	o.MaxWaiting = cmp.Or(o.MaxWaiting, 64<<20)
	o.Partitions = cmp.Or(o.Partitions, 1)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.freeSpace == nil {
		o.freeSpace = freeSpace
	}
	switch {
	case o.Dir == "":
		return o, fmt.Errorf("event log: no directory given")
	case o.Durability != OS && o.Durability != Disk && o.Durability != Quorum:
		return o, fmt.Errorf("event log: durability %q is not one of os, disk, quorum", o.Durability)
	case o.Partitions < 1 || o.Partitions > 64:
		return o, fmt.Errorf("event log: %d partitions; choose 1 to 64", o.Partitions)
	case o.MaxBytes < 1<<20:
		return o, fmt.Errorf("event log: a bound of %d bytes is too small; give at least 1 MiB", o.MaxBytes)
	}
	return o, nil
}
