package sqlstore

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/rollup"
)

// day is a UTC day, counted from the Unix epoch.
type day int64

// dayOf returns the day whose segment holds a row: that of its id, so that an id alone finds its row.
func dayOf(id int64) day { return day(rollup.Bucket(eventlog.RowIDTime(id), rollup.Day)) }

// firstID is the smallest id of a day.
func (d day) firstID() int64 {
	return eventlog.RowIDFloor(rollup.Start(int64(d), rollup.Day))
}

func (d day) String() string {
	return time.Unix(int64(d)*rollup.Day, 0).UTC().Format(time.DateOnly)
}

func parseDay(s string) (day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return day(t.Unix() / rollup.Day), err == nil
}

// openSegments bounds the day files that are open at a time: a month of them
// is searched without reopening, at some 2 MB of cache each.
const openSegments = 40

// segments are SQLite's day files. A file is opened when it is first asked
// for; the one that went unused for longest is closed when too many are open.
type segments struct {
	store *Store

	mu     sync.Mutex
	open   map[day]*segment
	recent *list.List // of *segment, most recently used first
}

// segment is one open day file.
type segment struct {
	day    day
	path   string
	writer *sql.DB
	reader *sql.DB
	place  *list.Element
	// opened is closed once the file is open, or failed to be. Who asks for a day
	// that is upgraded waits for that day alone.
	opened chan struct{}
	failed error
	// users is how many calls hold the segment; it is closed when it is 0 and retired.
	users   int
	retired bool
}

func newSegments(s *Store) (*segments, error) {
	if _, err := s.files.names(segmentFolder); err != nil {
		return nil, err
	}
	return &segments{store: s, open: map[day]*segment{}, recent: list.New()}, nil
}

// segmentFolder is where the day files are within the volume.
const segmentFolder = "events"

func (s *segments) path(d day) string {
	return s.store.files.path(segmentFolder + "/" + d.String() + ".db")
}

// days lists the days that have a file, newest first.
func (s *segments) days() ([]day, error) {
	names, err := s.store.files.names(segmentFolder)
	if err != nil {
		return nil, err
	}
	var days []day
	for _, file := range names {
		name, isDB := strings.CutSuffix(file, ".db")
		if d, ok := parseDay(name); isDB && ok {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	slices.Reverse(days)
	return days, nil
}

// use runs fn with the segment of a day open; it creates the file.
func (s *segments) use(ctx context.Context, d day, fn func(*segment) error) error {
	g, err := s.acquire(ctx, d)
	if err != nil {
		return fmt.Errorf("open events of %v: %w", d, err)
	}
	return errors.Join(fn(g), s.release(g))
}

// acquire opens the segment of a day for the first who asks. Others wait for that day alone.
func (s *segments) acquire(ctx context.Context, d day) (*segment, error) {
	g, first := s.hold(d)
	if first {
		// Whoever asks first may give up: an upgrade that takes longer must not begin anew for each.
		g.failed = g.open(context.WithoutCancel(ctx), s.store)
		close(g.opened)
	}
	select {
	case <-g.opened:
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.release(g))
	}
	if g.failed != nil {
		return nil, errors.Join(g.failed, s.abandon(g))
	}
	return g, nil
}

// hold makes a segment used; first is set for the one who has to open it.
func (s *segments) hold(d day) (g *segment, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g = s.open[d]; g == nil {
		g, first = &segment{day: d, path: s.path(d), opened: make(chan struct{})}, true
		g.place = s.recent.PushFront(g)
		s.open[d] = g
	}
	g.users++
	s.recent.MoveToFront(g.place)
	return g, first
}

// abandon forgets a segment that could not be opened, so that the next call tries again.
func (s *segments) abandon(g *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.users--
	return s.retire(g)
}

func (s *segments) release(g *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.users--
	err := s.finish(g)
	for e := s.recent.Back(); e != nil && len(s.open) > openSegments; {
		idle := e.Value.(*segment)
		e = e.Prev()
		if idle.users == 0 {
			err = errors.Join(err, s.retire(idle))
		}
	}
	return err
}

// retire takes a segment out of the open ones; it is closed by its last user.
func (s *segments) retire(g *segment) error {
	if !g.retired {
		g.retired = true
		s.recent.Remove(g.place)
		delete(s.open, g.day)
	}
	return s.finish(g)
}

func (s *segments) finish(g *segment) error {
	if !g.retired || g.users > 0 {
		return nil
	}
	return g.close()
}

// drop deletes the file of a day. Calls that hold it finish on the deleted file.
func (s *segments) drop(d day) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if g := s.open[d]; g != nil {
		errs = append(errs, s.retire(g))
	}
	return errors.Join(append(errs, s.store.files.remove(s.path(d)))...)
}

func (s *segments) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, g := range s.open {
		errs = append(errs, s.retire(g))
	}
	return errors.Join(errs...)
}

// size returns the bytes a day occupies on disk, its write-ahead log included.
func (s *segments) size(d day) int64 { return s.store.files.size(s.path(d)) }

// fileBytes is the size of an SQLite file with its write-ahead log; 0 when there is none.
func fileBytes(path string) (total int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			total += info.Size()
		}
	}
	return total
}

// segmentWrite sets up the writer of a day: a batch writes at the ends of its
// tables, and of what lies scattered, new event ids, there are 2 MB.
var segmentWrite = append(slices.Clone(sqliteWrite), "cache_size=-4096")

var segmentRead = []string{
	"busy_timeout=10000", "cache_size=-2048", "temp_store=MEMORY", "query_only=ON",
}

// open opens the file and brings its schema up to date.
func (g *segment) open(ctx context.Context, s *Store) (err error) {
	if g.writer, err = s.files.open(ctx, g.path, segmentWrite, 1); err != nil {
		return err
	}
	if err = g.migrate(ctx, s); err == nil {
		g.reader, err = s.files.open(ctx, g.path, segmentRead, sqliteReaders)
	}
	return err
}

func (g *segment) close() error {
	var errs []error
	for _, db := range []*sql.DB{g.reader, g.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
