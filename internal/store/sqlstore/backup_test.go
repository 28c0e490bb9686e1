package sqlstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// filled is an SQLite store with events of three days, log entries and an account.
func filled(t *testing.T) *sqlstore.Store {
	t.Helper()
	s := sqltest.SQLite(t)
	g := storetest.NewGenerator(1, 10, 1, 2)
	for n := range 3 {
		g.Clock = storetest.Start.AddDate(0, 0, n)
		b := g.Batch("p0", 150)
		b.Attachments = []store.AttachmentRow{{
			ID: b.Events[0].ID, Seq: b.Through, ProjectID: b.Events[0].ProjectID, EventID: b.Events[0].EventID, Received: b.Now, Name: "a.bin", Content: []byte{0, 0xff, byte(n)},
		}}
		b.Logs = []store.LogRow{{ID: b.Events[0].ID, Seq: b.Through, ProjectID: 1, Received: b.Now, Timestamp: b.Now, Body: "hello world"}}
		if _, err := s.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateUser(t.Context(), org.User{Email: "a@example.org", CreatedAt: 1}); err != nil {
		t.Fatal(err)
	}
	return s
}

// view is what two stores must agree on to be the same.
type view struct {
	Issues []int64
	Events []string
	Logs   int
	Ledger []store.LedgerCount
	Users  int64
	// Files are the attachments of both projects as they are exported.
	Files []string
}

func look(t *testing.T, s *sqlstore.Store) (v view) {
	t.Helper()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	issues, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1}, store.PageRequest{Limit: 100})
	fail(err)
	for _, i := range issues.Items {
		v.Issues = append(v.Issues, i.ID, i.EventCount, i.UserCount)
	}
	for _, text := range []string{"", "request"} {
		query, err := search.Parse(text)
		fail(err)
		page, err := s.ListEvents(t.Context(), store.EventFilter{ProjectID: 1, Query: query}, store.PageRequest{Limit: 100})
		fail(err)
		for _, e := range page.Items {
			full, err := s.GetEvent(t.Context(), []int64{1}, e.EventID)
			fail(err)
			v.Events = append(v.Events, e.EventID+string(full.Payload))
		}
	}
	logs, err := s.ListLogs(t.Context(), store.LogFilter{ProjectID: 1}, store.PageRequest{})
	fail(err)
	v.Logs = len(logs.Items)
	v.Ledger, err = s.Ledger(t.Context(), store.StatsFilter{ProjectID: 1, Width: 86400, Range: store.TimeRange{Start: storetest.Start.UnixMicro(), End: storetest.Start.AddDate(0, 0, 9).UnixMicro()}})
	fail(err)
	v.Users, err = s.CountUsers(t.Context())
	fail(err)
	for _, project := range []int64{1, 2} {
		v.Files = append(v.Files, exportedFiles(t, s, project)...)
	}
	slices.Sort(v.Files)
	if len(v.Files) != 3 {
		t.Errorf("attachments %q", v.Files)
	}
	return v
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := filled(t)
	want := look(t, s)
	var file bytes.Buffer
	if err := s.Backup(t.Context(), &file, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := sqlstore.Restore(t.Context(), bytes.NewReader(file.Bytes()), dir); err != nil {
		t.Fatal(err)
	}
	restored, err := sqlstore.Open(t.Context(), sqlstore.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	if d := cmp.Diff(want, look(t, restored)); d != "" {
		t.Error(d)
	}
	if err := sqlstore.Restore(t.Context(), bytes.NewReader(file.Bytes()), dir); err == nil {
		t.Error("a backup is restored over a store")
	}
}

func TestRestoreRefusesDamage(t *testing.T) {
	t.Parallel()
	s := filled(t)
	var file bytes.Buffer
	if err := s.Backup(t.Context(), &file, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(file.Bytes())
	flipped[len(flipped)/2] ^= 1
	for name, damaged := range map[string][]byte{"cut": file.Bytes()[:file.Len()/2], "flipped": flipped, "empty": nil} {
		dir := filepath.Join(t.TempDir(), name)
		if err := sqlstore.Restore(t.Context(), bytes.NewReader(damaged), dir); err == nil {
			t.Errorf("%s: restored", name)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
}

func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	s := filled(t)
	g := storetest.NewGenerator(9, 10, 1)
	g.Clock = storetest.Start.AddDate(0, 0, 5)
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := s.Apply(t.Context(), g.Batch("p1", 50)); err != nil {
				done <- err
				return
			}
		}
	}()
	var file bytes.Buffer
	err := s.Backup(t.Context(), &file, t.TempDir())
	close(stop)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := sqlstore.Restore(t.Context(), &file, dir); err != nil {
		t.Fatal(err)
	}
	restored, err := sqlstore.Open(t.Context(), sqlstore.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	counted, stored := int64(0), int64(0)
	for _, project := range []int64{1, 2} {
		r := store.TimeRange{Start: storetest.Start.UnixMicro(), End: storetest.Start.AddDate(0, 0, 9).UnixMicro()}
		lines, err := restored.Ledger(t.Context(), store.StatsFilter{ProjectID: project, Width: 86400, Range: r})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.Category == "error" && l.Outcome == store.Stored {
				counted += l.Quantity
			}
		}
		var out bytes.Buffer
		n, err := restored.Export(t.Context(), project, &out)
		if err != nil {
			t.Fatal(err)
		}
		stored += n
	}
	if counted != stored {
		t.Errorf("the ledger counts %d events, %d are stored", counted, stored)
	}
}

// exportedFiles returns the attachments of an export by event.
func exportedFiles(t *testing.T, s *sqlstore.Store, projectID int64) (files []string) {
	t.Helper()
	var out bytes.Buffer
	if _, err := s.Export(t.Context(), projectID, &out); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out.Bytes()) {
		var e struct {
			EventID     string `json:"event_id"`
			Attachments []struct {
				Name    string
				Content []byte
			}
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		for _, f := range e.Attachments {
			files = append(files, fmt.Sprintf("%s %s %x", e.EventID, f.Name, f.Content))
		}
	}
	return files
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := filled(t)
	var out bytes.Buffer
	n, err := s.Export(t.Context(), 2, &out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if int64(len(lines)) != n || n == 0 {
		t.Fatalf("%d lines, %d events", len(lines), n)
	}
	var first struct {
		EventID  string `json:"event_id"`
		Received int64
		Payload  map[string]any
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if len(first.EventID) != 32 || first.Payload["platform"] != "python" || time.UnixMicro(first.Received).Before(storetest.Start) {
		t.Errorf("first line: %+v", first)
	}
}

func TestTransferToPostgres(t *testing.T) {
	t.Parallel()
	from, to := filled(t), sqltest.Postgres(t)
	verified := map[string]int64{}
	progress := func(p sqlstore.Transferred) {
		if p.Verified {
			verified[p.Table] = p.Rows
		}
	}
	if err := sqlstore.Transfer(t.Context(), from, to, progress); err != nil {
		t.Fatal(err)
	}
	if verified["events"] != 450 || verified["users"] != 1 || verified["issues"] == 0 || verified["log_entries"] != 3 {
		t.Errorf("verified: %v", verified)
	}
	if d := cmp.Diff(look(t, from), look(t, to)); d != "" {
		t.Error(d)
	}
	g := storetest.NewGenerator(2, 10, 1)
	g.Clock = storetest.Start.AddDate(0, 0, 4)
	if _, err := to.Apply(t.Context(), g.Batch("p7", 20)); err != nil {
		t.Errorf("apply after the transfer: %v", err)
	}
	if err := sqlstore.Transfer(t.Context(), from, to, progress); err == nil {
		t.Error("a transfer into a used database is accepted")
	}
}
