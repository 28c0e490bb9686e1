package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/issue"
	"github.com/mesher/mesher/internal/search"
	"github.com/mesher/mesher/internal/store"
	"github.com/mesher/mesher/internal/store/sqlstore"
	"github.com/mesher/mesher/internal/store/sqlstore/sqltest"
	"github.com/mesher/mesher/internal/store/storetest"
)

// searched is a history of days with some 2,500 events of project 1 each, so that
// words are common, scarce and absent, and a search goes on from day to day.
func searched(t *testing.T, s *sqlstore.Store) (events []store.EventRow) {
	t.Helper()
	g := storetest.NewGenerator(1, 5, 1, 1, 1, 1, 1, 2)
	g.Step = 48 * time.Minute
	for range 12 {
		b := g.Batch("p0", 1000)
		for i := range b.Events {
			e, n := &b.Events[i], len(events)
			words := []string{"request", fmt.Sprint(n), "of", "user", fmt.Sprint(n % 97), "failed"}
			for word, every := range map[string]int{"often": 3, "seldom": 150, "rarely": 2900} {
				if n%every == 0 {
					words = append(words, word)
				}
			}
			e.SearchText, e.Payload = strings.Join(words, " "), []byte("{}")
			events = append(events, *e)
		}
		if _, err := s.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return events
}

func word(w string) func(*store.EventRow) bool {
	return func(e *store.EventRow) bool { return slices.Contains(search.Words(e.SearchText), w) }
}

func prefix(p string) func(*store.EventRow) bool {
	return func(e *store.EventRow) bool {
		return slices.ContainsFunc(search.Words(e.SearchText), func(w string) bool { return strings.HasPrefix(w, p) })
	}
}

func phrase(p string) func(*store.EventRow) bool {
	return func(e *store.EventRow) bool { return search.ContainsPhrase(e.SearchText, p) }
}

func tag(key, value string) func(*store.EventRow) bool {
	return func(e *store.EventRow) bool { return slices.Contains(e.Tags, event.Tag{Key: key, Value: value}) }
}

func not(match func(*store.EventRow) bool) func(*store.EventRow) bool {
	return func(e *store.EventRow) bool { return !match(e) }
}

// TestSearchesFindWhatIsThere compares searches, page by page, with looking at every event.
func TestSearchesFindWhatIsThere(t *testing.T) {
	t.Parallel()
	type matches []func(*store.EventRow) bool
	queries := []struct {
		text  string
		match matches
	}{
		{"request", matches{word("request")}},
		{"often", matches{word("often")}},
		{"seldom", matches{word("seldom")}},
		{"rarely", matches{word("rarely")}},
		{"neverwritten", matches{word("neverwritten")}},
		{"seldom often", matches{word("seldom"), word("often")}},
		{"seldom !often", matches{word("seldom"), not(word("often"))}},
		{"!often", matches{not(word("often"))}},
		{"rar*", matches{prefix("rar")}},
		{"req* seldom", matches{prefix("req"), word("seldom")}},
		{"11*", matches{prefix("11")}},
		{"p1", matches{word("p1")}}, // no token of a project, an issue or a tag
		{"i*", matches{prefix("i")}},
		{"t*", matches{prefix("t")}},
		{"z*", matches{prefix("z")}},
		{"zq*", matches{prefix("zq")}},
		{"!z* rarely", matches{not(prefix("z")), word("rarely")}},
		{`"user 5 failed"`, matches{phrase("user 5 failed")}},
		{`"user failed"`, matches{phrase("user failed")}},
		{`"failed often" environment:staging`, matches{phrase("failed often"), tag("environment", "staging")}},
		{"user:id:7", matches{tag("user", "id:7")}},
		{"seldom environment:staging", matches{word("seldom"), tag("environment", "staging")}},
		{"!environment:staging rarely", matches{not(tag("environment", "staging")), word("rarely")}},
	}
	sqltest.Each(t, func(t *testing.T, s *sqlstore.Store) {
		events := searched(t, s)
		issues, err := s.ListIssues(t.Context(), store.IssueFilter{ProjectID: 1, Sort: store.SortEventCount}, store.PageRequest{})
		if err != nil {
			t.Fatal(err)
		}
		list := func(f store.EventFilter) (found []store.EventSummary) {
			for p := (store.PageRequest{Limit: 100}); ; {
				page, err := s.ListEvents(t.Context(), f, p)
				if err != nil {
					t.Fatal(err)
				}
				if found = append(found, page.Items...); page.Next == "" {
					return found
				}
				p.Cursor = page.Next
			}
		}
		scopes := map[int64][]int64{0: nil}
		for _, i := range []issue.Issue{issues.Items[0], issues.Items[len(issues.Items)-1]} {
			for _, e := range list(store.EventFilter{ProjectID: 1, IssueID: i.ID}) {
				scopes[i.ID] = append(scopes[i.ID], e.ID)
			}
		}
		for _, q := range queries {
			parsed, err := search.Parse(q.text)
			if err != nil {
				t.Fatal(err)
			}
			for issueID, scope := range scopes {
				var want []int64
				for i := range events {
					e := &events[i]
					if e.ProjectID == 1 && (issueID == 0 || slices.Contains(scope, e.ID)) && !slices.ContainsFunc(q.match, func(match func(*store.EventRow) bool) bool { return !match(e) }) {
						want = append(want, e.ID)
					}
				}
				f := store.EventFilter{ProjectID: 1, IssueID: issueID, Query: parsed, Range: store.TimeRange{End: events[len(events)-1].Received + 1e6}}
				after, err := s.EventsAfter(t.Context(), f, 0, len(events))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, fmt.Sprintf("%s in issue %d, oldest first", q.text, issueID), after, want)
				slices.Reverse(want)
				compare(t, fmt.Sprintf("%s in issue %d", q.text, issueID), list(f), want)
			}
		}
	})
}

func compare(t *testing.T, what string, found []store.EventSummary, want []int64) {
	t.Helper()
	got := make([]int64, len(found))
	for i, e := range found {
		got[i] = e.ID
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %d events, want %d: %v, want %v", what, len(got), len(want), head(got), head(want))
	}
}

func head(ids []int64) []int64 { return ids[:min(len(ids), 5)] }
