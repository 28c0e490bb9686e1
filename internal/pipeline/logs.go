package pipeline

import (
	"encoding/hex"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/logentry"
	"github.com/mesher/mesher/internal/store"
)

// decodeLogs makes rows of the log entries of a record. An entry that reports
// an exception becomes an error event too.
func decodeLogs(r *eventlog.Record, rules *rules, memory *memory) outcome {
	entries, err := parseLogs(r, rules)
	if err != nil {
		return buried(r, fault.MessageOf(err))
	}
	o := outcome{logs: make([]store.LogRow, len(entries))}
	for i := range entries {
		o.logs[i] = logRow(r, &entries[i])
		if !entries[i].IsError() {
			continue
		}
		if err := o.addEvent(r, rules, memory, &entries[i], i); err != nil {
			o.ledger = append(o.ledger, errorLine(r, "undecodable"))
		}
	}
	return o
}

func parseLogs(r *eventlog.Record, rules *rules) ([]logentry.Entry, error) {
	options := logentry.Options{
		Received: r.Received, Release: r.Meta.Release, Environment: r.Meta.Environment, Scrubber: rules.scrubber,
	}
	switch r.Kind {
	case eventlog.KindOTLPLogs:
		return logentry.ParseOTLP(r.Body, options)
	case eventlog.KindLogLines:
		return logentry.ParseLines(r.Body, options), nil
	default:
		return logentry.ParseContainer(r.Body, options)
	}
}

// logRow makes the row of an entry; ID and Seq are given by number, and the
// pattern of what has no template of its client by learn.
func logRow(r *eventlog.Record, e *logentry.Entry) store.LogRow {
	return store.LogRow{
		ProjectID: r.ProjectID, Received: r.Received, Timestamp: e.Timestamp, Level: e.Level,
		Logger: e.Logger, Body: e.Body, Template: e.Template, Pattern: e.Template,
		Release: e.Release, Environment: e.Environment, ServerName: e.ServerName,
		TraceID: e.TraceID, SpanID: e.SpanID,
		Attributes: e.Attributes, Resource: e.Resource, Scope: e.Scope,
	}
}

// addEvent adds the event of entry index; the project's sampling and filters hold for it as for any other.
func (o *outcome) addEvent(r *eventlog.Record, rules *rules, memory *memory, e *logentry.Entry, index int) error {
	of := *r
	of.EventID = logentry.EventID(r.EventID, index)
	if !rules.keeps(of.EventID) {
		o.ledger = append(o.ledger, asError(dropped(&of, store.Sampled, "sample_rate").ledger)...)
		return nil
	}
	options := parseOptions(&of, rules, memory)
	options.EventID = hex.EncodeToString(of.EventID[:])
	parsed, err := e.Event(options)
	if err != nil {
		return err
	}
	more := finishEvent(&of, rules, memory, parsed)
	for i := range more.events {
		// The bytes are counted with the log entries.
		more.events[i].RawBytes = 0
	}
	o.events = append(o.events, more.events...)
	o.ledger = append(o.ledger, asError(more.ledger)...)
	return nil
}

// asError counts lines of a log record under the category of its events.
func asError(lines []store.LedgerCount) []store.LedgerCount {
	for i := range lines {
		lines[i].Category, lines[i].Bytes = categories[eventlog.KindEvent], 0
	}
	return lines
}

func errorLine(r *eventlog.Record, reason string) store.LedgerCount {
	return asError([]store.LedgerCount{line(r, store.Failed, reason, 1)})[0]
}
