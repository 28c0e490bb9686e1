package measure

import (
	"fmt"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/retention"
	"github.com/mesher/mesher/internal/store/sqlstore"
)

// oneDay is how many events the day holds that retention removes.
const oneDay = 300_000

// retention removes a full day in both ways, as housekeeping does, while events come in.
func (s setting) retention(t *testing.T) {
	opened := s.open(t)
	in := startIntake(t, s, opened)
	defer in.halt()
	for back, projects := range [][]int64{{1}, {1, 2}} {
		day := end.Add(-history).AddDate(0, 0, -5+back).Truncate(24 * time.Hour)
		fillDay(t, opened, day, projects)
		in.report("while a day was loaded")
		time.Sleep(15 * time.Second)
		in.report("before retention")
		expire(t, opened, day, len(projects) == 1)
		in.report("during retention")
		time.Sleep(5 * time.Second)
		drain(t, opened)
	}
}

// fillDay loads a day of its own before the history.
func fillDay(t *testing.T, to *sqlstore.Store, day time.Time, projects []int64) {
	t.Helper()
	from := stream{partition: "day-" + day.Format(time.DateOnly), seed: uint64(day.Unix()), projects: projects, from: day, step: 24 * time.Hour / (oneDay/perMessage + 1)}
	through, err := to.AppliedThrough(t.Context(), from.partition)
	if err != nil {
		t.Fatal(err)
	}
	// An earlier run's events are gone: the same day is filled again with later messages.
	from.from = from.from.Add(-time.Duration(through) * from.step)
	fill(t, to, from, int(through)*perMessage+oneDay)
}

// expire removes a day: for every project in it, or for project 2 only, whose events then go one part at a time.
func expire(t *testing.T, s *sqlstore.Store, day time.Time, whole bool) {
	t.Helper()
	keep := map[int64]int64{}
	until := day.AddDate(0, 0, 1).UnixMicro()
	what := "for every project in it"
	if !whole {
		keep[1], what = 0, "for one of two projects in it"
	}
	before, err := s.DiskBytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	var steps durations
	for more := true; more; {
		started := time.Now()
		if more, err = s.Expire(t.Context(), keep, until); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, time.Since(started))
		time.Sleep(retention.DefaultPause)
	}
	took := time.Since(begin)
	drain(t, s)
	after, err := s.DiskBytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("retention of a day of %d events %s: %v in %d steps, worst step %s ms; disk %d MiB before, %d MiB after\n",
		oneDay, what, took.Round(time.Millisecond), len(steps), ms(steps.worst()), before>>20, after>>20)
}
