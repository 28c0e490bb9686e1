package api

import (
	"testing"
)

// A count is what a person decides by before a change of a whole search, so it
// must be the number of issues that the change then reaches.
func TestCountIsWhatABulkActionReaches(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who, path := w.session("member"), projectPathOf(w.project)+"/issues"
		for range 4 {
			w.newIssue(w.project)
		}
		count := func(query string) IssueCount {
			return read[IssueCount](w, 200, call{method: "GET", path: path + "/count?" + query, who: who})
		}
		if got, want := count("query=is:unresolved"), (IssueCount{Count: 5}); got != want {
			t.Errorf("counted %+v before, want %+v", got, want)
		}
		changed := read[BulkResult](w, 200, call{"PATCH", path, who, nil, fields{"query": "is:unresolved", "status": "resolved"}})
		if len(changed.Updated) != 5 || changed.More {
			t.Errorf("the change reached %d issues, more %v", len(changed.Updated), changed.More)
		}
		if got := count("query=is:unresolved"); got != (IssueCount{}) {
			t.Errorf("counted %+v after", got)
		}
		if got := count("end=-300d"); got != (IssueCount{}) {
			t.Errorf("counted %+v before the first issue", got)
		}
		if rec := w.do(call{method: "GET", path: path + "/count?query=is:odd", who: who}); rec.Code != 422 && rec.Code != 400 {
			t.Errorf("a search that is not understood is answered with %d", rec.Code)
		}
	})
}
