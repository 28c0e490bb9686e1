package operator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
)

const (
	email    = "owner@example.org"
	password = "correct horse battery"
)

// newDesk is a desk on an open installation in a short-named folder, since a socket's path is bounded.
func newDesk(t *testing.T) *Desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "operator")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s, err := sqlstore.Open(t.Context(), sqlstore.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	log, err := jetlog.Open(t.Context(), jetlog.Options{Dir: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close(context.Background()) })
	return &Desk{
		Store: s, Log: log, Auth: auth.New(auth.Options{Store: s}), URL: "http://mesher.example", Dir: dir,
		Version: "test", StartedAt: time.Now(), Durability: "disk",
	}
}

// opened serves a desk on its socket until the test ends and returns who a command talks to.
func opened(t *testing.T, d *Desk) Work {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewDoor(d, slog.New(slog.DiscardHandler)).Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the door ended with %v", err)
		}
		if exists(filepath.Join(d.Dir, SocketName)) {
			t.Error("the socket was left behind")
		}
	})
	for {
		client, err := dial(t.Context(), d.Dir)
		if err == nil {
			return client
		}
		select {
		case err := <-ended:
			t.Fatalf("the door did not open: %v", err)
		case <-time.After(time.Millisecond): // the socket says nothing when it appears
		}
	}
}

// eachWay runs a test with the work done here and through the socket.
func eachWay(t *testing.T, test func(t *testing.T, d *Desk, w Work)) {
	t.Run("desk", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		test(t, d, d)
	})
	t.Run("socket", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		test(t, d, opened(t, d))
	})
}

func install(t *testing.T, d *Desk) {
	t.Helper()
	if _, err := d.Auth.Install(t.Context(), auth.FirstStart{Owner: auth.NewAccount{Email: email, Password: password}}); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLettersAreListedAndReplayed(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, d *Desk, w Work) {
		consumer, err := d.Log.Consumer(d.Log.Partitions()[0])
		if err != nil {
			t.Fatal(err)
		}
		record := eventlog.Record{Kind: eventlog.KindEvent, ProjectID: 7, EventID: [16]byte{0xab}, Body: []byte("{broken")}
		if err := d.Log.Append(t.Context(), []eventlog.Record{record}); err != nil {
			t.Fatal(err)
		}
		messages, err := consumer.Next(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if err := consumer.Bury(t.Context(), messages[0], 0, eventlog.Cause{Counted: "undecodable", Detail: "unexpected end of JSON"}); err != nil {
			t.Fatal(err)
		}
		if err := consumer.Ack(t.Context(), messages[0].Seq); err != nil {
			t.Fatal(err)
		}

		letters, err := w.DeadLetters(t.Context(), 10)
		if err != nil || len(letters) != 1 {
			t.Fatalf("got %v, %v", letters, err)
		}
		l := letters[0]
		if l.Reason != "unexpected end of JSON" || l.ProjectID != 7 || l.Kind != "event" || l.Bytes != 7 || !l.Readable || !strings.HasPrefix(l.EventID, "ab00") {
			t.Errorf("got %+v", l)
		}
		status, err := w.Status(t.Context())
		if err != nil || status.Log.DeadLetters != 1 {
			t.Errorf("status %+v, %v", status, err)
		}
		if n, err := w.ReplayDeadLetters(t.Context()); err != nil || n != 1 {
			t.Fatalf("replayed %d, %v", n, err)
		}
		again, err := consumer.Next(t.Context(), 10)
		if err != nil || string(again[0].Records[0].Body) != "{broken" || again[0].Records[1].Kind != eventlog.KindLedger {
			t.Errorf("handed out %+v, %v", again, err)
		}
		if letters, err := w.DeadLetters(t.Context(), 10); err != nil || len(letters) != 0 {
			t.Errorf("left over: %v, %v", letters, err)
		}
		if _, err := w.DeadLetters(t.Context(), 0); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a limit of 0: %v", err)
		}
	})
}

