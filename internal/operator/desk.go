package operator

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mesher/mesher/internal/auth"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/eventlog/jetlog"
	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/pipeline"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

const (
	// countedDeadLetters bounds how many dead letters a status counts one by one.
	countedDeadLetters = 1000
	// maxListed bounds a list of dead letters.
	maxListed = 10_000
	// ledgerSpan is what a status sums up.
	ledgerSpan = 24 * time.Hour
)

// Desk does an operator's work with the open parts of an installation.
type Desk struct {
	Store *sqlstore.Store
	// Log is nil where the data folder has none, as beside a PostgreSQL of another machine.
	Log  *jetlog.Log
	Auth *auth.Service
	// URL is how people reach the server, without a final slash.
	URL string
	// Dir is the data folder, where a backup makes its temporary copies.
	Dir     string
	Version string
	// StartedAt and Durability describe a running server; zero otherwise.
	StartedAt  time.Time
	Durability string
}

var _ Work = (*Desk)(nil)

// Status implements Work.
func (d *Desk) Status(ctx context.Context) (Status, error) {
	s := Status{
		Version: d.Version, StartedAt: d.StartedAt, URL: d.URL, Store: d.Store.Backend(), Durability: d.Durability,
		Problems: []string{}, Ledger: map[string]int64{},
	}
	if err := d.Store.Ping(ctx); err != nil {
		s.Problems = append(s.Problems, "store: "+err.Error())
		return s, nil // nothing below would answer
	}
	if err := d.sumLedger(ctx, &s); err != nil {
		return s, err
	}
	if d.Log == nil {
		return s, nil
	}
	if err := d.Log.Ready(); err != nil {
		s.Problems = append(s.Problems, "log: "+fault.MessageOf(err))
	}
	log, err := d.logStatus(ctx)
	s.Log = &log
	return s, err
}

func (d *Desk) sumLedger(ctx context.Context, s *Status) error {
	projects, err := d.Store.AllProjects(ctx)
	if err != nil {
		return fmt.Errorf("list projects: %w", err)
	}
	s.Projects = len(projects)
	for _, p := range projects {
		lines, err := d.Store.Ledger(ctx, store.StatsFilter{
			ProjectID: p.ID, Width: 3600, Range: store.TimeRange{Start: time.Now().Add(-ledgerSpan).UnixMicro()},
		})
		if err != nil {
			return fmt.Errorf("read the ledger of project %d: %w", p.ID, err)
		}
		for _, l := range lines {
			s.Ledger[l.Outcome] += l.Quantity
		}
	}
	return nil
}

func (d *Desk) logStatus(ctx context.Context) (Log, error) {
	backlog, err := d.Log.Backlog(ctx)
	if err != nil {
		return Log{}, err
	}
	l := Log{Messages: backlog.Messages, Bytes: backlog.Bytes, MaxBytes: backlog.MaxBytes}
	if !backlog.Oldest.IsZero() {
		l.LagSeconds = time.Since(backlog.Oldest).Seconds()
	}
	for _, name := range d.Log.Partitions() {
		applied, err := d.Store.AppliedThrough(ctx, name)
		if err != nil {
			return l, fmt.Errorf("read what partition %s has applied: %w", name, err)
		}
		l.Partitions = append(l.Partitions, Partition{Name: name, Applied: applied})
	}
	letters, err := d.Log.DeadLetters(ctx, countedDeadLetters)
	l.DeadLetters = len(letters)
	return l, err
}

// Backup implements Work.
func (d *Desk) Backup(ctx context.Context, w io.Writer) error {
	err := d.Store.Backup(ctx, w, d.Dir)
	if errors.Is(err, sqlstore.ErrBackupPostgres) {
		return fault.New(fault.Unsupported, "the store is PostgreSQL: back it up with pg_dump, as docs/operations.md shows under “Backup”")
	}
	return err
}

// removeLeftovers deletes the temporary copies of a backup that was cut short by
// the end of its process. The folder's lock says that no other is being made.
func (d *Desk) removeLeftovers() {
	copies, _ := filepath.Glob(filepath.Join(d.Dir, ".mesher-backup-*")) // the pattern is well-formed
	for _, path := range copies {
		_ = os.Remove(path) // it only takes room; the next start tries again
	}
}

// Export implements Work.
func (d *Desk) Export(ctx context.Context, projectID int64, w io.Writer) (int64, error) {
	_, err := d.Store.GetProject(ctx, projectID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fault.New(fault.NotFound, "there is no project %d; the web app and GET /api/v1/projects show the ids", projectID)
	}
	if err != nil {
		return 0, fmt.Errorf("find the project: %w", err)
	}
	return d.Store.Export(ctx, projectID, w)
}

// DeadLetters implements Work.
func (d *Desk) DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) {
	if d.Log == nil {
		return nil, d.errNoLog()
	}
	if limit < 1 || limit > maxListed {
		return nil, fault.Field("limit", "list between 1 and %d dead letters at a time", maxListed)
	}
	letters, err := d.Log.DeadLetters(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]DeadLetter, len(letters))
	for i, l := range letters {
		out[i] = describe(l)
	}
	return out, nil
}

func describe(l eventlog.DeadLetter) DeadLetter {
	out := DeadLetter{ID: l.ID, BuriedAt: l.Buried.UTC(), Reason: l.Reason, Readable: l.Record.Kind != 0}
	if !out.Readable {
		return out
	}
	out.ProjectID, out.Kind, out.Bytes = l.Record.ProjectID, kindName(l.Record.Kind), len(l.Record.Body)
	if l.Record.EventID != [16]byte{} {
		out.EventID = hex.EncodeToString(l.Record.EventID[:])
	}
	return out
}

func kindName(k eventlog.Kind) string {
	switch k {
	case eventlog.KindEvent:
		return "event"
	case eventlog.KindLogs:
		return "logs"
	case eventlog.KindOTLPLogs:
		return "otlp_logs"
	case eventlog.KindLogLines:
		return "log_lines"
	case eventlog.KindLedger:
		return "ledger"
	case eventlog.KindFeedback:
		return "feedback"
	case eventlog.KindSecurity:
		return "security"
	case eventlog.KindAttachment:
		return "attachment"
	}
	return fmt.Sprintf("kind %d", k)
}

// ReplayDeadLetters implements Work.
func (d *Desk) ReplayDeadLetters(ctx context.Context) (int, error) {
	if d.Log == nil {
		return 0, d.errNoLog()
	}
	return d.Log.ReplayDeadLetters(ctx, pipeline.Withdraw)
}

func (d *Desk) errNoLog() error {
	return fault.New(fault.NotFound, "there is no log in %s; name the server's data folder with --data", d.Dir)
}

// ResetPassword implements Work.
func (d *Desk) ResetPassword(ctx context.Context, email, password string) error {
	return d.Auth.ResetPassword(ctx, email, password)
}

// SetupLink implements Work.
func (d *Desk) SetupLink(ctx context.Context) (string, error) {
	required, err := d.Auth.SetupRequired(ctx)
	if err != nil {
		return "", err
	}
	if !required {
		return "", fault.New(fault.Conflict, "somebody has an account already: ask them for an invitation, or get back in with mesher admin reset-password EMAIL")
	}
	secret, err := d.Auth.NewSetupLink(ctx)
	if err != nil {
		return "", err
	}
	return d.URL + "/setup?token=" + secret, nil
}
