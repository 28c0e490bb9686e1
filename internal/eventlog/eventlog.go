// Package eventlog is the port to the durable log between admission and
// processing, and to the facts that are told after a commit. The one
// implementation on disk is internal/eventlog/jetlog (embedded NATS JetStream);
// internal/eventlog/logtest is the behaviour it must show.
package eventlog

import (
	"context"
	"time"
)

// Kind says how a record's body is to be read.
type Kind uint8

// The kinds. The numbers are stored in the log: never renumber them.
const (
	// KindEvent is the JSON of one event as a client sent it.
	KindEvent Kind = iota + 1
	// KindLogs is the JSON of a Sentry log container.
	KindLogs
	// KindOTLPLogs is a protobuf ExportLogsServiceRequest.
	KindOTLPLogs
	// KindLogLines is NDJSON, one log entry a line.
	KindLogLines
	// KindLedger is a JSON list of ledger counts decided at admission.
	KindLedger
	// KindFeedback is the JSON of a feedback event or of a legacy user report.
	KindFeedback
	// KindSecurity is a browser's security report as JSON.
	KindSecurity
	// KindAttachment is the bytes of an attachment, with its name in Meta.
	KindAttachment
)

// Record is one admitted item, still as the client sent it (decompressed).
type Record struct {
	Kind      Kind
	ProjectID int64
	KeyID     int64
	// Received is when it was admitted, in Unix µs.
	Received int64
	// EventID is set at admission for everything that becomes an event.
	EventID [16]byte
	Meta    Meta
	Body    []byte
}

// Meta is what the request said around the body.
type Meta struct {
	// SentAt is the client's clock when it sent the request, in Unix µs, 0 when unknown.
	SentAt    int64  `json:"sent_at,omitempty"`
	Client    string `json:"client,omitempty"`
	RemoteIP  string `json:"remote_ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Origin    string `json:"origin,omitempty"`
	// Protocol is "sentry", "native" or "otlp".
	Protocol string `json:"protocol,omitempty"`
	// Release and Environment come from the envelope or query where the body has none.
	Release     string `json:"release,omitempty"`
	Environment string `json:"environment,omitempty"`
	Filename    string `json:"filename,omitempty"`
	ContentType string `json:"content_type,omitempty"`
}

// Appender takes records into the log.
type Appender interface {
	// Append returns nil once every record is as durable as the log's setting
	// promises. It gathers records of concurrent callers into one message, so
	// it is safe and cheap to call from many goroutines. Records of one call
	// for one project keep their order and are never split over messages unless
	// they exceed a message's size. fault.Unavailable with RetryAfter is returned,
	// and nothing kept, while the log is full or closing.
	Append(ctx context.Context, records []Record) error
}

// Message is a micro-batch: records that were made durable together.
type Message struct {
	// Seq grows within the log; Time is when the message was written.
	Seq     uint64
	Time    time.Time
	Records []Record
}

// Consumer hands out the messages of one partition in order. Next and Rewind
// belong to one goroutine, Ack and Bury to another or the same.
type Consumer interface {
	// Next blocks until at least one message is there, then returns it with
	// those that follow at once, up to max records in all. Messages that are
	// not acknowledged are handed out again after a restart, or after Rewind.
	Next(ctx context.Context, max int) ([]Message, error)
	// Ack marks everything up to and including through as processed. The bodies
	// of its records may then be overwritten.
	Ack(ctx context.Context, through uint64) error
	// Bury moves a record that cannot be processed to the dead-letter stream with its cause.
	Bury(ctx context.Context, m Message, index int, why Cause) error
	// Rewind makes Next hand out again what was not acknowledged.
	Rewind(ctx context.Context) error
	// Lag is the number of messages not yet acknowledged.
	Lag(ctx context.Context) (uint64, error)
}

// Facts tells what happened, after it was committed, to whoever listens.
type Facts interface {
	// Publish never blocks on a slow listener. Facts may be told twice; readers key by Fact.ID.
	Publish(ctx context.Context, facts []Fact) error
	// Wanted reports whether anybody listens to the facts of a project: if not, they need not be made.
	// Who subscribes before it is asked is told everything published after.
	Wanted(projectID int64) bool
	// Subscribe calls handle, from one goroutine, for facts on every node whose
	// project is projectID (0: all projects), until stop is called.
	Subscribe(projectID int64, handle func(Fact)) (stop func(), err error)
}

// Fact kinds.
const (
	EventStored     = "event.stored"
	IssueNew        = "issue.new"
	IssueRegressed  = "issue.regressed"
	IssueEscalating = "issue.escalating"
	IssueCounted    = "issue.counted"
	IssueChanged    = "issue.changed"
	LogStored       = "log.stored"
	// FactsLost is told to a listener that was too slow and lost facts before
	// this one. It has no ID and no Data, and the listener's project.
	FactsLost = "facts.lost"
)

// Fact is one thing that happened.
type Fact struct {
	// ID is the same whenever the same fact is told again.
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	ProjectID int64  `json:"project_id"`
	// Cursor orders facts of a project for resuming a stream: the row id of the event or log entry, 0 for others.
	Cursor int64 `json:"cursor"`
	// Data is the JSON a subscriber receives: an event summary, an issue, a log entry.
	Data []byte `json:"data"`
}

// RowID makes the store's id for record index of the message with the given
// sequence: 41 bits of milliseconds since 2024-01-01, 10 bits of the sequence,
// 12 bits of index. It grows with time, is the same on every replay, and is
// unique while fewer than 1024 messages are written in one millisecond.
func RowID(written time.Time, seq uint64, index int) int64 {
	ms := max(written.UnixMilli()-epochMilli, 0)
	return ms<<22 | int64(seq&0x3ff)<<12 | int64(index&0xfff)
}

// RowIDFloor is the smallest id a row written at the given time (Unix µs) or later can have.
func RowIDFloor(micros int64) int64 {
	return max(micros/1000-epochMilli, 0) << 22
}

// RowIDTime returns the time in Unix µs, to the millisecond, at which a row was written.
func RowIDTime(id int64) int64 {
	return (id>>22 + epochMilli) * 1000
}

// MaxRecords bounds the rows one message may produce, so that RowID stays unique.
const MaxRecords = 4096

const epochMilli = 1704067200000 // 2024-01-01T00:00:00Z
