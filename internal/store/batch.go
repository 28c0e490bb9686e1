package store

import (
	"context"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
)

// Applier writes what the pipeline made of log messages.
type Applier interface {
	// Apply stores a batch with exactly-once effect.
	//
	// Atomic: issues, counters, rollups, ledger and the partition's applied
	// sequence are committed in one transaction. Idempotent: a batch that was
	// applied before changes nothing and returns the same results, recognised
	// by (Seq, ID) of its rows; an event whose (project, event id) is already
	// stored under another log position is a client's duplicate: it is dropped,
	// reported in Result and counted in the ledger as "duplicate", nowhere else.
	//
	// A *DataError names the row the database refuses; any other error leaves
	// nothing behind and may be retried. Batches of one partition must be
	// applied one after another; different partitions may run concurrently.
	// Nothing of the batch's bytes (payloads, contents of files) is kept.
	Apply(ctx context.Context, batch *Batch) (*Result, error)
	// AppliedThrough returns the last applied log sequence of a partition, 0 when none.
	AppliedThrough(ctx context.Context, partition string) (uint64, error)
}

// DataError reports a row that can never be stored.
type DataError struct {
	// Index is the position in Batch.Events, or -1 when the row is unknown and the batch must be bisected.
	Index int
	Err   error
}

func (e *DataError) Error() string { return "store: row refused: " + e.Err.Error() }
func (e *DataError) Unwrap() error { return e.Err }

// Batch is what one transaction writes.
type Batch struct {
	// Partition and Through say which part of the log this batch covers: every message up to and including Through.
	Partition string
	Through   uint64
	// Now is the time the batch is applied, for issues' arrival decisions.
	Now     int64
	Events  []EventRow
	Logs    []LogRow
	Ledger  []LedgerCount
	Reports []UserReport
	// Attachments are kept where their event is: in this batch, or stored before.
	Attachments []AttachmentRow
}

// EventRow is one event on its way into the store.
type EventRow struct {
	// ID orders events by admission and is the same on every replay: see eventlog.RowID.
	ID        int64
	Seq       uint64
	ProjectID int64
	EventID   [16]byte
	Received  int64
	Timestamp int64
	Level     event.Level

	Title       string
	Type        string
	Value       string
	Culprit     string
	Platform    string
	Logger      string
	Transaction string
	Release     string
	Environment string
	// UserKey is Event.UserKey, empty without a user.
	UserKey string
	// Tags are the indexed ones, derived tags (level, release, environment, user, …) included.
	Tags []event.Tag
	// SearchText is what free text search finds: message, exception types and values, culprit, transaction.
	SearchText string
	// Hashes place the event: the first known one names its issue, all are attached to it.
	Hashes          [][16]byte
	Basis           string
	GroupingVersion string
	// PriorHashes are those of the version of the algorithm before, for the time
	// of an upgrade: where no hash of Hashes is known, they name the issue.
	PriorHashes  [][16]byte
	PriorVersion string
	// Similar are weak hashes: they never place the event, only link issues that look alike.
	Similar [][16]byte
	// Payload is the canonical JSON of the event.
	Payload []byte
	// RawBytes is the size the client sent, for byte budgets.
	RawBytes int
	// Category is the one under which the ledger counts the event; empty means "error".
	Category string
}

// LogRow is one log entry on its way into the store.
type LogRow struct {
	ID        int64
	Seq       uint64
	ProjectID int64
	Received  int64
	Timestamp int64
	Level     event.Level
	Logger    string
	Body      string
	Template  string
	// Pattern is what entries of one statement have in common; Apply counts by it.
	Pattern     string
	Release     string
	Environment string
	ServerName  string
	TraceID     string
	SpanID      string
	// Attributes, Resource and Scope are JSON objects, nil when absent.
	Attributes []byte
	Resource   []byte
	Scope      []byte
}

// UserReport is feedback that a user of the application wrote, about an event or alone.
type UserReport struct {
	ID        int64
	Seq       uint64
	ProjectID int64
	EventID   [16]byte
	Received  int64
	Name      string
	Email     string
	Comments  string
}

// Outcome names of the ledger: accepted = stored + filtered + sampled + rate_limited + discarded + failed.
const (
	Stored      = "stored"
	Filtered    = "filtered"
	Sampled     = "sampled"
	RateLimited = "rate_limited"
	Discarded   = "discarded"
	Failed      = "failed"
	// ClientLost is what SDKs report to have dropped themselves; it is not part of the sum.
	ClientLost = "client_lost"
	// Replayed is an outcome of LedgerTotals alone: what was counted as failed and
	// taken back when its dead letter was replayed, which counts it again. The
	// sum of the outcomes less Replayed is what was accepted.
	Replayed = "replayed"
)

// LedgerCount adds to one line of the ledger.
type LedgerCount struct {
	// Seq is the log message that brought the line, so that a replay does not
	// add it again; 0 counts it whenever the batch is applied.
	Seq       uint64
	ProjectID int64
	// Minute is the bucket of admission, in Unix minutes.
	Minute int64
	// Category is the data category: error, log, feedback, transaction, session, attachment, …
	Category string
	Outcome  string
	// Reason is a short fixed word ("duplicate", "unsupported", "quota", …); free text is never a reason.
	Reason   string
	Quantity int64
	Bytes    int64
}

// Result says what became of a batch, in the order of its rows.
type Result struct {
	Events []Applied
}

// Applied is what became of one event.
type Applied struct {
	IssueID int64
	Outcome issue.Outcome
	// Duplicate is set for a client's duplicate; nothing was stored for it.
	Duplicate bool
	// Discarded is set when the event's fingerprint is on the discard list; nothing was stored for it.
	Discarded bool
	// Replayed is set when the row had been applied by an earlier delivery; its facts may have been told already.
	Replayed bool
	// EventCount and UserCount are the issue's after the batch.
	EventCount int64
	UserCount  int64
}
