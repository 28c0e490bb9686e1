package view

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/store"
)

// The stream and the lists must speak alike, although the stream writes by hand.
func TestEventStoredSaysWhatListsSay(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "id:7", "email:a@b.c", "username:ann:x", "ip:::1", "unknown:x"} {
		e := store.EventSummary{
			ID: 1 << 60, EventID: "0102", ProjectID: 3, IssueID: 4, Received: 1_700_000_000_123_456, Timestamp: 1_600_000_000_000_000,
			Level: event.LevelFatal, Title: "a \"quote\" \u2028 <b> \t é", Culprit: "c", Platform: "go", Release: "r@1", Environment: "e",
			Transaction: "/t", UserKey: user, Tags: []event.Tag{{Key: "k", Value: "v\\"}, {Key: "k2", Value: ""}},
		}
		want, err := json.Marshal(NewEventSummary(e))
		if err != nil {
			t.Fatal(err)
		}
		f := EventStored(&e)
		if d := cmp.Diff(decoded(t, want), decoded(t, f.Data)); d != "" {
			t.Errorf("user %q: %s", user, d)
		}
		if f.Cursor != e.ID || f.ProjectID != 3 || f.ID != EventStored(&e).ID {
			t.Errorf("fact = %+v", f)
		}
	}
	none := store.EventSummary{}
	if d := cmp.Diff(decoded(t, []byte(`[]`)), decoded(t, EventStored(&none).Data).(map[string]any)["tags"]); d != "" {
		t.Error(d)
	}
}

func decoded(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}
