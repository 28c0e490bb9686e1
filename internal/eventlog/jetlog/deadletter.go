package jetlog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/mesher/mesher/internal/eventlog"
)

// Headers of a dead letter: what went wrong, and the reason the ledger has for it.
const (
	reasonHeader  = "Mesher-Reason"
	countedHeader = "Mesher-Counted"
)

// headerText makes a reason fit for a header line.
func headerText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	return strings.ToValidUTF8(s[:min(len(s), 500)], "")
}

// DeadLetters implements eventlog.Graveyard.
func (l *Log) DeadLetters(ctx context.Context, limit int) ([]eventlog.DeadLetter, error) {
	var out []eventlog.DeadLetter
	err := l.eachDeadLetter(ctx, func(d eventlog.DeadLetter, _ error) (bool, error) {
		out = append(out, d)
		return len(out) < limit, nil
	})
	return out, err
}

// ReplayDeadLetters implements eventlog.Graveyard. A record that fails again is buried again under a new id.
func (l *Log) ReplayDeadLetters(ctx context.Context, withdraw func(eventlog.DeadLetter) (eventlog.Record, error)) (int, error) {
	replayed := 0
	last, err := l.lastDeadLetter(ctx)
	if err != nil {
		return 0, err
	}
	err = l.eachDeadLetter(ctx, func(d eventlog.DeadLetter, unreadable error) (bool, error) {
		if d.ID > last {
			return false, nil
		}
		if unreadable != nil {
			return true, nil
		}
		if err := l.replay(ctx, d, withdraw); err != nil {
			return false, err
		}
		replayed++
		return true, l.dead.DeleteMsg(ctx, d.ID)
	})
	return replayed, err
}

func (l *Log) replay(ctx context.Context, d eventlog.DeadLetter, withdraw func(eventlog.DeadLetter) (eventlog.Record, error)) error {
	records := []eventlog.Record{d.Record}
	if d.Counted != "" {
		r, err := withdraw(d)
		if err != nil {
			return err
		}
		records = append(records, r)
	}
	return l.Append(ctx, records)
}

func (l *Log) lastDeadLetter(ctx context.Context) (uint64, error) {
	info, err := l.dead.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("read dead letters: %w", err)
	}
	return info.State.LastSeq, nil
}

// eachDeadLetter calls handle in order until it returns false; unreadable says why Record is empty.
func (l *Log) eachDeadLetter(ctx context.Context, handle func(d eventlog.DeadLetter, unreadable error) (bool, error)) error {
	for seq := uint64(1); ; {
		msg, err := l.dead.GetMsg(ctx, seq, jetstream.WithGetMsgSubject("dead"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		seq = msg.Sequence + 1
		d := eventlog.DeadLetter{ID: msg.Sequence, Buried: msg.Time, Reason: msg.Header.Get(reasonHeader), Counted: msg.Header.Get(countedHeader)}
		records, unreadable := l.unpacker.unpack(msg.Data, ownMemory)
		if unreadable == nil && len(records) == 1 {
			d.Record = records[0]
		} else if unreadable == nil {
			unreadable = errCorrupt
		}
		more, err := handle(d, unreadable)
		if err != nil || !more {
			return err
		}
	}
}

// Buried counts the dead letters.
func (l *Log) Buried(ctx context.Context) (uint64, error) {
	info, err := l.dead.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return info.State.Msgs, nil
}
