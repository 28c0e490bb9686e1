package pipeline

import (
	"testing"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
)

// FuzzFeedback covers feedback events and legacy user reports: each is kept,
// counted or buried, and what is kept fits its columns.
func FuzzFeedback(f *testing.F) {
	f.Add([]byte(`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","name":"Ada","email":"ada@example.org","comments":"it broke\u0000"}`))
	f.Add([]byte(`{"contexts":{"feedback":{"message":"slow","contact_email":"a@example.org","associated_event_id":"x"}}}`))
	f.Add([]byte(`{"comments":" "}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o := decodeFeedback(&eventlog.Record{Kind: eventlog.KindFeedback, ProjectID: 1, Body: body})
		if len(o.reports)+len(o.ledger) != 1 || (o.buried != "") != (len(o.ledger) == 1 && o.ledger[0].Outcome == store.Failed) {
			t.Fatalf("%+v", o)
		}
		for _, r := range o.reports {
			for _, text := range []string{r.Name, r.Email, r.Comments} {
				if !utf8.ValidString(text) || len(text) > maxReportComments {
					t.Errorf("%q", text)
				}
			}
		}
	})
}

// FuzzLedgerRecord covers what admission has counted, read back from the log.
func FuzzLedgerRecord(f *testing.F) {
	f.Add([]byte(`[{"ProjectID":7,"Minute":29924040,"Category":"error","Outcome":"rate_limited","Reason":"quota","Quantity":3,"Bytes":10}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o := decodeLedger(&eventlog.Record{Kind: eventlog.KindLedger, ProjectID: 1, Body: body})
		for _, line := range o.ledger {
			if line.ProjectID != 1 {
				t.Errorf("a line of project %d", line.ProjectID)
			}
		}
	})
}
