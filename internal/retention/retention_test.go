package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/store"
)

// recorder stands in for the store to see what is asked of it; that the store
// does it is the behaviour suite's.
type recorder struct {
	retention.Store
	projects []org.Project
	deleted  []int64

	expireSteps int
	keep        map[int64]int64
	others      int64
	bytes       map[int64]int64
	thinned     map[int64]int
	purged      []int64
	deleteSteps int
	tidied      bool
}

func (r *recorder) AllProjects(context.Context) ([]org.Project, error) { return r.projects, nil }
func (r *recorder) DeletedProjects(context.Context) ([]int64, error)   { return r.deleted, nil }

func (r *recorder) Expire(_ context.Context, keep map[int64]int64, others int64) (bool, error) {
	r.keep, r.others = keep, others
	r.expireSteps--
	return r.expireSteps >= 0, nil
}

func (r *recorder) Usage(_ context.Context, id int64) (store.Usage, error) {
	return store.Usage{Bytes: r.bytes[id]}, nil
}

func (r *recorder) Thin(_ context.Context, id int64) (store.Usage, error) {
	r.thinned[id]++
	step := min(r.bytes[id], 100)
	r.bytes[id] -= step
	return store.Usage{Events: step / 100, Bytes: step}, nil
}

func (r *recorder) Tidy(context.Context, int64) error { r.tidied = true; return nil }

func (r *recorder) PurgeProject(_ context.Context, id, _ int64) error {
	r.purged = append(r.purged, id)
	return nil
}

func (r *recorder) DeleteStep(context.Context) (bool, error) {
	r.deleteSteps--
	return r.deleteSteps >= 0, nil
}

func sweeper(r *recorder, now time.Time) *retention.Sweeper {
	return retention.New(retention.Options{Store: r, DefaultDays: 90, Pause: time.Nanosecond, Now: func() time.Time { return now }})
}

func TestSweepKeepsWhatEachProjectSays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC)
	r := &recorder{
		projects: []org.Project{
			{ID: 1, Settings: org.Settings{RetentionDays: 7}},
			{ID: 2},
			{ID: 3, Settings: org.Settings{ByteBudget: 250}},
		},
		expireSteps: 3,
		bytes:       map[int64]int64{1: 900, 2: 900, 3: 900},
		thinned:     map[int64]int{},
	}
	if err := sweeper(r, now).Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := now.AddDate(0, 0, -7).UnixMicro(); len(r.keep) != 1 || r.keep[1] != want {
		t.Errorf("keep = %v, want project 1 from %d", r.keep, want)
	}
	if want := now.AddDate(0, 0, -90).UnixMicro(); r.others != want {
		t.Errorf("others are kept from %d, want %d", r.others, want)
	}
	if r.expireSteps != -1 {
		t.Errorf("expiry stopped early: %d steps were left", r.expireSteps+1)
	}
	if len(r.thinned) != 1 || r.thinned[3] != 7 || r.bytes[3] > 250 {
		t.Errorf("thinned %v, project 3 holds %d bytes of 250", r.thinned, r.bytes[3])
	}
	if !r.tidied {
		t.Error("the store was not tidied")
	}
}

func TestDeleteFinishesWhatPeopleDeleted(t *testing.T) {
	t.Parallel()
	r := &recorder{deleted: []int64{4, 9}, deleteSteps: 5}
	if err := sweeper(r, time.Now()).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.purged) != 2 || r.deleteSteps != -1 {
		t.Errorf("purged %v, %d steps left", r.purged, r.deleteSteps+1)
	}
}

// TestStopsBetweenSteps wants an end within a step of being asked, and no error for it.
func TestStopsBetweenSteps(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := &recorder{deleteSteps: 1 << 30}
	s := retention.New(retention.Options{Store: r, DefaultDays: 90, Pause: time.Hour})
	cancel()
	if err := s.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if done := 1<<30 - r.deleteSteps; done != 1 {
		t.Errorf("%d steps after the end was asked for", done)
	}
}
