// Package event holds what Mesher knows of one captured error: the Event and
// its parts, how it is read from any JSON shape an SDK may send, normalized,
// scrubbed and written back in one canonical shape. It does no I/O and takes
// the time as an argument.
package event

import (
	"slices"
	"strings"
)

// Event is one captured error or message in normalized form. Its JSON form is
// itself a valid Sentry event (shared names, bare lists), so that a stored
// payload can be parsed again by Parse with the same result.
//
// Open-ended JSON (contexts, extra, vars, data) is kept as canonical, trimmed
// and scrubbed JSON text: it is shown, searched and exported, never computed on.
type Event struct {
	// ID is 32 lower-case hex digits, unique within a project.
	ID string
	// Timestamp is when the event happened by the client's clock, corrected for drift, in Unix µs.
	Timestamp int64
	// Received is when the server admitted the event, in Unix µs.
	Received int64

	// Type is "error", "csp" or "feedback".
	Type     string
	Level    Level
	Platform string
	Logger   string
	// Transaction is what the client says it was doing: a route, a task, a command.
	Transaction string
	ServerName  string
	Release     string
	Dist        string
	Environment string
	// Culprit as sent by legacy clients; grouping computes the one that is shown.
	Culprit string

	Message Message
	// Exceptions are oldest (root cause) first; the last was raised or caught.
	Exceptions  []Exception
	Threads     []Thread
	Breadcrumbs []Breadcrumb
	Tags        []Tag
	User        *User
	Request     *Request
	SDK         SDK
	// Fingerprint is the client's, with variables such as {{ default }} unresolved; nil when none was given.
	Fingerprint []string

	// Contexts, Extra, Modules and DebugMeta are JSON objects, nil when absent.
	Contexts  Bag
	Extra     Bag
	Modules   Bag
	DebugMeta Bag

	// Notes say what normalization changed, trimmed, dropped or scrubbed.
	Notes []Note
}

// Bag is a JSON value kept as text.
type Bag []byte

// Message is the log entry of an event (the interface "logentry").
type Message struct {
	// Template is the message before its parameters were put in; empty when the client sent none.
	Template string
	// Formatted is the text a person reads.
	Formatted string
	// Params is a JSON list or object, nil when absent.
	Params Bag
}

// Exception is one entry of the chain.
type Exception struct {
	Type       string
	Value      string
	Module     string
	ThreadID   string
	Mechanism  *Mechanism
	Stacktrace *Stacktrace
}

// Mechanism says how an exception was captured. Sentry's exception groups are
// a tree by ExceptionID and ParentID (PROTOCOL.md, §11).
type Mechanism struct {
	Type             string
	Description      string
	HelpLink         string
	Source           string
	Handled          *bool
	Synthetic        bool
	IsExceptionGroup bool
	ExceptionID      *int64
	ParentID         *int64
	Meta             Bag
	Data             Bag
}

// Stacktrace has its frames oldest call first: the last frame is where it broke.
type Stacktrace struct {
	Frames []Frame
	// Omitted is the gap from ≤ i < to, counted from the oldest frame, of those that
	// the SDK or normalization left out of the middle; both are 0 when none were.
	Omitted [2]int
	// JSON is how AppendJSON writes the stack, where that is known; else nil.
	JSON Bag
}

// Frame is one call.
type Frame struct {
	Function        string
	RawFunction     string
	Module          string
	Filename        string
	AbsPath         string
	Package         string
	Platform        string
	InstructionAddr string
	Line            int
	Column          int
	// InApp is nil when the client did not say; grouping decides then.
	InApp       *bool
	ContextLine string
	PreContext  []string
	PostContext []string
	// Vars is a JSON object, nil when absent.
	Vars Bag
	// HasContext tells an empty source line from none.
	HasContext bool
}

// Thread is one thread of the process at the time of the event.
type Thread struct {
	ID         string
	Name       string
	Crashed    bool
	Current    bool
	Stacktrace *Stacktrace
}

// Breadcrumb is something that happened before the event, oldest first.
type Breadcrumb struct {
	Timestamp int64 // Unix µs, 0 when unknown
	Type      string
	Category  string
	Message   string
	Level     Level
	Data      Bag
}

// Tag is an indexed key and value.
type Tag struct {
	Key   string
	Value string
}

// User is who was affected.
type User struct {
	ID        string
	Email     string
	Username  string
	Name      string
	IPAddress string
	// Geo and Data are JSON objects, nil when absent.
	Geo  Bag
	Data Bag
}

// Request is the HTTP request during which the event happened.
type Request struct {
	Method      string
	URL         string
	Query       string
	Fragment    string
	Headers     []Tag
	Cookies     []Tag
	Data        Bag
	Env         Bag
	ContentType string
}

// SDK is the client library that sent the event.
type SDK struct {
	Name         string
	Version      string
	Integrations []string
}

// NoteKind says what normalization did to a value.
type NoteKind string

// The kinds of notes.
const (
	Trimmed  NoteKind = "trimmed"  // cut to a limit
	Dropped  NoteKind = "dropped"  // removed: wrong type, over a budget, or malformed
	Scrubbed NoteKind = "scrubbed" // a secret was replaced
	Adjusted NoteKind = "adjusted" // replaced by a plausible value, such as a timestamp far in the future
)

// Note marks one place normalization touched, so that the UI can say so.
type Note struct {
	// Path is dotted: "exception.0.value", "tags.build".
	Path string
	Kind NoteKind
	// Detail says more where it helps ("9000 characters", "not a string"); may be empty.
	Detail string
}

// UserKey identifies the affected user for counting: id, else email, else
// username, else IP address, prefixed by which it is; empty when there is no user.
func (e *Event) UserKey() string {
	switch u := e.User; {
	case u == nil:
		return ""
	case u.ID != "":
		return "id:" + u.ID
	case u.Email != "":
		return "email:" + u.Email
	case u.Username != "":
		return "username:" + u.Username
	case u.IPAddress != "":
		return "ip:" + u.IPAddress
	default:
		return ""
	}
}

// IsUserKey reports whether a text can be what UserKey returns.
func IsUserKey(text string) bool {
	kind, _, cut := strings.Cut(text, ":")
	return cut && slices.Contains([]string{"id", "email", "username", "ip"}, kind)
}

// Tag returns the value of a tag, empty when the event has no such tag.
func (e *Event) Tag(key string) string {
	for _, t := range e.Tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}
