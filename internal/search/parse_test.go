package search_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mesher/mesher/internal/fault"
	"github.com/mesher/mesher/internal/search"
)

func TestParse(t *testing.T) {
	t.Parallel()
	text := func(v string) search.Term { return search.Term{Op: "=", Value: v} }
	tag := func(k, v string) search.Term { return search.Term{Kind: search.KindTag, Key: k, Op: "=", Value: v} }
	tests := map[string][]search.Term{
		"":                   nil,
		"  timeout ":         {text("timeout")},
		"a b":                {text("a"), text("b")},
		`"read timed out"`:   {{Op: "=", Value: "read timed out", Phrase: true}},
		`"say \"hi\" c:\\x"`: {{Op: "=", Value: `say "hi" c:\x`, Phrase: true}},
		"time*":              {{Op: "=", Value: "time", Prefix: true}},
		"level:error":        {tag("level", "error")},
		"!level:error":       {{Kind: search.KindTag, Key: "level", Op: "=", Value: "error", Negate: true}},
		"!timeout":           {{Op: "=", Value: "timeout", Negate: true}},
		`browser:"Chrome 1"`: {{Kind: search.KindTag, Key: "browser", Op: "=", Value: "Chrome 1", Phrase: true}},
		"release:v2.3*":      {{Kind: search.KindTag, Key: "release", Op: "=", Value: "v2.3", Prefix: true}},
		"user.email:a@b.c":   {tag("user.email", "a@b.c")},
		"url:https://x/y?z":  {tag("url", "https://x/y?z")},
		"https://x/y":        {text("https://x/y")},
		"std::vector":        {text("std::vector")},
		"is:regressed":       {{Kind: search.KindIs, Key: "is", Op: "=", Value: "regressed"}},
		"assigned:me":        {{Kind: search.KindAssigned, Key: "assigned", Op: "=", Value: "me"}},
		"times_seen:>=100":   {{Kind: search.KindNumber, Key: "event_count", Op: ">=", Value: "100"}},
		"age:<24h":           {{Kind: search.KindTime, Key: "first_seen", Op: "<", Value: "24h"}},
		"last_seen:>2026-11-01 has:user": {
			{Kind: search.KindTime, Key: "last_seen", Op: ">", Value: "2026-11-01"}, {Kind: search.KindHas, Key: "has", Op: "=", Value: "user"}},
		"größe": {text("größe")},
	}
	for query, want := range tests {
		got, err := search.Parse(query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if d := cmp.Diff(want, got.Terms, cmpopts.IgnoreFields(search.Term{}, "Start", "End")); d != "" {
			t.Errorf("%q: %s", query, d)
		}
		for _, term := range got.Terms {
			if term.Start >= term.End || term.End > len(query) || strings.TrimSpace(query[term.Start:term.End]) != query[term.Start:term.End] {
				t.Errorf("%q: bad span %d–%d", query, term.Start, term.End)
			}
		}
	}
}

func TestParseErrorsPointAtTheTerm(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"level:error is:closed":    `is:closed at position 13: unknown state: use one of unresolved`,
		"a TypeError: b":           `TypeError: at position 3: the filter has no value`,
		`x "open`:                  `"open at position 3: the quote is never closed`,
		`""`:                       `at position 1: there is nothing to search for`,
		"event_count:>many":        `event_count:>many at position 1: the value must be a whole number`,
		"first_seen:>yesterday":    `first_seen:>yesterday at position 1: the value must be an age`,
		"last_seen:":               `last_seen: at position 1: the filter has no value`,
		"release:1*2":              `release:1*2 at position 1: a * may only end`,
		"priority:urgent":          `use low, medium or high`,
		"issue:MESH-1":             `an issue is named by its number`,
		"--":                       `-- at position 1: free text needs a letter or digit`,
		"\xff":                     "not valid UTF-8",
		strings.Repeat("a ", 21):   "more than 20 terms",
		strings.Repeat("a", 1001):  "shorten it to 1000",
		"!":                        "free text needs a letter",
		"first_seen:>99999999999d": "must be an age",
	}
	for query, want := range tests {
		_, err := search.Parse(query)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Invalid || f.Field != "query" || !strings.Contains(f.Message, want) {
			t.Errorf("%q: got %v, want %q", query, err, want)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	const hour, now = int64(3600_000_000), int64(1_800_000_000_000_000)
	tests := map[string]struct{ in, out int64 }{
		"first_seen:>24h":                  {now - 25*hour, now - 23*hour},
		"first_seen:<24h":                  {now - 23*hour, now - 25*hour},
		"first_seen:-24h":                  {now - 23*hour, now - 25*hour},
		"first_seen:24h":                   {now - 23*hour, now - 25*hour},
		"last_seen:>=2027-01-15":           {now, now - 24*hour},
		"last_seen:<2027-01-15":            {now - 24*hour, now},
		"last_seen:2027-01-15":             {now, now + 24*hour},
		"last_seen:>2027-01-15":            {now + 24*hour, now},
		"last_seen:>=2027-01-15T08:00:00Z": {now, now - 1},
	}
	for query, test := range tests {
		q, err := search.Parse(query)
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		from, until := q.Terms[0].Bounds(now)
		if test.in < from || test.in >= until {
			t.Errorf("%q excludes %d", query, test.in-now)
		}
		if test.out >= from && test.out < until {
			t.Errorf("%q includes %d", query, test.out-now)
		}
	}
}

func TestAppendIndexWords(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ConnectTimeoutException: read timed out": "connecttimeoutexception connect timeout exception read timed out",
		"HTTPServer HTTP":                         "httpserver http server",
		"user_id=42 user":                         "user id 42",
		"größe IstÜber":                           "größe istüber ist über",
		"a-b a":                                   "a b",
	}
	for text, want := range tests {
		if got := strings.Join(search.AppendIndexWords(nil, text, 100), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if got := strings.Join(search.AppendIndexWords(nil, text+" …", 100), " "); got != want {
			t.Errorf("%q, not all ASCII: got %q, want %q", text, got, want)
		}
	}
	if got := search.AppendIndexWords(nil, "a b c", 2); len(got) != 2 {
		t.Errorf("limit ignored: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`a "b c" !d:e*`, "first_seen:>24h", `is:unresolved "`, "x:y::z ! !! \\", "ÄÖ:ü*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := search.Parse(text)
		if err != nil {
			if fault, ok := errors.AsType[*fault.Error](err); !ok || fault.Field != "query" {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		end := 0
		for _, term := range q.Terms {
			if term.Start < end || term.End <= term.Start || term.Value == "" {
				t.Fatalf("%q: bad term %+v", text, term)
			}
			end = term.End
			// Whatever a term's word is, the index of its own text must hold it.
			if term.Kind == search.KindText && !term.Prefix {
				index := search.AppendIndexWords(nil, term.Value, 10_000)
				for _, w := range search.Words(term.Value) {
					if !strings.Contains(" "+strings.Join(index, " ")+" ", " "+w+" ") {
						t.Fatalf("%q: word %q is not indexed: %q", text, w, index)
					}
				}
			}
		}
	})
}

func TestRefuseShowsTheTermAsWritten(t *testing.T) {
	t.Parallel()
	q, err := search.Parse("timeout timestamp:>1h")
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Terms[1].Refuse("no"); !strings.Contains(err.Error(), `timestamp:>1h at position 9`) {
		t.Error(err)
	}
}
