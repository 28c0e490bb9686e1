package pipeline

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/event"
	"github.com/mesher/mesher/internal/eventlog"
	"github.com/mesher/mesher/internal/org"
	"github.com/mesher/mesher/internal/store"
)

const received = 1_700_000_000_000_000

func record(kind eventlog.Kind, body string) *eventlog.Record {
	return &eventlog.Record{
		Kind: kind, ProjectID: 1, KeyID: 2, Received: received, EventID: [16]byte{1, 2, 3},
		Meta: eventlog.Meta{RemoteIP: "10.1.2.3"}, Body: []byte(body),
	}
}

func testRules(s org.Settings) *rules { return newRules(org.Project{ID: 1, Slug: "shop", Settings: s}) }

func TestDecodeEvent(t *testing.T) {
	t.Parallel()
	body := `{"exception":{"values":[{"type":"KeyError","value":"id"}]},"level":"fatal","release":"1.0","user":{"id":"7"},"tags":{"a":"b"}}`
	o := decode(record(eventlog.KindEvent, body), testRules(org.Settings{}), new(memory))
	if len(o.events) != 1 || len(o.ledger) != 0 || o.buried != "" {
		t.Fatalf("outcome = %+v", o)
	}
	row := o.events[0]
	if row.Title != "KeyError: id" || row.Level != event.LevelFatal || row.Release != "1.0" || row.UserKey != "id:7" ||
		row.ProjectID != 1 || row.Received != received || row.EventID != [16]byte{1, 2, 3} || row.RawBytes != len(body) {
		t.Errorf("row = %+v", row)
	}
	if len(row.Hashes) == 0 || row.Basis == "" || row.GroupingVersion == "" || !strings.Contains(row.SearchText, "KeyError") {
		t.Errorf("row is not grouped or searchable: %+v", row)
	}
	if back, err := event.ParseStored(row.Payload); err != nil || back.ID != "01020300000000000000000000000000" {
		t.Errorf("payload %s: %v", row.Payload, err)
	}
}

func TestDecodeOutcomes(t *testing.T) {
	t.Parallel()
	filters := testRules(org.Settings{Filters: org.FilterSettings{Messages: []string{"*noise*"}}})
	for name, c := range map[string]struct {
		record  *eventlog.Record
		rules   *rules
		outcome string // of the ledger line
		reason  string
		buried  bool
	}{
		"not JSON":           {record(eventlog.KindEvent, "nonsense"), filters, store.Failed, "undecodable", true},
		"not an object":      {record(eventlog.KindEvent, "[]"), filters, store.Failed, "undecodable", true},
		"filtered":           {record(eventlog.KindEvent, `{"message":"some Noise here"}`), filters, store.Filtered, "error_message", false},
		"deleted project":    {record(eventlog.KindEvent, `{}`), nil, store.Discarded, "project_deleted", false},
		"later kind":         {record(200, "x"), filters, store.Failed, "undecodable", true},
		"broken ledger":      {record(eventlog.KindLedger, "x"), filters, store.Failed, "undecodable", true},
		"feedback, not JSON": {record(eventlog.KindFeedback, "x"), filters, store.Failed, "undecodable", true},
		"empty feedback":     {record(eventlog.KindFeedback, "{}"), filters, store.Discarded, "empty", false},
		"unknown report":     {record(eventlog.KindSecurity, `{"type":"deprecation","body":{}}`), filters, store.Failed, "undecodable", true},
	} {
		o := decode(c.record, c.rules, new(memory))
		if len(o.events)+len(o.logs)+len(o.reports) != 0 || len(o.ledger) != 1 {
			t.Errorf("%s: outcome = %+v", name, o)
			continue
		}
		got := o.ledger[0]
		if got.Outcome != c.outcome || got.Reason != c.reason || (o.buried != "") != c.buried {
			t.Errorf("%s: %s/%s, buried %q", name, got.Outcome, got.Reason, o.buried)
		}
		if got.ProjectID != 1 || got.Minute != received/minuteMicros || got.Quantity != 1 || got.Bytes != int64(len(c.record.Body)) {
			t.Errorf("%s: line = %+v", name, got)
		}
	}
}

