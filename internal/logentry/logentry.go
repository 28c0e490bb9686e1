// Package logentry reads log entries from Sentry log containers, OTLP and JSON
// lines into one shape. It is pure.
package logentry

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/mesher/mesher/internal/event"
)

// Entry is one log entry. Texts are valid UTF-8 without NUL bytes, cut to their
// limits, with secrets replaced.
type Entry struct {
	// Timestamp is the client's time in Unix µs, that of admission when it is missing or implausible.
	Timestamp int64
	// Level is LevelInfo when nothing else was said.
	Level  event.Level
	Logger string
	Body   string
	// Template is the body before its parameters were put in, empty when unknown.
	Template    string
	Release     string
	Environment string
	ServerName  string
	// TraceID has 32 and SpanID 16 lower-case hex digits, or they are empty.
	TraceID string
	SpanID  string
	// Attributes, Resource and Scope are JSON objects, nil when absent.
	Attributes []byte
	Resource   []byte
	Scope      []byte
	// Exception is set when the entry reports one; from error level on it is an event too: see Event.
	Exception *Exception
	// Language is the program's, as OpenTelemetry names it, empty when unknown.
	Language string
}

// Exception is what OpenTelemetry's exception attributes say.
type Exception struct {
	Type    string
	Message string
	// Stacktrace is the text in the form of its language.
	Stacktrace string
}

// Options say what is known around log entries. The zero value is usable.
type Options struct {
	// Received is when they were admitted, in Unix µs.
	Received int64
	// Release and Environment stand in where an entry names none.
	Release     string
	Environment string
	// Scrubber replaces secrets; nil means the default rules.
	Scrubber *event.Scrubber
}

// What is kept of an entry: texts in characters, objects in bytes.
const (
	maxBody       = 16384
	maxName       = 200
	maxAttributes = 32 << 10
)

// at returns a client's time, or that of admission when it is implausible.
func (o *Options) at(micros int64) int64 {
	if micros <= 0 || o.Received != 0 && !event.Plausible(micros, o.Received) {
		return o.Received
	}
	return micros
}

// finish fills in what may come from several places.
func (e *Entry) finish(o *Options) {
	if e.Level == event.LevelUnknown {
		e.Level = event.LevelInfo
	}
	if e.Release == "" {
		e.Release = o.Release
	}
	if e.Environment == "" {
		e.Environment = o.Environment
	}
	e.Body = o.Scrubber.Clean(e.Body, maxBody)
	e.Template = o.Scrubber.Clean(e.Template, maxBody)
	for _, name := range []*string{&e.Logger, &e.Release, &e.Environment, &e.ServerName, &e.Language} {
		*name = o.Scrubber.Clean(strings.TrimSpace(*name), maxName)
	}
	e.TraceID, e.SpanID = hexID(e.TraceID, 32), hexID(e.SpanID, 16)
}

// hexID returns s in lower case when it is an id of n hex digits that are not
// all zero; hyphens do not count.
func hexID(s string, n int) string {
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if len(s) != n || strings.Trim(s, "0123456789abcdef") != "" || strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

// EventID returns the id of the event that entry index of a record becomes: the
// same on every replay of the record, whose own id is base.
func EventID(base [16]byte, index int) (id [16]byte) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(base[:], uint64(index)))
	copy(id[:], sum[:])
	return id
}
