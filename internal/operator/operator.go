// Package operator is what the person who runs Mesher may ask of an
// installation from its own machine: how it does, what could not be processed,
// a backup, an export, a way back in. A running server answers on a Unix socket
// in its data folder; while none runs, the same work is done on the folder
// itself, so that a command never needs to know.
package operator

import (
	"context"
	"io"
	"time"
)

// Work is what an operator may ask for. Desk does it in this process, Client
// asks a running server to. Both are safe for concurrent use.
type Work interface {
	Status(ctx context.Context) (Status, error)
	// Backup writes a checked copy of an SQLite store to w, as
	// sqlstore.Store.Backup does. fault.Unsupported on PostgreSQL.
	Backup(ctx context.Context, w io.Writer) error
	// Export writes the events of a project to w as NDJSON and returns how many
	// there were. fault.NotFound for an unknown project.
	Export(ctx context.Context, projectID int64, w io.Writer) (int64, error)
	// DeadLetters lists up to limit records that could not be processed, oldest first.
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)
	// ReplayDeadLetters puts every readable dead letter into the log again and
	// returns how many there were.
	ReplayDeadLetters(ctx context.Context) (int, error)
	// ResetPassword gives an account a new password, ends its sessions and
	// removes its second factor.
	ResetPassword(ctx context.Context, email, password string) error
	// SetupLink replaces the one-time link that creates the first account.
	// fault.Conflict once there is an account.
	SetupLink(ctx context.Context) (string, error)
}

// Status is how an installation does.
type Status struct {
	Version string `json:"version"`
	// StartedAt is when the server started; zero while none runs.
	StartedAt time.Time `json:"started_at,omitzero"`
	URL       string    `json:"url"`
	// Store is "sqlite" or "postgres".
	Store string `json:"store"`
	// Durability is what a 2xx promises; empty while no server runs.
	Durability string `json:"durability,omitempty"`
	// Problems say what keeps the server from taking traffic, in words.
	Problems []string `json:"problems"`
	Projects int      `json:"projects"`
	Log      *Log     `json:"log,omitempty"`
	// Ledger sums the outcomes of the last 24 hours over all projects.
	Ledger map[string]int64 `json:"ledger"`
}

// Log is what waits in the durable log.
type Log struct {
	Messages   uint64  `json:"messages"`
	Bytes      uint64  `json:"bytes"`
	MaxBytes   uint64  `json:"max_bytes"`
	LagSeconds float64 `json:"lag_seconds"`
	// DeadLetters is how many records could not be processed, up to countedDeadLetters.
	DeadLetters int         `json:"dead_letters"`
	Partitions  []Partition `json:"partitions"`
}

// Partition is a share of the log.
type Partition struct {
	Name string `json:"name"`
	// Applied is the sequence up to which the store holds everything.
	Applied uint64 `json:"applied"`
}

// DeadLetter is a record that could not be processed.
type DeadLetter struct {
	ID        uint64    `json:"id"`
	BuriedAt  time.Time `json:"buried_at"`
	Reason    string    `json:"reason"`
	ProjectID int64     `json:"project_id,omitempty"`
	Kind      string    `json:"kind,omitempty"`
	EventID   string    `json:"event_id,omitempty"`
	// Bytes is the size of the record's body.
	Bytes int `json:"bytes"`
	// Readable is false when replaying would not help: the record itself is damaged.
	Readable bool `json:"readable"`
}
