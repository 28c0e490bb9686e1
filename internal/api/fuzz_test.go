package api

import (
	"testing"
	"time"

	"github.com/mesher/mesher/internal/org"
)

func FuzzPeriod(f *testing.F) {
	f.Add("-24h", "now")
	f.Add("2026-11-23T14:00:00Z", "-65535w")
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, start, end string) {
		r, err := Period{Start: start, End: end}.bounded(now, time.Hour)
		if err == nil && r.Start >= r.End {
			t.Errorf("%q to %q is %+v", start, end, r)
		}
	})
}

func FuzzMentions(f *testing.F) {
	f.Add("@Ann Lee and @ann@example.org, not x@ann")
	members := []org.Member{{UserID: 1, Name: "Ann", Email: "ann@example.org"}, {UserID: 2, Name: "Ann Lee"}, {UserID: 3, Name: "Ö"}}
	f.Fuzz(func(t *testing.T, text string) {
		if found := findMentions(text, members); len(found) > len(members) {
			t.Errorf("%v", found)
		}
	})
}
