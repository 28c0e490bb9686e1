package eventlog

import (
	"context"
	"time"
)

// Cause says why a record is buried.
type Cause struct {
	// Counted is the reason under which the ledger counts the record as failed.
	Counted string
	// Detail is what went wrong, in words for the operator.
	Detail string
}

// DeadLetter is a record that could not be processed, kept with its reason
// until an operator replays it or newer ones push it out.
type DeadLetter struct {
	// ID orders the dead letters, oldest first.
	ID     uint64
	Buried time.Time
	// Reason is the detail of its cause.
	Reason string
	// Counted is the reason under which the ledger counts it as failed; empty
	// for a message that was unreadable, of which nothing could be counted.
	Counted string
	// Record is the zero Record when the message around it was unreadable too.
	Record Record
}

// Graveyard gives an operator access to the records that were buried.
type Graveyard interface {
	// DeadLetters lists up to limit dead letters, oldest first.
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)
	// ReplayDeadLetters appends every readable dead letter to the log again
	// and removes it. It returns how many; after an error those stay replayed.
	// withdraw makes the record that takes back what the ledger counted for a
	// letter; the two are appended together. A crash before the removal replays
	// the letter again: the event is recognised, and the sum of the ledger holds.
	ReplayDeadLetters(ctx context.Context, withdraw func(DeadLetter) (Record, error)) (int, error)
}
