package grouping

import (
	"bytes"
	"fmt"
	"testing"
)

func learn(l *Learner, lines ...string) (ids []uint32) {
	for _, s := range lines {
		id, _ := l.Learn(s)
		ids = append(ids, id)
	}
	return ids
}

func TestLearnerKeepsStatementsApartAndValuesTogether(t *testing.T) {
	t.Parallel()
	l := NewLearner()
	ids := learn(l, "worker 1 started job 0f3a9c", "worker 2 started job 77ab01", "session opened for guest", "session closed for guest", "worker 3 started job 000001")
	if ids[0] != ids[1] || ids[0] != ids[4] {
		t.Errorf("lines of one statement have ids %v", ids)
	}
	if ids[2] == ids[3] || ids[0] == ids[2] {
		t.Errorf("lines of three statements have ids %v", ids)
	}
	if l.Count(ids[0]) != 3 || l.Len() != 3 {
		t.Errorf("count %d, patterns %d", l.Count(ids[0]), l.Len())
	}
}

func TestLearnerWidensAWordThatVaries(t *testing.T) {
	t.Parallel()
	l := NewLearner()
	var ids []uint32
	for _, name := range []string{"ada", "grace", "linus", "ken", "dennis", "bjarne"} {
		ids = append(ids, learn(l, "mail for "+name+" was put into the queue")...)
	}
	want := "mail for <*> was put into the queue"
	for _, id := range ids {
		if got := l.Template(id); got != want {
			t.Errorf("template of pattern %d is %q, want %q", id, got, want)
		}
	}
	if l.Len() != 1 || l.Count(ids[0]) != 6 || l.Resolve(ids[0]) != l.Resolve(ids[5]) {
		t.Errorf("%d patterns, count %d", l.Len(), l.Count(ids[0]))
	}
	if id, template := l.Learn("mail for guido was put into the queue"); template != want || id != l.Resolve(ids[0]) {
		t.Errorf("a new value gives pattern %d %q", id, template)
	}
}

func TestLearnerStaysWithinItsLimit(t *testing.T) {
	t.Parallel()
	l := NewLearnerSize(100)
	word := func(i int) string {
		return string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26))
	}
	for i := range 5000 {
		l.Learn(fmt.Sprintf("%s %s began to %s", word(i), word(i*7), word(i*13)))
		l.Learn("the one statement that is always seen")
	}
	if l.Len() > 100 || len(l.shapes) > 1000 || len(l.siblings) > 10000 || len(l.alias) > 10000 {
		t.Errorf("%d patterns, %d shapes, %d siblings, %d aliases", l.Len(), len(l.shapes), len(l.siblings), len(l.alias))
	}
	if id, _ := l.Learn("the one statement that is always seen"); l.Count(id) != 5001 {
		t.Errorf("the pattern that is always seen was forgotten: count %d", l.Count(id))
	}
}

func TestLearnerSurvivesASnapshot(t *testing.T) {
	t.Parallel()
	lines := func(l *Learner, from, to int) (ids []uint32) {
		for i := from; i < to; i++ {
			ids = append(ids, learn(l, fmt.Sprintf("disk %s%d of host h%d is at %d%%", []string{"sda", "nvme", "hdc", "md"}[i%4], i, i, i), fmt.Sprintf("removing %s from the pool", []string{"red", "blue"}[i%2]))...)
		}
		return ids
	}
	a, b := NewLearner(), NewLearner()
	lines(a, 0, 20)
	if err := b.Restore(a.Snapshot()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(lines(a, 20, 40)) != fmt.Sprint(lines(b, 20, 40)) || !bytes.Equal(a.Snapshot(), b.Snapshot()) {
		t.Errorf("the restored learner goes another way:\n%s\n%s", a.Snapshot(), b.Snapshot())
	}
	for _, bad := range []string{"", "{}", `{"format":9}`, `{"format":1,"algorithm":"` + Version + `","next":2,"patterns":[{"id":7,"shape":["a"],"shown":["a"]}]}`} {
		if err := b.Restore([]byte(bad)); err == nil {
			t.Errorf("Restore(%q) succeeds", bad)
		}
	}
}

func FuzzLearner(f *testing.F) {
	f.Add("a b c\na b d\na b e\n1 2 3")
	f.Add("x y\nz y\n<*> y\n<n> <n>\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := NewLearnerSize(16)
		for line := range bytes.Lines([]byte(text)) {
			id, template := l.Learn(string(line))
			if id == 0 || l.Template(id) != template {
				t.Fatalf("pattern %d %q has the template %q", id, template, l.Template(id))
			}
		}
		if l.Len() > 16 {
			t.Fatalf("%d patterns", l.Len())
		}
		if err := NewLearnerSize(16).Restore(l.Snapshot()); err != nil {
			t.Fatal(err)
		}
	})
}
