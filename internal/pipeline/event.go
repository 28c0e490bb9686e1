package pipeline

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/grouping"
	"github.com/mesher/mesher/internal/store"
)

// decodeEvent reads an event of a client or, with event.ParseSecurityReport, a browser's report.
func decodeEvent(r *eventlog.Record, rules *rules, memory *memory, parse func([]byte, event.ParseOptions) (*event.Event, error)) outcome {
	if !rules.keeps(r.EventID) {
		return dropped(r, store.Sampled, "sample_rate")
	}
	e, err := parse(r.Body, parseOptions(r, rules, memory))
	if err != nil {
		return buried(r, fault.MessageOf(err))
	}
	return finishEvent(r, rules, memory, e)
}

// keeps samples by event id, so that a replay decides the same.
func (r *rules) keeps(id [16]byte) bool {
	if r.sampleRate <= 0 || r.sampleRate >= 1 {
		return true
	}
	// Clients may count their ids up, so the bits are mixed. The top 53 make a fraction without rounding.
	x := mix(mix(binary.LittleEndian.Uint64(id[:8])) ^ binary.LittleEndian.Uint64(id[8:]))
	return float64(x>>11)/(1<<53) < r.sampleRate
}

// mix is the finalizer of splitmix64: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func parseOptions(r *eventlog.Record, rules *rules, memory *memory) event.ParseOptions {
	return event.ParseOptions{
		Received:    r.Received,
		SentAt:      r.Meta.SentAt,
		EventID:     hex.EncodeToString(r.EventID[:]),
		Client:      r.Meta.Client,
		RemoteIP:    r.Meta.RemoteIP,
		UserAgent:   r.Meta.UserAgent,
		Release:     r.Meta.Release,
		Environment: r.Meta.Environment,
		Scrubber:    rules.scrubber,
		Stacks:      rules.stacks,
		Memory:      memory.events,
	}
}

// finishEvent filters and groups a parsed event.
func finishEvent(r *eventlog.Record, rules *rules, memory *memory, e *event.Event) outcome {
	if reason := rules.filter.reason(r, e); reason != "" {
		return dropped(r, store.Filtered, reason)
	}
	return outcome{events: []store.EventRow{eventRow(r, rules, memory, e)}}
}

// eventRow makes the row of an event; ID and Seq are given by number.
func eventRow(r *eventlog.Record, rules *rules, memory *memory, e *event.Event) store.EventRow {
	g := rules.grouper.Group(e)
	row := store.EventRow{
		ProjectID: r.ProjectID, EventID: r.EventID,
		Received: r.Received, Timestamp: e.Timestamp, Level: e.Level,
		Title: g.Title, Type: g.Type, Value: g.Value, Culprit: g.Culprit,
		Platform: e.Platform, Logger: e.Logger, Transaction: e.Transaction,
		Release: e.Release, Environment: e.Environment,
		UserKey: e.UserKey(), Tags: e.IndexedTags(), SearchText: e.SearchText(),
		Hashes: hashesOf(g.Hashes), Similar: hashesOf(g.Similar), Basis: string(g.Basis), GroupingVersion: g.Version,
		Payload: memory.payload(e), RawBytes: len(r.Body), Category: rowCategory(r.Kind),
	}
	if rules.prior != nil {
		before := rules.prior.Group(e)
		row.PriorHashes, row.PriorVersion = hashesOf(before.Hashes), before.Version
	}
	return row
}

func hashesOf(list []grouping.Hash) [][16]byte {
	out := make([][16]byte, len(list))
	for i, h := range list {
		out[i] = h
	}
	return out
}
