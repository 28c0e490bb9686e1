package api

import (
	"slices"
	"testing"

	"github.com/mesher/mesher/internal/org"
)

func TestFindMentions(t *testing.T) {
	t.Parallel()
	members := []org.Member{
		{UserID: 1, Name: "Ann", Email: "ann@example.org"}, {UserID: 2, Name: "Ann Lee", Email: "lee@example.org"},
		{UserID: 3, Email: "bob@example.org"}, {UserID: 4, Name: "Åsa", Email: "asa@example.org"},
		{UserID: 5, Name: "Twin", Email: "t1@example.org"}, {UserID: 6, Name: "Twin", Email: "t2@example.org"},
	}
	for text, want := range map[string][]int64{
		"":                        nil,
		"@Ann look":               {1},
		"hey @ann lee, and @ann.": {2, 1},
		"(@bob@example.org) again @BOB@EXAMPLE.ORG": {3},
		"bob@example.org is no mention":             nil,
		"@Anna is somebody else":                    nil,
		"@bob@example.organic":                      nil,
		"@åsa!":                                     {4},
		"@Twin could be two, @t2@example.org not":   {6},
		"@":     nil,
		"@@Ann": nil,
	} {
		if got := findMentions(text, members); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestCommentMentions(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		who, path := w.session("member"), issuePathOf(w.issue)+"/comments"
		made := read[Comment](w, 201, call{"POST", path, who, nil, fields{"text": "@viewer please ask @admin@example.org, not @outsider"}})
		want := []Mention{{UserID: w.users["viewer"].ID, Name: "viewer"}, {UserID: w.users["admin"].ID, Name: "admin"}}
		if !slices.Equal(made.Mentions, want) {
			t.Errorf("made: %+v", made.Mentions)
		}
		list := read[List[Comment]](w, 200, call{method: "GET", path: path, who: who})
		if len(list.Items) != 1 || !slices.Equal(list.Items[0].Mentions, want) {
			t.Errorf("listed: %+v", list.Items)
		}
	})
}
