package pipeline

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/view"
)

// scribbler overwrites the bodies of messages once they are acknowledged.
type scribbler struct {
	eventlog.Consumer
	out []eventlog.Message
}

func (s *scribbler) Next(ctx context.Context, limit int) ([]eventlog.Message, error) {
	messages, err := s.Consumer.Next(ctx, limit)
	s.out = append(s.out, messages...)
	return messages, err
}

func (s *scribbler) Ack(ctx context.Context, through uint64) error {
	for len(s.out) > 0 && s.out[0].Seq <= through {
		for _, r := range s.out[0].Records {
			scribble(r.Body)
		}
		s.out = s.out[1:]
	}
	return s.Consumer.Ack(ctx, through)
}

// scribblingApplier overwrites the payloads of what is applied.
type scribblingApplier struct{ store.Applier }

func (s scribblingApplier) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	result, err := s.Applier.Apply(ctx, b)
	for i := range b.Events {
		scribble(b.Events[i].Payload)
	}
	return result, err
}

func scribble(b []byte) {
	for i := range b {
		b[i] = '!'
	}
}

// Bodies and payloads serve another batch as soon as theirs is done with.
func TestNothingOutlivesItsMemory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		const n = 100 // a page of log entries
		for i := range n {
			file := r.raw(i, fmt.Sprintf("file of %d", i))
			file.Kind, file.Meta.Filename = eventlog.KindAttachment, "a.txt"
			line := r.raw(i, fmt.Sprintf(`{"message":"line %d of the log","level":"info"}`, i))
			line.Kind = eventlog.KindLogLines
			r.append(r.raw(i, sampleBody(i)), file, line)
		}
		p := r.processor(Options{MaxBatch: 40, Workers: 3}, func(a store.Applier) store.Applier { return scribblingApplier{a} })
		p.parts.Consumer = &scribbler{Consumer: p.parts.Consumer}
		if err := r.drain(p); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			id := r.raw(i, "").EventID
			e, err := r.db.GetEvent(t.Context(), []int64{r.project.ID}, view.Hash(id))
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := event.ParseStored(e.Payload)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("order %d of customer", i); !strings.Contains(parsed.Exceptions[0].Value, want) || parsed.Breadcrumbs[0].Message != fmt.Sprintf("GET /api/items/%d", i) {
				t.Fatalf("event %d is stored as %s", i, e.Payload)
			}
			files, err := r.db.Attachments(t.Context(), e)
			if err != nil || len(files) != 1 {
				t.Fatalf("event %d has %d files: %v", i, len(files), err)
			}
			_, content, err := r.db.ReadAttachment(t.Context(), e, files[0].ID)
			if want := fmt.Sprintf("file of %d", i); err != nil || string(content) != want {
				t.Fatalf("file %q, want %q: %v", content, want, err)
			}
		}
		logs, err := r.db.ListLogs(t.Context(), store.LogFilter{ProjectID: r.project.ID}, store.PageRequest{Limit: n})
		if err != nil || len(logs.Items) != n {
			t.Fatalf("%d log entries, want %d: %v", len(logs.Items), n, err)
		}
		for i, l := range logs.Items { // newest first
			if want := fmt.Sprintf("line %d of the log", n-1-i); l.Body != want {
				t.Errorf("log entry %q, want %q", l.Body, want)
			}
		}
	})
}

func TestPayloadsShareMemory(t *testing.T) {
	t.Parallel()
	m := &memory{events: new(event.Memory)}
	long := &event.Event{ID: "long", Extra: event.Bag(`{"a":"` + strings.Repeat("x", len(piece{})/2) + `"}`)}
	var want []string
	var got [][]byte
	for i := range 200 {
		e := &event.Event{ID: fmt.Sprint(i), Logger: strings.Repeat("l", i*31%9000)}
		if i%50 == 49 {
			e = long
		}
		want, got = append(want, string(event.AppendJSON(nil, e))), append(got, m.payload(e))
	}
	for i := range got {
		if string(got[i]) != want[i] {
			t.Fatalf("payload %d was overwritten by another", i)
		}
		if cap(got[i]) > len(got[i]) && len(got[i]) < len(piece{})/4 {
			t.Fatalf("payload %d can be appended to, into the next", i)
		}
	}
	if pieces := len(m.pieces); pieces < 5 || pieces > 8 {
		t.Errorf("%d pieces hold them", pieces)
	}
	m.release()
	if m.pieces != nil || m.room != nil {
		t.Error("memory is used after its release")
	}
}
