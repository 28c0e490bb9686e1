package grouping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/grouping"
)

// unescape undoes the corpus's \t, \n and \\.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n").Replace(s)
}

// caseRow is one labelled message and its template.
type caseRow struct {
	kind, family, group, input, expected, template string
}

func messageCases(t *testing.T) (rows []caseRow) {
	for _, r := range table(t, filepath.Join(corpus(t), "grouping", "cases.tsv")) {
		c := caseRow{r["kind"], r["family"], r["group"], unescape(r["input"]), unescape(r["expected"]), ""}
		c.template = grouping.Parameterize(c.input)
		rows = append(rows, c)
	}
	return rows
}

func TestMessageCasesMerge(t *testing.T) {
	t.Parallel()
	groups := map[string]map[string]int{}
	for _, c := range messageCases(t) {
		if c.kind == "exact_soft" {
			continue
		}
		if groups[c.group] == nil {
			groups[c.group] = map[string]int{}
		}
		groups[c.group][c.template]++
	}
	apart := 0
	for name, templates := range groups {
		if len(templates) > 1 {
			apart++
			t.Logf("%s: %v", name, templates)
		}
	}
	if apart > 1 {
		t.Errorf("%d groups have more than one template, want at most 1", apart)
	}
}

func TestMessageCasesSplitAndKeep(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	for _, c := range messageCases(t) {
		if c.kind == "exact" && c.expected == c.input && c.template != strings.Join(strings.Fields(c.input), " ") {
			t.Errorf("%q became %q", c.input, c.template)
		}
		if c.kind != "group" {
			continue
		}
		key := c.family + "\x00" + c.template
		if other, ok := owner[key]; ok && other != c.group {
			t.Errorf("%s and %s share the template %q", c.group, other, c.template)
		}
		owner[key] = c.group
	}
}

func TestFrameCases(t *testing.T) {
	t.Parallel()
	first := map[string]grouping.Key{}
	owner := map[string]string{}
	for _, r := range table(t, filepath.Join(corpus(t), "grouping", "frame_cases.tsv")) {
		var f struct {
			Function, Module, Filename string
			ContextLine                string `json:"context_line"`
		}
		if err := json.Unmarshal([]byte(r["frame_json"]), &f); err != nil {
			t.Fatal(err)
		}
		k := grouping.FrameKey(r["platform"], &event.Frame{Function: f.Function, Module: f.Module, Filename: f.Filename, ContextLine: f.ContextLine})
		if want, ok := first[r["group"]]; ok && want != k {
			t.Errorf("%s: %+v, want %+v as the first of %s", r["id"], k, want, r["group"])
		} else if !ok {
			first[r["group"]] = k
		}
		id := r["family"] + "\x00" + k.String()
		if other, ok := owner[id]; ok && other != r["group"] {
			t.Errorf("%s and %s share %+v", r["group"], other, k)
		}
		owner[id] = r["group"]
	}
}

// logSystem is one labelled log sample.
type logSystem struct {
	name          string
	lines, labels []string
}

func logSystems(t testing.TB) (systems []logSystem) {
	dir := filepath.Join(corpus(t), "grouping", "loghub")
	names, err := os.ReadFile(filepath.Join(dir, "dev.txt"))
	if err != nil {
		t.Skip("no log samples")
	}
	for _, name := range strings.Fields(string(names)) {
		raw, err := os.ReadFile(filepath.Join(dir, name+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		s := logSystem{name: name}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimRight(line, "\r\n")
			i := strings.LastIndexByte(line, '\t')
			s.lines, s.labels = append(s.lines, line[:i]), append(s.labels, line[i+1:])
		}
		systems = append(systems, s)
	}
	return systems
}

// accuracy returns grouping accuracy, pairwise F1 and precision of a grouping.
func accuracy(labels, groups []string) (ga, f1, precision float64) {
	byLabel, byGroup, both := map[string]int{}, map[string]int{}, map[[2]string]int{}
	for i := range labels {
		byLabel[labels[i]]++
		byGroup[groups[i]]++
		both[[2]string{labels[i], groups[i]}]++
	}
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	var tp, pp, rp float64
	for k, n := range both {
		tp += pairs(n)
		if n == byLabel[k[0]] && n == byGroup[k[1]] {
			ga += float64(n)
		}
	}
	for _, n := range byGroup {
		pp += pairs(n)
	}
	for _, n := range byLabel {
		rp += pairs(n)
	}
	precision, recall := tp/pp, tp/rp
	return ga / float64(len(labels)), 2 * precision * recall / (precision + recall), precision
}

func TestLogSamplesStateless(t *testing.T) {
	t.Parallel()
	checkLogs(t, [3]float64{0.75, 0.98, 0.998}, func(s logSystem) []string {
		out := make([]string, len(s.lines))
		for i, line := range s.lines {
			out[i] = grouping.Parameterize(line)
		}
		return out
	})
}

func TestLogSamplesLearned(t *testing.T) {
	t.Parallel()
	checkLogs(t, [3]float64{0.90, 0.98, 0.995}, func(s logSystem) []string {
		l := grouping.NewLearner()
		ids := make([]uint32, len(s.lines))
		for i, line := range s.lines {
			ids[i], _ = l.Learn(line)
		}
		out := make([]string, len(ids))
		for i, id := range ids {
			out[i] = l.Template(id)
		}
		return out
	})
}

// checkLogs compares the means over all systems of accuracy, F1 and precision with want.
func checkLogs(t *testing.T, want [3]float64, group func(logSystem) []string) {
	t.Helper()
	var sum [3]float64
	systems := logSystems(t)
	for _, s := range systems {
		ga, f1, p := accuracy(s.labels, group(s))
		t.Logf("%-12s GA %.3f F1 %.3f P %.4f", s.name, ga, f1, p)
		for i, v := range [3]float64{ga, f1, p} {
			sum[i] += v / float64(len(systems))
		}
	}
	t.Logf("mean GA %.3f F1 %.3f P %.4f", sum[0], sum[1], sum[2])
	for i, name := range [3]string{"GA", "F1", "precision"} {
		if sum[i] < want[i] {
			t.Errorf("mean %s is %.4f, want at least %.4f", name, sum[i], want[i])
		}
	}
}

func TestSampleEventsOfOneGroupMerge(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus(t), "grouping", "inputs")
	g := grouping.New(grouping.Rules{})
	first := map[string]grouping.Hash{}
	for _, r := range table(t, filepath.Join(dir, "expected.tsv")) {
		raw, err := os.ReadFile(filepath.Join(dir, r["file"]))
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Parse(raw, event.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		res := g.Group(e)
		if r["hash_basis"] != string(res.Basis) {
			t.Logf("%s: Sentry %s, Mesher %s", r["file"], r["hash_basis"], res.Basis)
		}
		group := r["same_group"]
		if group == "" {
			continue
		}
		if want, ok := first[group]; ok && want != res.Hashes[0] {
			t.Errorf("%s is not in the issue of %s", r["file"], group)
		}
		first[group] = res.Hashes[0]
	}
}
