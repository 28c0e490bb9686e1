package issue_test

import (
	"testing"

	"github.com/mesher/mesher/internal/issue"
)

func TestEscalates(t *testing.T) {
	t.Parallel()
	const hour = 3600 * 1_000_000
	unresolved := issue.Issue{Triage: issue.Triage{Status: issue.Unresolved, Substatus: issue.Ongoing}}
	archived := issue.Issue{EventCount: 1000}
	archived.Triage, _ = archived.Archive(issue.Archive{Now: 1, Escalating: true})
	forever := issue.Issue{Triage: issue.Triage{Status: issue.Archived, Substatus: issue.ArchivedForever}}
	tests := map[string]struct {
		of   issue.Issue
		rate issue.Rate
		want bool
	}{
		"ten times the mean of a week":     {archived, issue.Rate{Now: 500 * hour, ThisHour: 50, Events: 1050, Week: 840}, false},
		"more than that":                   {archived, issue.Rate{Now: 500 * hour, ThisHour: 51, Events: 1051, Week: 840}, true},
		"the mean of a short life":         {archived, issue.Rate{Now: 4 * hour, ThisHour: 51, Events: 1051, Week: 840}, false},
		"above it":                         {archived, issue.Rate{Now: 4 * hour, ThisHour: 2101, Events: 3101, Week: 840}, true},
		"a handful after a quiet week":     {archived, issue.Rate{Now: 500 * hour, ThisHour: 10, Events: 1010}, false},
		"more than a handful":              {archived, issue.Rate{Now: 500 * hour, ThisHour: 11, Events: 1011}, true},
		"what came before the archive":     {archived, issue.Rate{Now: 500 * hour, ThisHour: 900, Events: 1005}, false},
		"the first hour goes on":           {archived, issue.Rate{Now: hour / 2, ThisHour: 1200, Events: 1200}, false},
		"a busy hour as there was one":     {archived, issue.Rate{Now: 500 * hour, ThisHour: 400, Events: 1400, Week: 400, Peak: 400}, false},
		"an issue that people see":         {unresolved, issue.Rate{Now: 500 * hour, ThisHour: 100, Week: 168}, false},
		"above a hundred and ten times it": {unresolved, issue.Rate{Now: 500 * hour, ThisHour: 101, Week: 168}, true},
		"archived for good":                {forever, issue.Rate{Now: 500 * hour, ThisHour: 1 << 40, Events: 1 << 40}, false},
	}
	for name, test := range tests {
		if got := test.of.Escalates(test.rate); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