func TestAPanicBuriesTheRecord(t *testing.T) {
	t.Parallel()
	o := decode(record(eventlog.KindEvent, "{}"), &rules{}, new(memory))
	if !strings.HasPrefix(o.buried, "panic: ") || len(o.ledger) != 1 {
		t.Errorf("outcome = %+v", o)
	}
}

func TestDecodeFeedback(t *testing.T) {
	t.Parallel()
	id := "0102030405060708090a0b0c0d0e0f10"
	want := store.UserReport{
		ProjectID: 1, Received: received, Name: "Ann", Email: "a@b.c", Comments: "broken",
		EventID: [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	}
	for name, body := range map[string]string{
		"legacy": `{"event_id":"` + id + `","name":"Ann","email":"a@b.c","comments":"broken"}`,
		"event":  `{"event_id":"ff","contexts":{"feedback":{"name":"Ann","contact_email":"a@b.c","message":"bro\u0000ken","associated_event_id":"` + id + `"}}}`,
	} {
		o := decode(record(eventlog.KindFeedback, body), testRules(org.Settings{}), new(memory))
		if d := cmp.Diff([]store.UserReport{want}, o.reports); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestDecodeSecurity(t *testing.T) {
	t.Parallel()
	body := `{"csp-report":{"document-uri":"https://a.b/c","violated-directive":"img-src 'self'","blocked-uri":"https://evil.example/x.png"}}`
	o := decode(record(eventlog.KindSecurity, body), testRules(org.Settings{}), new(memory))
	if len(o.events) != 1 || o.events[0].Level != event.LevelWarning || !strings.Contains(o.events[0].Title, "img-src") {
		t.Fatalf("outcome = %+v", o)
	}
	if got := o.events[0].Category; got != "security" {
		t.Errorf("the report is counted as %q", got)
	}
	if e := decode(record(eventlog.KindEvent, `{"message":"x"}`), testRules(org.Settings{}), new(memory)); e.events[0].Category != "error" {
		t.Errorf("an event is counted as %q", e.events[0].Category)
	}
}

func TestGroupingRulesOfTheProjectCount(t *testing.T) {
	t.Parallel()
	body := `{"exception":{"values":[{"type":"KeyError","value":"id"}]}}`
	basis := func(rules string) string {
		o := decode(record(eventlog.KindEvent, body), testRules(org.Settings{GroupingRules: rules}), new(memory))
		if len(o.events) != 1 {
			t.Fatalf("rules %q: outcome = %+v", rules, o)
		}
		return o.events[0].Basis
	}
	if got := basis(`type:KeyError -> mine`); got != "custom" {
		t.Errorf("basis with a rule = %q", got)
	}
	if got := basis(`?? no rule`); got != "exception" {
		t.Errorf("basis with rules that cannot be read = %q", got)
	}
}

func TestSampling(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]int{0: 10_000, 1: 10_000, 0.25: 2500} {
		rules := testRules(org.Settings{SampleRate: rate})
		kept := 0
		for i := range 10_000 {
			if rules.keeps([16]byte{14: byte(i >> 8), 15: byte(i)}) {
				kept++
			}
		}
		if kept < want-200 || kept > want+200 {
			t.Errorf("rate %v keeps %d of 10000", rate, kept)
		}
	}
	r := record(eventlog.KindEvent, "not even JSON")
	o := decode(r, testRules(org.Settings{SampleRate: 1e-9}), new(memory))
	if len(o.ledger) != 1 || o.ledger[0].Outcome != store.Sampled {
		t.Errorf("outcome = %+v", o)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	frame := func(path string) *event.Event {
		return &event.Event{Exceptions: []event.Exception{{Stacktrace: &event.Stacktrace{Frames: []event.Frame{{AbsPath: path}}}}}}
	}
	agent := func(s string) *event.Event {
		return &event.Event{Request: &event.Request{Headers: []event.Tag{{Key: "user-agent", Value: s}}}}
	}
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:%s) Gecko/20100101 Firefox/%s"
	for name, c := range map[string]struct {
		settings org.FilterSettings
		event    *event.Event
		want     string
	}{
		"exception":         {org.FilterSettings{Messages: []string{"TypeError: *fetch*"}}, &event.Event{Exceptions: []event.Exception{{Type: "TypeError", Value: "failed to FETCH it"}}}, "error_message"},
		"other exception":   {org.FilterSettings{Messages: []string{"TypeError: fetch"}}, &event.Event{Exceptions: []event.Exception{{Type: "TypeError", Value: "fetch it"}}}, ""},
		"release":           {org.FilterSettings{Releases: []string{"1.*"}}, &event.Event{Release: "1.9"}, "release"},
		"no release":        {org.FilterSettings{Releases: []string{"*"}}, &event.Event{}, ""},
		"environment":       {org.FilterSettings{Environments: []string{"dev"}}, &event.Event{Environment: "Dev"}, "environment"},
		"sender in network": {org.FilterSettings{IPAddresses: []string{"bad", "10.0.0.0/8"}}, &event.Event{}, "ip_address"},
		"user's address":    {org.FilterSettings{IPAddresses: []string{"::1"}}, &event.Event{User: &event.User{IPAddress: "::1"}}, "ip_address"},
		"other address":     {org.FilterSettings{IPAddresses: []string{"11.0.0.0/8"}}, &event.Event{}, ""},
		"extension":         {org.FilterSettings{BrowserExtensions: true}, frame("chrome-extension://abc/x.js"), "browser_extensions"},
		"no extension":      {org.FilterSettings{BrowserExtensions: true}, frame("https://a/x.js"), ""},
		"old browser":       {org.FilterSettings{LegacyBrowsers: true}, agent(strings.ReplaceAll(firefox, "%s", "60.0")), "legacy_browsers"},
		"new browser":       {org.FilterSettings{LegacyBrowsers: true}, agent(strings.ReplaceAll(firefox, "%s", "140.0")), ""},
		"no browser":        {org.FilterSettings{LegacyBrowsers: true}, agent("curl/8"), ""},
		"IE":                {org.FilterSettings{LegacyBrowsers: true}, agent("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko"), "legacy_browsers"},
		"crawler":           {org.FilterSettings{WebCrawlers: true}, agent("Mozilla/5.0 (compatible; Googlebot/2.1)"), "web_crawlers"},
		"localhost":         {org.FilterSettings{Localhost: true}, &event.Event{Request: &event.Request{URL: "http://localhost:3000/x"}}, "localhost"},
		"loopback user":     {org.FilterSettings{Localhost: true}, &event.Event{User: &event.User{IPAddress: "127.0.0.1"}}, "localhost"},
		"not localhost":     {org.FilterSettings{Localhost: true}, &event.Event{Request: &event.Request{URL: "https://localhost.example"}}, ""},
		"foreign origin":    {org.FilterSettings{AllowedOrigins: []string{"*.example.com"}}, &event.Event{}, "origin"},
		"nothing set":       {org.FilterSettings{}, frame("chrome-extension://abc"), ""},
	} {
		r := record(eventlog.KindEvent, "")
		r.Meta.Origin = "https://evil.test"
		if got := newFilter(c.settings).reason(r, c.event); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAllowedOrigins(t *testing.T) {
	t.Parallel()
	f := newFilter(org.FilterSettings{AllowedOrigins: []string{"*.example.com", "https://shop.test"}})
	for origin, want := range map[string]bool{
		"": true, "https://a.example.com": true, "https://a.example.com:8443": true, "https://shop.test": true,
		"http://shop.test": false, "https://example.org": false,
	} {
		if got := f.allowed(origin); got != want {
			t.Errorf("%q allowed = %v, want %v", origin, got, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"abc", "ABC", true}, {"abc", "abcd", false}, {"a*c", "abbc", true}, {"a*c", "ab", false},
		{"*b*", "abc", true}, {"*", "x", true}, {"*", "", false}, {"a*b*c", "a1b2c", true}, {"a*b*c", "acb", false}, {"ab*ba", "aba", false},
	} {
		if got := matchAny(patterns([]string{c.pattern}), c.text); got != c.want {
			t.Errorf("%q matches %q = %v", c.pattern, c.text, got)
		}
	}
}

func TestNumbersAreUniqueAndStable(t *testing.T) {
	t.Parallel()
	written := time.UnixMilli(1_750_000_000_000)
	message := func(seq uint64, outcomes ...outcome) *decoded {
		m := &decoded{Message: eventlog.Message{Seq: seq, Time: written}}
		for i, o := range outcomes {
			kind := eventlog.KindEvent
			if o.logs != nil {
				kind = eventlog.KindOTLPLogs
			}
			m.Records = append(m.Records, *record(kind, ""))
			m.items = append(m.items, item{of: m, index: i, outcome: o})
		}
		m.number()
		return m
	}
	events := func(n int) outcome { return outcome{events: make([]store.EventRow, n)} }
	mixed := outcome{events: make([]store.EventRow, 2), logs: make([]store.LogRow, 3)}
	b := batch{message(7, outcome{}, mixed, events(1)), message(8), message(9, events(1))}
	id := func(seq uint64, index int) int64 { return eventlog.RowID(written, seq, index) }
	var got []int64
	for it := range b.items() {
		for _, e := range it.events {
			got = append(got, e.ID)
		}
	}
	if d := cmp.Diff([]int64{id(7, 3), id(7, 4), id(7, 2), id(9, 0)}, got); d != "" {
		t.Error(d)
	}
	if l := b[0].items[1].logs; l[0].ID != id(7, 0) || l[2].ID != id(7, 2) || l[2].Seq != 7 {
		t.Errorf("logs = %+v", l)
	}
}

func TestTooManyRowsAreCounted(t *testing.T) {
	t.Parallel()
	m := &decoded{Message: eventlog.Message{Seq: 1, Time: time.Now(), Records: []eventlog.Record{*record(eventlog.KindLogLines, ""), *record(eventlog.KindLogLines, "")}}}
	m.items = []item{
		{of: m, index: 0, outcome: outcome{logs: make([]store.LogRow, eventlog.MaxRecords-1)}},
		{of: m, index: 1, outcome: outcome{logs: make([]store.LogRow, 3)}},
	}
	m.number()
	if n := len(m.items[1].logs); n != 1 {
		t.Errorf("%d log entries are kept, want 1", n)
	}
	if l := m.items[1].ledger; len(l) != 1 || l[0].Outcome != store.Failed || l[0].Reason != "too_many" || l[0].Quantity != 2 || l[0].Category != "log" {
		t.Errorf("ledger = %+v", l)
	}
}

func TestParallelCallsEachOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 255, 256, 257, 1000} {
		calls := make([]atomic.Int32, n)
		parallel(n, 4, func(_, i int) { calls[i].Add(1) })
		for i := range calls {
			if calls[i].Load() != 1 {
				t.Errorf("n = %d: %d was done %d times", n, i, calls[i].Load())
			}
		}
	}
}

func TestSplitAt(t *testing.T) {
	t.Parallel()
	var b batch
	for _, seq := range []uint64{3, 5, 8} {
		b = append(b, &decoded{Message: eventlog.Message{Seq: seq}})
	}
	for applied, want := range map[uint64]int{0: 0, 3: 1, 4: 1, 5: 2, 8: 3, 99: 3} {
		if old, fresh := b.splitAt(applied); len(old) != want || len(fresh) != 3-want {
			t.Errorf("applied %d: %d old, %d fresh", applied, len(old), len(fresh))
		}
	}
}

func TestDecodeAttachment(t *testing.T) {
	t.Parallel()
	r := record(eventlog.KindAttachment, "bytes")
	r.Meta.Filename, r.Meta.ContentType = "C:\\logs\\..\\a\x00\n.txt\xff", "text/html"
	o := decode(r, testRules(org.Settings{}), new(memory))
	if len(o.files) != 1 || o.files[0].Name != "a.txt" || o.files[0].ContentType != "text/html" || string(o.files[0].Content) != "bytes" || o.files[0].EventID != r.EventID {
		t.Errorf("outcome %+v", o)
	}
	r.Meta.Filename = "../"
	if o := decode(r, testRules(org.Settings{}), new(memory)); o.files[0].Name != "unnamed" {
		t.Errorf("name %q", o.files[0].Name)
	}
}
