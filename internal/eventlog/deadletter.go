package eventlog

import (
	"context"
	"time"
)

// DeadLetter is a record that could not be processed, kept with its reason
// until an operator replays it or newer ones push it out.
type DeadLetter struct {
	// ID orders the dead letters, oldest first.
	ID     uint64
	Buried time.Time
	Reason string
	// Record is the zero Record when the message around it was unreadable too.
	Record Record
}

// Graveyard gives an operator access to the records that were buried.
type Graveyard interface {
	// DeadLetters lists up to limit dead letters, oldest first.
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)
	// ReplayDeadLetters appends every readable dead letter to the log again
	// and removes it. It returns how many; after an error those stay replayed.
	ReplayDeadLetters(ctx context.Context) (int, error)
}
