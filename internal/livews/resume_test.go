package livews

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/pipeline"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

// A client that loses its connection again and again while events are admitted,
// processed and stored sees each of them once, in order.
func TestAClientThatReconnectsMissesNothing(t *testing.T) {
	t.Parallel()
	db := sqltest.SQLite(t)
	project := newProject(t, db)
	r := newRig(t, db, 0)
	process(t, r, db)
	const n = 600
	go admit(t, r, project, n)

	path := fmt.Sprintf("/projects/%d/stream?kinds=event.stored", project)
	var titles []string
	cursor := "1" // from the beginning
	for round := 0; len(titles) < n; round++ {
		conn := r.connect(t, path+"&after="+cursor)
		for range 1 + round%3 {
			f := receive(t, conn)
			cursor = f.Cursor
			for _, fact := range f.Facts {
				titles = append(titles, titleOf(t, fact))
			}
			if f.Dropped != 0 {
				t.Fatalf("%d facts were dropped", f.Dropped)
			}
			if len(titles) >= n {
				break
			}
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
	for i, title := range titles {
		if want := fmt.Sprintf("Error: number %d", i); title != want {
			t.Fatalf("event %d of the stream is %q, want %q", i, title, want)
		}
	}
}

func newProject(t *testing.T, db *sqlstore.Store) int64 {
	t.Helper()
	o, err := db.CreateOrganization(t.Context(), org.Organization{Slug: "default", Name: "Default"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := db.CreateProject(t.Context(), org.Project{OrganizationID: o.ID, Slug: "shop", Name: "Shop"}, org.Key{Public: strings.Repeat("ab", 16), Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

// process runs a processor until the test ends.
func process(t *testing.T, r *rig, db *sqlstore.Store) {
	t.Helper()
	name := r.log.Partitions()[0]
	consumer, err := r.log.Consumer(name)
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(pipeline.Parts{Consumer: consumer, Partition: name, Applier: db, Projects: db, Issues: db, Facts: r.log},
		pipeline.Options{Interval: 3 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func admit(t *testing.T, r *rig, projectID int64, n int) {
	for i := range n {
		rec := eventlog.Record{
			Kind: eventlog.KindEvent, ProjectID: projectID, Received: time.Now().UnixMicro(),
			Body: fmt.Appendf(nil, `{"exception":{"values":[{"type":"Error","value":"number %d"}]}}`, i),
		}
		copy(rec.EventID[:], fmt.Sprintf("event-%010d", i))
		if err := r.log.Append(context.Background(), []eventlog.Record{rec}); err != nil {
			t.Errorf("append: %v", err)
			return
		}
	}
}

func titleOf(t *testing.T, f fact) string {
	t.Helper()
	var e struct {
		Title string `json:"title"`
	}
	if err := json.Unmarshal(f.Data, &e); err != nil {
		t.Fatal(err)
	}
	return e.Title
}
