package wordindex_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/wordindex"
)

// kept are the leaves of an index in memory.
type kept struct {
	runs   []wordindex.Run
	leaves map[int64][]wordindex.Leaf
	number int64
	read   int
}

func (k *kept) search(run int64, word string, id int64) (n int, exact bool) {
	return slices.BinarySearchFunc(k.leaves[run], 0, func(l wordindex.Leaf, _ int) int {
		return cmp.Or(strings.Compare(string(l.Word), word), cmp.Compare(l.First, id))
	})
}

func (k *kept) leaf(run int64, n int) (wordindex.Leaf, bool, error) {
	k.read++
	if n < 0 || n >= len(k.leaves[run]) {
		return wordindex.Leaf{}, false, nil
	}
	return k.leaves[run][n], true, nil
}

func (k *kept) At(run int64, word string, id int64) (wordindex.Leaf, bool, error) {
	n, exact := k.search(run, word, id)
	if exact {
		return k.leaf(run, n)
	}
	return k.leaf(run, n-1)
}

func (k *kept) After(run int64, word string, id int64) (wordindex.Leaf, bool, error) {
	n, exact := k.search(run, word, id)
	if exact {
		n++
	}
	return k.leaf(run, n)
}

func (k *kept) add(t testing.TB, write func(emit func(wordindex.Leaf) error) (wordindex.Run, error)) {
	t.Helper()
	k.number++
	run, err := write(func(l wordindex.Leaf) error {
		l.Word, l.Data = bytes.Clone(l.Word), bytes.Clone(l.Data)
		k.leaves[k.number] = append(k.leaves[k.number], l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	run.Number = k.number
	k.runs = append(k.runs, run)
}

func (k *kept) write(t testing.TB, rows []row) {
	shared := []string{"unused", "all", "every2", "every3", "all"}
	b := wordindex.NewBuilder(shared)
	for i, r := range rows {
		var places []uint32
		words := slices.DeleteFunc(slices.Clone(r.words), func(w string) bool {
			place := slices.Index(shared, w)
			if place < 0 || i%5 == 0 { // a shared word may come as another too
				return false
			}
			if w == "all" && i%2 == 0 {
				place = 4
			}
			places = append(places, uint32(place))
			return true
		})
		b.Add(r.id, words, places)
	}
	k.add(t, b.Write)
}

// merge replaces the first n runs by one.
func (k *kept) merge(t testing.TB, n int, keep func([]int64) []int64) {
	var sources []wordindex.Source
	for _, run := range k.runs[:n] {
		left := k.leaves[run.Number]
		sources = append(sources, wordindex.Source{Run: run, Next: func() (l wordindex.Leaf, ok bool, err error) {
			if len(left) == 0 {
				return l, false, nil
			}
			l, left = left[0], left[1:]
			return l, true, nil
		}})
	}
	k.runs = k.runs[n:]
	k.add(t, func(emit func(wordindex.Leaf) error) (wordindex.Run, error) {
		return wordindex.Merge(sources, keep, emit)
	})
}

type row struct {
	id    int64
	words []string
}

func (r *row) has(w wordindex.Word) bool {
	return slices.ContainsFunc(r.words, func(has string) bool { return has == w.Text || w.Prefix && strings.HasPrefix(has, w.Text) })
}

func (r *row) matches(q *wordindex.Query) bool {
	for _, group := range q.All {
		if !slices.ContainsFunc(group, r.has) {
			return false
		}
	}
	return r.id >= q.From && r.id < q.Until && !slices.ContainsFunc(q.None, r.has)
}

// someRows have words that are common, rare and of one row only. Their ids are
// like those of rows that came alone, and of rows that came together.
func someRows(random *rand.Rand, after int64, n int) (rows []row) {
	for range n {
		if random.IntN(4) == 0 {
			after++
		} else {
			after = (after>>12 + 1 + random.Int64N(2000)) << 12
		}
		r := row{id: after, words: []string{"all", fmt.Sprint("own", after)}}
		for _, every := range []int{2, 3, 10, 100, 1000} {
			if random.IntN(every) == 0 {
				r.words = append(r.words, fmt.Sprint("every", every), fmt.Sprint("every", every))
			}
		}
		for range 5 {
			r.words = append(r.words, fmt.Sprint("w", random.IntN(500)))
		}
		rows = append(rows, r)
	}
	return rows
}

func someQuery(random *rand.Rand, rows []row) wordindex.Query {
	words := []string{"all", "every2", "every3", "every10", "every100", "every1000", "never", "zzz", "a"}
	some := func() wordindex.Word {
		switch random.IntN(6) {
		case 0:
			return wordindex.Word{Text: []string{"every", "w1", "own", "w499", "x", "every100"}[random.IntN(6)], Prefix: true}
		case 1:
			return wordindex.Word{Text: fmt.Sprint("w", random.IntN(500))}
		case 2:
			return wordindex.Word{Text: rows[random.IntN(len(rows))].words[1]}
		default:
			return wordindex.Word{Text: words[random.IntN(len(words))]}
		}
	}
	q := wordindex.Query{From: 0, Until: 1<<63 - 1, Ascending: random.IntN(2) == 0}
	for range 1 + random.IntN(3) {
		var group []wordindex.Word
		for range 1 + random.IntN(2) {
			group = append(group, some())
		}
		q.All = append(q.All, group)
	}
	if random.IntN(3) == 0 {
		q.None = append(q.None, some())
	}
	if random.IntN(2) == 0 {
		q.From, q.Until = rows[random.IntN(len(rows))].id, rows[random.IntN(len(rows))].id+random.Int64N(2)
	}
	return q
}

func find(t testing.TB, k *kept, q wordindex.Query, most int) (ids []int64) {
	t.Helper()
	err := wordindex.Find(k, k.runs, q, func(id int64) bool {
		ids = append(ids, id)
		return len(ids) < most
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// check compares what is found with looking at every row.
func check(t *testing.T, random *rand.Rand, k *kept, rows []row) {
	t.Helper()
	for range 100 {
		q := someQuery(random, rows)
		var want []int64
		for i := range rows {
			if rows[i].matches(&q) {
				want = append(want, rows[i].id)
			}
		}
		if !q.Ascending {
			slices.Reverse(want)
		}
		most := 1 + random.IntN(2*len(rows))
		if got := find(t, k, q, most); !slices.Equal(got, want[:min(len(want), most)]) {
			t.Fatalf("%+v in %d runs: found %d, want %d", q, len(k.runs), len(got), min(len(want), most))
		}
	}
}

func TestFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		k := &kept{leaves: map[int64][]wordindex.Leaf{}}
		var rows []row
		for range 8 {
			after := int64(1 << 40)
			if len(rows) > 0 {
				after = rows[len(rows)-1].id
			}
			batch := someRows(random, after, 1+random.IntN(3000))
			k.write(t, batch)
			rows = append(rows, batch...)
		}
		check(t, random, k, rows)
		k.merge(t, 3, nil)
		check(t, random, k, rows)
		k.merge(t, 3, nil)
		check(t, random, k, rows)
		k.merge(t, len(k.runs), nil)
		check(t, random, k, rows)
		if len(k.runs) != 1 || k.runs[0].Rows != int64(len(rows)) || k.runs[0].First != rows[0].id || k.runs[0].Last != rows[len(rows)-1].id {
			t.Errorf("%d rows are in %+v", len(rows), k.runs)
		}
	}
}

// TestRowsInSeveralRuns writes rows again, as a batch is that comes a second time.
func TestRowsInSeveralRuns(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	k := &kept{leaves: map[int64][]wordindex.Leaf{}}
	rows := someRows(random, 1<<40, 4000)
	for _, part := range [][2]int{{0, 1000}, {1000, 2000}, {1500, 2500}, {500, 700}, {2500, 4000}} {
		k.write(t, rows[part[0]:part[1]])
	}
	check(t, random, k, rows)
	k.merge(t, 2, nil)
	check(t, random, k, rows)
	k.merge(t, len(k.runs), nil)
	check(t, random, k, rows)
}

func TestMergeLeavesOut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 3))
	k := &kept{leaves: map[int64][]wordindex.Leaf{}}
	rows := someRows(random, 1<<40, 2000)
	k.write(t, rows[:1000])
	k.write(t, rows[1000:])
	gone := func(id int64) bool { return id%3 == 0 }
	k.merge(t, 2, func(ids []int64) []int64 { return slices.DeleteFunc(ids, gone) })
	rows = slices.DeleteFunc(rows, func(r row) bool { return gone(r.id) })
	check(t, random, k, rows)
}

// TestReadsFewLeaves counts what is read for a rare word next to a common one.
func TestReadsFewLeaves(t *testing.T) {
	t.Parallel()
	k := &kept{leaves: map[int64][]wordindex.Leaf{}}
	rows := someRows(rand.New(rand.NewPCG(1, 4)), 1<<40, 50_000)
	k.write(t, rows)
	for _, q := range []struct {
		what string
		all  [][]wordindex.Word
		most int
		want int // leaves at most
	}{
		{"the newest rows", [][]wordindex.Word{{{Text: "all"}}}, 50, 1},
		{"one row", [][]wordindex.Word{{{Text: "all"}}, {{Text: rows[777].words[1]}}}, 50, 4},
		{"no row", [][]wordindex.Word{{{Text: "all"}}, {{Text: "never"}}}, 50, 2},
		{"fifty rows", [][]wordindex.Word{{{Text: "all"}}, {{Text: "every1000"}}}, 1000, 80},
		{"all rows", [][]wordindex.Word{{{Text: "all"}}}, 50_000, 60},
		{"no word that begins so, as nothing else matches", [][]wordindex.Word{{{Text: "own", Prefix: true}}, {{Text: "never"}}}, 50, 1},
	} {
		k.read = 0
		find(t, k, wordindex.Query{All: q.all, Until: 1<<63 - 1}, q.most)
		if k.read > q.want {
			t.Errorf("%s: %d leaves were read, want at most %d", q.what, k.read, q.want)
		}
	}
}

// FuzzLeaf finds and merges in leaves that nobody wrote.
func FuzzLeaf(f *testing.F) {
	k := &kept{leaves: map[int64][]wordindex.Leaf{}}
	k.write(f, someRows(rand.New(rand.NewPCG(1, 5)), 1<<40, 20))
	f.Add(k.leaves[1][0].Data, "every2")
	f.Add([]byte{0, 1, 'a', 1, 0}, "a")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		leaf := wordindex.Leaf{Word: []byte("a"), First: 1, Data: data}
		k := &kept{leaves: map[int64][]wordindex.Leaf{1: {leaf}}, runs: []wordindex.Run{{Number: 1, First: 1, Last: 1 << 50}}}
		for _, ascending := range []bool{false, true} {
			for _, prefix := range []bool{false, true} {
				q := wordindex.Query{All: [][]wordindex.Word{{{Text: word, Prefix: prefix}}}, Until: 1<<63 - 1, Ascending: ascending}
				found := 0
				_ = wordindex.Find(k, k.runs, q, func(int64) bool { found++; return true })
				if found > len(data) {
					t.Fatalf("%d rows in %d bytes", found, len(data))
				}
			}
		}
		read := false
		source := wordindex.Source{Run: k.runs[0], Next: func() (wordindex.Leaf, bool, error) {
			defer func() { read = true }()
			return leaf, !read, nil
		}}
		_, _ = wordindex.Merge([]wordindex.Source{source}, nil, func(wordindex.Leaf) error { return nil })
	})
}
