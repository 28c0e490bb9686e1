package jetlog

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/mesher/mesher/internal/eventlog"
)

// Facts of one project travel together:
//
//	version (1 byte) | uvarint project | facts…
//	fact = id | kind | varint cursor | data    (strings and data: uvarint length, bytes)
const (
	factsVersion = 1
	// maxFactsMessage ends a message of facts; a single larger fact still goes, alone.
	maxFactsMessage = 256 << 10
	// A listener that is further behind than this loses facts.
	maxPendingMessages = 4096
	maxPendingBytes    = 16 << 20
)

// Publish implements eventlog.Facts.
func (l *Log) Publish(_ context.Context, facts []eventlog.Fact) error {
	open := map[int64][]byte{}
	for i := range facts {
		f := &facts[i]
		b := open[f.ProjectID]
		if b == nil {
			b = binary.AppendUvarint([]byte{factsVersion}, uint64(f.ProjectID))
		}
		b = appendFact(b, f)
		if len(b) >= maxFactsMessage {
			if err := l.publishFacts(f.ProjectID, b); err != nil {
				return err
			}
			b = nil
		}
		open[f.ProjectID] = b
	}
	for projectID, b := range open {
		if b == nil {
			continue
		}
		if err := l.publishFacts(projectID, b); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) publishFacts(projectID int64, b []byte) error {
	if err := l.facts.Publish(factsSubject(projectID), b); err != nil {
		return fmt.Errorf("publish facts: %w", err)
	}
	return nil
}

func factsSubject(projectID int64) string { return "facts." + strconv.FormatInt(projectID, 10) }

// Wanted implements eventlog.Facts.
func (l *Log) Wanted(projectID int64) bool {
	return l.srv.GlobalAccount().Interest(factsSubject(projectID)) > 0
}

func appendFact(b []byte, f *eventlog.Fact) []byte {
	b = appendBytes(b, f.ID)
	b = appendBytes(b, f.Kind)
	b = binary.AppendVarint(b, f.Cursor)
	return appendBytes(b, f.Data)
}

func appendBytes[T string | []byte](b []byte, v T) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// Subscribe implements eventlog.Facts. A handler that stays more than 16 MiB
// behind loses facts, and is told so with eventlog.FactsLost. After stop returns, a call of handle may still be running.
func (l *Log) Subscribe(projectID int64, handle func(eventlog.Fact)) (stop func(), err error) {
	subject := "facts.*"
	if projectID != 0 {
		subject = factsSubject(projectID)
	}
	lost := 0
	sub, err := l.facts.Subscribe(subject, func(m *nats.Msg) {
		if n, err := m.Sub.Dropped(); err == nil && n > lost {
			lost = n
			handle(eventlog.Fact{Kind: eventlog.FactsLost, ProjectID: projectID})
		}
		if err := eachFact(m.Data, handle); err != nil {
			l.opts.Logger.Warn("facts cannot be read; is a node of another version running?", "error", err)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe to facts: %w", err)
	}
	if err := sub.SetPendingLimits(maxPendingMessages, maxPendingBytes); err != nil {
		return nil, fmt.Errorf("subscribe to facts: %w", err)
	}
	// Facts published from now on must arrive, so the server has to know the subscription first.
	if err := l.facts.Flush(); err != nil {
		return nil, fmt.Errorf("subscribe to facts: %w", err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // fails only when the connection is gone already
}

func eachFact(data []byte, handle func(eventlog.Fact)) error {
	r := reader{rest: data}
	if v := r.byte(); v != factsVersion {
		return fmt.Errorf("facts: version %d is not known", v)
	}
	projectID := int64(r.uvarint())
	for !r.failed && len(r.rest) > 0 {
		f := eventlog.Fact{ProjectID: projectID}
		f.ID = string(r.bytes())
		f.Kind = string(r.bytes())
		f.Cursor = r.varint()
		f.Data = r.bytes()
		if !r.failed {
			handle(f)
		}
	}
	if r.failed {
		return fmt.Errorf("facts: %w", errCorrupt)
	}
	return nil
}