func TestPasswordsAndSetupLinks(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, d *Desk, w Work) {
		link, err := w.SetupLink(t.Context())
		if err != nil || !strings.HasPrefix(link, "http://mesher.example/setup?token=") {
			t.Fatalf("link %q, %v", link, err)
		}
		install(t, d)
		if _, err := w.SetupLink(t.Context()); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a link once there is an owner: %v", err)
		}
		if err := w.ResetPassword(t.Context(), "Owner@example.org", "another horse battery"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Auth.SignIn(t.Context(), auth.Credentials{Email: email, Password: "another horse battery"}, auth.Client{}); err != nil {
			t.Errorf("the new password: %v", err)
		}
		if err := w.ResetPassword(t.Context(), "nobody@example.org", password); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("nobody: %v", err)
		}
		if err := w.ResetPassword(t.Context(), email, "short"); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a short password: %v", err)
		}
	})
}

func TestBackupAndExport(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, d *Desk, w Work) {
		install(t, d)
		file := filepath.Join(d.Dir, "backup.tar")
		if err := Save(file, func(out io.Writer) error { return w.Backup(t.Context(), out) }); err != nil {
			t.Fatal(err)
		}
		if err := Save(file, func(io.Writer) error { return nil }); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("an existing file: %v", err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup has mode %v, %v", info.Mode(), err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(d.Dir, "restored")
		if err := Restore(t.Context(), bytes.NewReader(text), target); err != nil {
			t.Fatal(err)
		}
		if err := Restore(t.Context(), bytes.NewReader(text), target); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a folder in use: %v", err)
		}
		if n, err := w.Export(t.Context(), 1, io.Discard); err != nil || n != 0 {
			t.Errorf("exported %d, %v", n, err)
		}
		if _, err := w.Export(t.Context(), 99, io.Discard); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown project: %v", err)
		}
	})
}

func TestSaveLeavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	broken := errors.New("broken")
	if err := Save(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if exists(path) || exists(path+".partial") {
		t.Error("half a file was left")
	}
}

// TestBrokenAnswer cuts the connection where a server that is killed would.
func TestBrokenAnswer(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "operator")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("unix", filepath.Join(dir, SocketName))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Mesher-Error\r\n\r\n4\r\nhalf\r\n")
			_ = conn.Close()
		}
	}()
	client, err := dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Backup(t.Context(), io.Discard); err == nil {
		t.Error("half a backup is taken for a whole one")
	}
}

func TestOpenChoosesWhoWorks(t *testing.T) {
	t.Parallel()
	if _, _, err := Open(t.Context(), Options{DataDir: t.TempDir()}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	d := newDesk(t)
	// The folder is locked, but nobody answers.
	if _, _, err := Open(t.Context(), Options{DataDir: d.Dir}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a server that starts: %v", err)
	}
	if err := os.WriteFile(filepath.Join(d.Dir, SocketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	opened(t, d) // replaces what is there
	w, done, err := Open(t.Context(), Options{DataDir: d.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if _, ok := w.(*Client); !ok {
		t.Errorf("the work is done by %T, although a server runs", w)
	}
	info, err := os.Stat(filepath.Join(d.Dir, SocketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
	if err := Move(t.Context(), d.Dir, "postgres://", nil); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("moving a running server's store: %v", err)
	}
}

func TestMoveToPostgres(t *testing.T) {
	t.Parallel()
	url := sqltest.DatabaseURL(t)
	d := newDesk(t)
	install(t, d)
	if err := errors.Join(d.Log.Close(t.Context()), d.Store.Close()); err != nil {
		t.Fatal(err)
	}
	verified := map[string]int64{}
	err := Move(t.Context(), d.Dir, url, func(p sqlstore.Transferred) {
		if p.Verified {
			verified[p.Table] = p.Rows
		}
	})
	if err != nil || verified["users"] != 1 || verified["projects"] != 1 {
		t.Fatalf("verified %v, %v", verified, err)
	}
	w, done, err := Open(t.Context(), Options{DataDir: d.Dir, DatabaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	status, err := w.Status(t.Context())
	if err != nil || status.Store != "postgres" || status.Projects != 1 || !status.StartedAt.IsZero() {
		t.Errorf("status %+v, %v", status, err)
	}
	if err := w.Backup(t.Context(), io.Discard); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("a backup of PostgreSQL: %v", err)
	}
	if err := done(); err != nil {
		t.Error(err)
	}
}
