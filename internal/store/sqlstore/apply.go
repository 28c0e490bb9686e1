package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/rollup"
	"github.com/mesher/mesher/internal/store"
)

// Ledger categories of what Apply stores, and the reason of a client's duplicate.
const (
	categoryError    = "error"
	categoryLog      = "log"
	categoryFeedback = "feedback"
	reasonDuplicate  = "duplicate"
)

// Apply implements store.Applier.
func (s *Store) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if err := checkText(b); err != nil {
		return nil, err
	}
	if err := s.events.prepare(ctx, batchDays(b)); err != nil {
		return nil, s.finish(err)
	}
	result, err := s.applyOnce(ctx, b)
	if s.d.classify(err) == failureData && len(b.Events)+len(b.Logs) > 0 {
		return nil, s.findRefused(ctx, b, err)
	}
	return result, err
}

func (s *Store) applyOnce(ctx context.Context, b *store.Batch) (*store.Result, error) {
	var a *application
	err := s.write(ctx, func(c conn) error {
		a = newApplication(s, c, b)
		return a.run(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("apply batch of partition %s through %d: %w", b.Partition, b.Through, err)
	}
	for u := range a.metUsers {
		s.users.add(u)
	}
	return a.result, nil
}

// AppliedThrough implements store.Applier.
func (s *Store) AppliedThrough(ctx context.Context, partition string) (uint64, error) {
	var through int64
	err := s.read(ctx, func(c conn) error {
		return c.row(ctx, "SELECT through FROM partitions_applied WHERE name = $1", []any{partition}, &through)
	})
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return uint64(through), err
}

// errTrial ends a transaction that only tests whether its rows are accepted.
var errTrial = errors.New("trial")

// findRefused applies ever smaller parts of a batch, without committing, until one event is left.
func (s *Store) findRefused(ctx context.Context, b *store.Batch, cause error) error {
	part := *b
	part.Logs, part.Reports, part.Attachments, part.Ledger = nil, nil, nil, nil
	lo, hi := 0, len(b.Events)
	for hi-lo > 1 {
		middle := (lo + hi) / 2
		part.Events = b.Events[lo:middle]
		if s.refuses(ctx, &part) {
			hi = middle
		} else {
			lo = middle
		}
	}
	part.Events = b.Events[lo:hi]
	if len(b.Events) == 0 || !s.refuses(ctx, &part) {
		return &store.DataError{Index: -1, Err: cause}
	}
	return &store.DataError{Index: lo, Err: cause}
}

func (s *Store) refuses(ctx context.Context, b *store.Batch) bool {
	err := s.write(ctx, func(c conn) error {
		a := newApplication(s, c, b)
		if err := a.run(ctx); err != nil {
			return err
		}
		return errTrial
	})
	return s.d.classify(err) == failureData
}

// checkText finds text that PostgreSQL refuses and SQLite would hand back
// broken: what one database takes, the other must too.
func checkText(b *store.Batch) error {
	for i := range b.Events {
		e := &b.Events[i]
		for _, text := range []string{e.Title, e.Type, e.Value, e.Culprit, e.Platform, e.Logger, e.Transaction, e.Release, e.Environment, e.UserKey, e.SearchText, e.Basis, e.GroupingVersion} {
			if badText(text) {
				return &store.DataError{Index: i, Err: errors.New("text is not valid UTF-8 or holds a zero byte")}
			}
		}
		for _, t := range e.Tags {
			if badText(t.Key) || badText(t.Value) {
				return &store.DataError{Index: i, Err: errors.New("a tag is not valid UTF-8 or holds a zero byte")}
			}
		}
	}
	return nil
}

func badText(s string) bool {
	for i := range len(s) { // most texts are short and ASCII: seventy of an event are looked at
		if s[i] == 0 {
			return true
		}
		if s[i] >= utf8.RuneSelf {
			return strings.IndexByte(s[i:], 0) >= 0 || !utf8.ValidString(s[i:])
		}
	}
	return false
}

func batchDays(b *store.Batch) []day {
	var days []day
	add := func(id int64) {
		if d := dayOf(id); !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	for i := range b.Events {
		add(b.Events[i].ID)
	}
	for i := range b.Logs {
		add(b.Logs[i].ID)
	}
	return days
}

// application is one run of Apply in one transaction.
type application struct {
	s *Store
	c conn
	b *store.Batch

	// applied is the partition's sequence before the batch.
	applied uint64
	result  *store.Result
	// fresh are the indices of events to store, in order; duplicates and discarded ones drop out of it.
	fresh     []int
	leftovers []leftover

	issues  map[int64]*issueState
	created []*issueState
	// places holds the issue of each event of the batch, nil for those not stored.
	places    []*issueState
	newHashes []newHash
	discarded map[int64]discardCount
	// metUsers are those that issues may not have met before, newUsers those they had not.
	metUsers map[issueUser]bool
	newUsers map[issueUser]bool
	tags     batchTags
	counters *rollup.Counters
	activity []store.Activity
}

// issueState is an issue while a batch moves it.
type issueState struct {
	issue.Issue
	// created is set when the batch makes the issue, escalates when its rate has multiplied.
	created   bool
	escalates bool
}

func newApplication(s *Store, c conn, b *store.Batch) *application {
	return &application{
		s: s, c: c, b: b, result: &store.Result{Events: make([]store.Applied, len(b.Events))},
		issues: map[int64]*issueState{}, places: make([]*issueState, len(b.Events)),
		discarded: map[int64]discardCount{}, metUsers: map[issueUser]bool{}, newUsers: map[issueUser]bool{}, counters: rollup.NewCounters(),
	}
}

// run does the steps in an order that reads before it writes and takes locks in
// key order: partition, projects, issues, then every other table.
func (a *application) run(ctx context.Context) error {
	steps := []func(context.Context) error{
		a.lockPartition, a.recallReplayed, a.lockProjects, a.dropDuplicates, a.place, a.createIssues, a.numberTags,
		a.countUsers, a.noteReleases, a.countIssueHours, a.arrive, a.writeIssues, a.writeSimilar, a.writeArchive, a.writeAttachments, a.countPatterns, a.writeCounters, a.finishPartition,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) lockPartition(ctx context.Context) error {
	if a.c.d.beforeApply != "" {
		if _, err := a.c.exec(ctx, a.c.d.beforeApply); err != nil {
			return err
		}
	}
	var through int64
	err := a.c.row(ctx, "SELECT through FROM partitions_applied WHERE name = $1"+a.c.d.forUpdate, []any{a.b.Partition}, &through)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	a.applied = uint64(through)
	for i := range a.b.Events {
		if a.b.Events[i].Seq > a.applied {
			a.fresh = append(a.fresh, i)
		} else {
			a.result.Events[i].Replayed = true
		}
	}
	return nil
}

// lockProjects keeps merges, splits and deletions of the projects' issues away until the commit.
func (a *application) lockProjects(ctx context.Context) error {
	var ids []int64
	for _, i := range a.fresh {
		ids = append(ids, a.b.Events[i].ProjectID)
	}
	return lockProjects(ctx, a.c, ids)
}

func lockProjects(ctx context.Context, c conn, ids []int64) error {
	slices.Sort(ids)
	var rows [][]any
	for _, id := range slices.Compact(ids) {
		rows = append(rows, []any{id})
	}
	return c.insert(ctx, insert{into: "INSERT INTO project_counters (project_id) VALUES", rows: rows,
		then: "ON CONFLICT (project_id) DO UPDATE SET issues = project_counters.issues"})
}

func (a *application) finishPartition(ctx context.Context) error {
	if a.b.Through <= a.applied {
		return nil
	}
	_, err := a.c.exec(ctx, "INSERT INTO partitions_applied (name, through) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET through = excluded.through",
		a.b.Partition, int64(a.b.Through))
	return err
}
