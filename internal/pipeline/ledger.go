package pipeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// categories of the ledger by kind of record; those of ledger records are their own.
var categories = map[eventlog.Kind]string{
	eventlog.KindEvent:      "error",
	eventlog.KindLogs:       "log",
	eventlog.KindOTLPLogs:   "log",
	eventlog.KindLogLines:   "log",
	eventlog.KindFeedback:   "feedback",
	eventlog.KindSecurity:   "security",
	eventlog.KindAttachment: "attachment",
}

// rowCategory is under what a stored event is counted. Events that were made of
// log entries count as errors: the entry itself is counted as a log.
func rowCategory(k eventlog.Kind) string {
	if k == eventlog.KindSecurity {
		return categories[k]
	}
	return categories[eventlog.KindEvent]
}

const minuteMicros = 60_000_000

// line makes a ledger line for a record, in the minute of its admission.
func line(r *eventlog.Record, outcome, reason string, quantity int64) store.LedgerCount {
	return store.LedgerCount{
		ProjectID: r.ProjectID, Minute: r.Received / minuteMicros,
		Category: cmp.Or(categories[r.Kind], "unknown"),
		Outcome:  outcome, Reason: reason, Quantity: quantity, Bytes: int64(len(r.Body)),
	}
}

// dropped counts a record that is not stored on purpose.
func dropped(r *eventlog.Record, result, reason string) outcome {
	return outcome{ledger: []store.LedgerCount{line(r, result, reason, 1)}}
}

// buried counts a record that cannot be processed and goes to the dead letters.
func buried(r *eventlog.Record, why string) outcome {
	o := dropped(r, store.Failed, "undecodable")
	o.buried = why
	return o
}

// cause is why the item is buried, with the reason under which it is counted.
func (it *item) cause() eventlog.Cause {
	return eventlog.Cause{Counted: it.ledger[0].Reason, Detail: it.buried}
}

// Withdraw makes the record that takes back what the ledger counted for a dead
// letter, in the minute in which it was counted: replayed, the letter is
// counted again.
func Withdraw(d eventlog.DeadLetter) (eventlog.Record, error) {
	counted := line(&d.Record, store.Failed, d.Counted, -1)
	counted.Bytes = -counted.Bytes
	body, err := json.Marshal([]store.LedgerCount{counted})
	if err != nil {
		return eventlog.Record{}, fmt.Errorf("withdraw the count of a dead letter: %w", err)
	}
	return eventlog.Record{
		Kind: eventlog.KindLedger, ProjectID: d.Record.ProjectID, KeyID: d.Record.KeyID, Received: d.Record.Received, Body: body,
	}, nil
}

// decodeLedger reads counts that were decided at admission.
func decodeLedger(r *eventlog.Record) outcome {
	var lines []store.LedgerCount
	if err := json.Unmarshal(r.Body, &lines); err != nil {
		return buried(r, "ledger record: "+err.Error())
	}
	for i := range lines {
		lines[i].ProjectID = r.ProjectID
	}
	return outcome{ledger: lines}
}

// ledger sums lines, so that the store writes each once.
type ledger map[ledgerKey]store.LedgerCount

type ledgerKey struct {
	projectID, minute         int64
	category, outcome, reason string
}

func keyOf(c store.LedgerCount) ledgerKey {
	return ledgerKey{c.ProjectID, c.Minute, c.Category, c.Outcome, c.Reason}
}

func (l ledger) add(lines []store.LedgerCount) {
	for _, c := range lines {
		k := keyOf(c)
		sum, ok := l[k]
		if !ok {
			l[k] = c
			continue
		}
		sum.Quantity += c.Quantity
		sum.Bytes += c.Bytes
		l[k] = sum
	}
}

// lines returns the sums in key order, the order in which concurrent transactions must lock rows.
func (l ledger) lines() []store.LedgerCount {
	out := make([]store.LedgerCount, 0, len(l))
	for _, c := range l {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b store.LedgerCount) int {
		return cmp.Or(
			cmp.Compare(a.ProjectID, b.ProjectID), cmp.Compare(a.Minute, b.Minute), cmp.Compare(a.Category, b.Category),
			cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason),
		)
	})
	return out
}
