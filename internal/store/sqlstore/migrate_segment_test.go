package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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
	if err := registerFTS5(ctx, db); err != nil {
		return err
	}
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
		if o.version >= ownWordsVersion {
			return errors.Join(writeSegment(ctx, c, w), writeEventIDs(ctx, c, w.events))
		}
		if err := errors.Join(writeRows(ctx, c, w), writeFTS5(ctx, c, w)); err != nil || o.version < withEventIDs {
			return err
		}
		return writeEventIDs(ctx, c, w.events)
	})
}

func (e *eventRecord) allWords(tokens []string) []string {
	words := slices.Clone(e.words)
	for _, place := range e.tags {
		words = append(words, tokens[place])
	}
	return words
}

func writeFTS5(ctx context.Context, c conn, w *writing) error {
	for _, e := range w.events {
		if _, err := c.exec(ctx, "INSERT INTO events_words (rowid, words) VALUES ($1, $2)", e.id, strings.Join(e.allWords(w.tokens), " ")); err != nil {
			return err
		}
	}
	for _, l := range w.logs {
		if _, err := c.exec(ctx, "INSERT INTO log_words (rowid, words) VALUES ($1, $2)", l.id, strings.Join(l.words, " ")); err != nil {
			return err
		}
	}
	return nil
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
			before.Logs = []store.LogRow{{ID: before.Events[0].ID, Seq: before.Through, ProjectID: 1, Received: before.Now, Timestamp: before.Now, Body: "an old entry"}}
			apply(t, s, before)
			s.events = old
			s = reopen(t, s, dir)
			findAll(t, s, 150)
			findEntry(t, s, "old")
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

func findEntry(t *testing.T, s *Store, word string) {
	t.Helper()
	q, err := search.Parse(word)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.ListLogs(t.Context(), store.LogFilter{ProjectID: 1, Query: q}, store.PageRequest{})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("found %d log entries: %v", len(page.Items), err)
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
