package sqlstore

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/storetest"
)

// withEventIDs is the migration after which event ids have tables of their own.
const withEventIDs = 7

// oldSegments writes day files as a program did that knew fewer migrations.
type oldSegments struct {
	archive
	s       *Store
	version int
}

func (o oldSegments) write(ctx context.Context, _ conn, w *writing) error {
	d := dayOf(w.events[0].id)
	db, err := o.s.files.open(ctx, o.s.files.path(segmentFolder+"/"+d.String()+".db"), sqliteWrite, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	steps, err := fs.Glob(migrations, "migrations/segment/*.sql")
	if err != nil {
		return err
	}
	for _, step := range steps[:o.version] {
		text, err := fs.ReadFile(migrations, step)
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, string(text)); err != nil {
			return err
		}
	}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", o.version)); err != nil {
		return err
	}
	return o.s.transact(ctx, db, nil, func(c conn) error {
		if err := writeSegment(ctx, c, w); err != nil || o.version < withEventIDs {
			return err
		}
		return writeEventIDs(ctx, c, w.events)
	})
}

// TestSegmentsMigrateForward reads and continues day files of every version there was.
func TestSegmentsMigrateForward(t *testing.T) {
	t.Parallel()
	steps, err := fs.Glob(migrations, "migrations/segment/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= len(steps); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := reopen(t, nil, dir)
			g := storetest.NewGenerator(1, 5, 1)
			old := s.events
			s.events = oldSegments{archive: old, s: s, version: version}
			before := g.Batch("p0", 150)
			apply(t, s, before)
			s.events = old
			s = reopen(t, s, dir)
			findAll(t, s, 150)
			payload, err := s.GetEvent(t.Context(), []int64{1}, fmt.Sprintf("%x", before.Events[70].EventID))
			if err != nil || string(payload.Payload) != string(before.Events[70].Payload) {
				t.Errorf("payload of an old event: %d bytes, %v", len(payload.Payload), err)
			}
			apply(t, s, g.Batch("p0", 150))
			findAll(t, s, 300)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func findAll(t *testing.T, s *Store, want int) {
	t.Helper()
	q, err := search.Parse("request failed")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for cursor := ""; ; {
		page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: q}, store.PageRequest{Cursor: cursor, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.Items)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if found != want {
		t.Errorf("%d events are found, want %d", found, want)
	}
}

func TestNewerSegmentIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := reopen(t, nil, dir)
	g := storetest.NewGenerator(1, 5, 1)
	s.events = oldSegments{archive: s.events, s: s, version: 1}
	b := g.Batch("p0", 10)
	apply(t, s, b)
	db, err := s.files.open(t.Context(), s.files.path(segmentFolder+"/"+dayOf(b.Events[0].ID).String()+".db"), []string{"user_version=99"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, dir)
	defer s.Close()
	if _, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1}, store.PageRequest{}); err == nil || !strings.Contains(err.Error(), "start the newer program") {
		t.Errorf("got %v", err)
	}
}
