package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, raw string, o ParseOptions) *Event {
	t.Helper()
	if o.Received == 0 {
		o.Received = received
	}
	e, err := Parse([]byte(raw), o)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	checkFixpoint(t, raw, e)
	return e
}

func TestListsHaveThreeShapes(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"exception":{"values":[{"type":"E","value":"v"}]},"breadcrumbs":{"values":[{"message":"m"}]},"threads":{"values":[{"id":1}]}}`,
		`{"exception":[{"type":"E","value":"v"},null],"breadcrumbs":[null,{"message":"m"},{}],"threads":[{"id":"1"}]}`,
		`{"exception":{"type":"E","value":"v"},"breadcrumbs":{"message":"m"},"threads":{"id":1}}`,
		`{"sentry.interfaces.Exception":{"values":[{"type":"E","value":"v","module":null,"mechanism":null}]},"sentry.interfaces.Breadcrumbs":{"values":[{"message":"m"}]},"threads":[{"id":1}]}`,
		`{"exception":"E: v","breadcrumbs":[{"message":"m","foo":1}],"threads":[{"id":1},{}]}`,
	} {
		e := parse(t, raw, ParseOptions{})
		if len(e.Exceptions) != 1 || e.Exceptions[0].Type != "E" || e.Exceptions[0].Value != "v" || len(e.Breadcrumbs) != 1 || len(e.Threads) != 1 || len(e.Notes) != 0 {
			t.Errorf("%s: %+v", raw, e)
		}
	}
}

func TestOddJSONIsRead(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, want string }{
		{`{"message":"a","extra":{"x":NaN,"y":-Infinity,"z":[Infinity]}}`, "a"},
		{`{"message":"a\ud83d b"}`, "a\ufffd b"},
		{`{"message":"\ud83d\ude00"}`, "😀"},
		{`{"message":"a\u0000b\\u0000"}`, `ab\u0000`},
		{"{\"message\":\"a\x00b\xffc\"}", "ab\ufffdc"},
		{"\xef\xbb\xbf{\"message\":\"a\"}", "a"},
		{`{"message":{"a":[1]}}`, ""},
		{`{"message":["a",1]}`, `["a",1]`},
		{`{"message":false,"logentry":{"message":"hi %s","params":["you"]}}`, "hi you"},
		{`{"logentry":{"message":"%(a)s of %(b)d%%","params":{"a":"x","b":3}}}`, "x of 3%"},
		{`{"logentry":{"message":"{0} {1} {}","params":["a","b"]}}`, "a b a"},
		{`{"logentry":{"message":"{name}!","params":{"name":"ada"}}}`, "ada!"},
		{`{"logentry":{"message":"%s %s","params":["one"]}}`, "%s %s"},
		{`{"logentry":{"message":"t %s","formatted":"f","params":["x"]}}`, "f"},
		{`{"message":"m","logentry":{"message":"l"}}`, "l"},
	}
	for _, tt := range tests {
		if e := parse(t, tt.raw, ParseOptions{}); e.Message.Formatted != tt.want {
			t.Errorf("%q: %q, want %q", tt.raw, e.Message.Formatted, tt.want)
		}
	}
}

func TestWhatIsNoObjectIsRefused(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{``, `[]`, `"x"`, `{`, `{"a":}`, `{"a":bare}`, strings.Repeat("[", 1000), `{"a":` + strings.Repeat("[", 300) + `}`,
		"{\"a\":\"" + strings.Repeat("x", 100_000) + "\",\"b\":bare}"} {
		if _, err := Parse([]byte(raw), ParseOptions{}); err == nil {
			t.Errorf("%.40s: no error", raw)
		}
	}
}

func TestWrongTypesAreDroppedAlone(t *testing.T) {
	t.Parallel()
	e := parse(t, `{"message":"m","level":"loud","timestamp":{},"user":7,"request":[],"tags":5,"exception":7,"fingerprint":"x","sdk":[],"release":{},
"extra":"x","contexts":{"os":5},"breadcrumbs":[{"timestamp":"never","message":"b"}],"environment":"a/b","dist":"a b"}`, ParseOptions{})
	if e.Message.Formatted != "m" || e.Level != LevelError || e.Timestamp != received || e.Environment != "" || e.Dist != "" {
		t.Errorf("%+v", e)
	}
	noted := map[string]bool{}
	for _, n := range e.Notes {
		noted[n.Path] = n.Kind == Dropped
	}
	for _, path := range []string{"level", "timestamp", "user", "request", "tags", "exception", "fingerprint", "sdk", "release", "extra", "contexts.os",
		"breadcrumbs.0.timestamp", "environment", "dist"} {
		if !noted[path] {
			t.Errorf("no note about %s in %v", path, e.Notes)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	const second, hour = 1_000_000, 3600_000_000
	tests := []struct {
		name, timestamp string
		sentAt, want    int64
	}{
		{"absent", `null`, 0, received},
		{"float seconds", `1795442399.123456`, 0, received - second + 123456},
		{"milliseconds", `1795442399123`, 0, received - second + 123000},
		{"text", `"2026-11-23T13:59:59Z"`, 0, received - second},
		{"without zone", `"2026-11-23T13:59:59.5"`, 0, received - second/2},
		{"with offset", `"2026-11-23T14:59:59+01:00"`, 0, received - second},
		{"seconds as text", `"1795442399"`, 0, received - second},
		{"a minute ahead", `1795442459`, 0, received + 59*second},
		{"too far ahead", `1795442461`, 0, received},
		{"too old", `1792850399`, 0, received},
		{"small drift stays", `1795442000`, received - 50*60*second, received - 400*second},
		{"drift is corrected", `1795435190`, received - 2*hour, received - 10*second},
	}
	for _, tt := range tests {
		e := parse(t, `{"timestamp":`+tt.timestamp+`}`, ParseOptions{SentAt: tt.sentAt})
		if e.Timestamp != tt.want || e.Received != received {
			t.Errorf("%s: %d, want %d", tt.name, e.Timestamp, tt.want)
		}
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	e := parse(t, `{"exception":[{"type":"E","stacktrace":{"frames":[{"abs_path":"/srv/a.go","lineno":"3","colno":null,"in_app":true,"vars":["x",{"y":1}]},
{"filename":"https://h.example/static/app.js?v=1","function":"?","context_line":"","pre_context":["a",null]},{},null]}}]}`, ParseOptions{})
	yes := true
	want := []Frame{
		{Filename: "/srv/a.go", AbsPath: "/srv/a.go", Line: 3, InApp: &yes, Vars: Bag(`{"0":"x","1":{"y":1}}`)},
		{Filename: "/static/app.js", AbsPath: "https://h.example/static/app.js?v=1", Function: "?", HasContext: true, PreContext: []string{"a", ""}},
	}
	if diff := cmp.Diff(want, e.Exceptions[0].Stacktrace.Frames); diff != "" {
		t.Error(diff)
	}
}

// TestNotesPointAtWhatIsKept wants paths as in the canonical JSON, from which
// empty entries are gone, so that the value and what is said of it are found together.
func TestNotesPointAtWhatIsKept(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("x", maxMessage+1) + `"`
	for sent, want := range map[string]string{
		`{"message":` + long + `}`:                                                            "logentry.formatted",
		`{"logentry":` + long + `}`:                                                           "logentry.formatted",
		`{"message":{"message":` + long + `}}`:                                                "logentry.message",
		`{"exception":` + long + `}`:                                                          "exception.0.value",
		`{"exception":[{},{"value":` + long + `}]}`:                                           "exception.0.value",
		`{"breadcrumbs":[{},null,{"message":` + long + `}]}`:                                  "breadcrumbs.0.message",
		`{"threads":[{},{"name":` + long + `}]}`:                                              "threads.0.name",
		`{"exception":[{"type":"E","stacktrace":{"frames":[{},{"function":` + long + `}]}}]}`: "exception.0.stacktrace.frames.0.function",
	} {
		notes := parse(t, sent, ParseOptions{}).Notes
		if !slices.ContainsFunc(notes, func(n Note) bool { return n.Path == want && n.Kind == Trimmed }) {
			t.Errorf("%.60s: no note of %s in %+v", sent, want, notes)
		}
	}
}

func TestGapsOfSDKsAreKept(t *testing.T) {
	t.Parallel()
	for gap, want := range map[string][2]int{
		`[1,40]`: {1, 40}, `null`: {}, `7`: {}, `[40,1]`: {}, `[-1,3]`: {}, `[1]`: {}, `["1","3"]`: {1, 3}, `[1,1e30]`: {},
	} {
		e := parse(t, `{"exception":[{"type":"E","stacktrace":{"frames":[{"function":"f"},{"function":"g"}],"frames_omitted":`+gap+`}}]}`, ParseOptions{})
		if got := e.Exceptions[0].Stacktrace.Omitted; got != want {
			t.Errorf("%s: %v", gap, got)
		}
	}
	var frames strings.Builder
	for i := range maxFrames + 10 {
		fmt.Fprintf(&frames, `,{"function":"f%d"}`, i)
	}
	e := parse(t, `{"exception":[{"type":"E","stacktrace":{"frames":[`+frames.String()[1:]+`],"frames_omitted":[100,120]}}]}`, ParseOptions{})
	if got, want := e.Exceptions[0].Stacktrace.Omitted, [2]int{oldestFrames, oldestFrames + 30}; got != want {
		t.Errorf("cut twice: %v, want %v", got, want)
	}
}

func TestDeepStacksLoseTheirMiddle(t *testing.T) {
	t.Parallel()
	var frames []string
	for i := range 998 {
		frames = append(frames, fmt.Sprintf(`{"function":"f%d","vars":{"i":%d}}`, i, i))
	}
	e := parse(t, `{"exception":[{"type":"E","stacktrace":{"frames":[`+strings.Join(frames, ",")+`]}}]}`, ParseOptions{})
	s := e.Exceptions[0].Stacktrace
	if len(s.Frames) != maxFrames || s.Omitted != [2]int{oldestFrames, oldestFrames + 998 - maxFrames} || s.Frames[0].Function != "f0" || s.Frames[maxFrames-1].Function != "f997" ||
		s.Frames[0].Vars != nil || s.Frames[maxFrames-1].Vars == nil {
		t.Errorf("%d frames, %v omitted", len(s.Frames), s.Omitted)
	}
}

func TestATopLevelStackFindsItsPlace(t *testing.T) {
	t.Parallel()
	const stack = `"stacktrace":{"frames":[{"function":"f"}]}`
	if e := parse(t, `{"exception":[{"type":"E"}],`+stack+`}`, ParseOptions{}); e.Exceptions[0].Stacktrace == nil {
		t.Error("not with the single exception")
	}
	if e := parse(t, `{"message":"m",`+stack+`}`, ParseOptions{}); len(e.Threads) != 1 || !e.Threads[0].Current || e.Threads[0].Stacktrace == nil {
		t.Error("not with the current thread")
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	want := []Tag{{"a", "1"}, {"b-c", "True"}, {"d", "x"}}
	for _, raw := range []string{
		`{"tags":{"a":1,"b c":true,"n":null,"release":"r","a":"again","d":"x\ny"}}`,
		`{"tags":[["a",1],["b c",true],["n",null],["release","r"],["a","again"],["d","x"],5,["odd"]]}`,
		`{"tags":[{"key":"a","value":"1"},{"key":"b c","value":true},{"key":"d","value":"x"}]}`,
	} {
		if diff := cmp.Diff(want, parse(t, raw, ParseOptions{}).Tags); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}

func TestUserAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, want string }{
		{`{"user":{"ip_address":"{{auto}}"}}`, "192.0.2.7"},
		{`{"user":{"ip_address":"2001:DB8::1"}}`, "2001:db8::1"},
		{`{"user":{"ip_address":"nowhere"}}`, ""},
		{`{"platform":"javascript"}`, "192.0.2.7"},
		{`{"platform":"javascript","sdk":{"settings":{"infer_ip":"never"}}}`, ""},
		{`{"platform":"node","sdk":{"settings":{"infer_ip":"auto"}}}`, "192.0.2.7"},
		{`{"platform":"python","request":{"env":{"REMOTE_ADDR":"192.0.2.8"}}}`, "192.0.2.8"},
		{`{"platform":"python"}`, ""},
	}
	for _, tt := range tests {
		e := parse(t, tt.raw, ParseOptions{RemoteIP: "192.0.2.7"})
		if got := strings.TrimPrefix(e.UserKey(), "ip:"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw  string
		want []string
	}{
		{`["a",1,true,null]`, []string{"a", "1", "True"}},
		{`["{{default}}"]`, nil},
		{`["{{ default }}"]`, nil},
		{`["{{ default }}","x"]`, []string{"{{ default }}", "x"}},
		{`[]`, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parse(t, `{"fingerprint":`+tt.raw+`}`, ParseOptions{}).Fingerprint); diff != "" {
			t.Errorf("%s: %s", tt.raw, diff)
		}
	}
	if e := parse(t, `{"checksum":"abc"}`, ParseOptions{}); !cmp.Equal(e.Fingerprint, []string{"abc"}) {
		t.Errorf("checksum: %q", e.Fingerprint)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 10_000)
	var crumbs []string
	for i := range 150 {
		crumbs = append(crumbs, fmt.Sprintf(`{"message":"%d"}`, i))
	}
	nested := strings.Repeat(`{"a":`, 30) + `"x"` + strings.Repeat(`}`, 30)
	e := parse(t, `{"message":"`+long+`","tags":{"long":"`+long+`"},"extra":{"deep":`+nested+`,"big":"`+strings.Repeat("x", 20<<10)+`","after":1},
"breadcrumbs":[`+strings.Join(crumbs, ",")+`]}`, ParseOptions{})
	if n := len([]rune(e.Message.Formatted)); n != maxMessage || !strings.HasSuffix(e.Message.Formatted, "...") {
		t.Errorf("message of %d characters", n)
	}
	if n := len([]rune(e.Tag("long"))); n != maxTagValue {
		t.Errorf("tag of %d characters", n)
	}
	if len(e.Breadcrumbs) != maxBreadcrumbs || e.Breadcrumbs[0].Message != "50" {
		t.Errorf("%d breadcrumbs from %s", len(e.Breadcrumbs), e.Breadcrumbs[0].Message)
	}
	var extra struct {
		Big   string
		After int
		Deep  any
	}
	if err := json.Unmarshal(e.Extra, &extra); err != nil || len(extra.Big) > 16<<10 || len(extra.Big) < 15<<10 || extra.After != 1 {
		t.Errorf("extra of %d bytes, %v", len(e.Extra), err)
	}
	depth := 0
	for v, ok := extra.Deep.(map[string]any); ok; v, ok = v["a"].(map[string]any) {
		depth++
	}
	if depth != extraBudget.depth-1 {
		t.Errorf("%d levels", depth)
	}
}

func TestIndexedTags(t *testing.T) {
	t.Parallel()
	e := parse(t, `{"level":"fatal","release":"r","environment":"prod","transaction":"/pay","server_name":"h","user":{"id":7,"email":"a@b.de"},"sdk":{"name":"sentry.go","version":"1"},
"request":{"url":"https://h/x","headers":{"User-Agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"}},
"contexts":{"runtime":{"name":"go","version":"1.26"},"os":{"name":"Windows","version":"10"}},
"exception":[{"type":"E","mechanism":{"type":"panic","handled":false}}],"tags":{"level":"info","region":"eu"}}`, ParseOptions{})
	got := map[string]string{}
	for _, tag := range e.IndexedTags() {
		if _, twice := got[tag.Key]; twice {
			t.Errorf("%s twice", tag.Key)
		}
		got[tag.Key] = tag.Value
	}
	want := map[string]string{
		"level": "fatal", "release": "r", "environment": "prod", "transaction": "/pay", "server_name": "h", "user": "id:7", "user.id": "7", "user.email": "a@b.de", "sdk": "sentry.go",
		"url": "https://h/x", "browser": "Chrome 156.0", "browser.name": "Chrome", "os": "Windows 10", "os.name": "Windows",
		"runtime": "go 1.26", "runtime.name": "go", "mechanism": "panic", "handled": "no", "region": "eu",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := e.SearchText(); text != "E\n/pay" {
		t.Errorf("search text %q", text)
	}
	var many []string
	for i := range 90 {
		many = append(many, fmt.Sprintf(`["k%d","v"]`, i))
	}
	if n := len(parse(t, `{"tags":[`+strings.Join(many, ",")+`]}`, ParseOptions{}).IndexedTags()); n != maxIndexedTags {
		t.Errorf("%d tags", n)
	}
}

func TestNormalizeID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"9EC79C33-EC99-42AB-8353-589FCB2E04DC": "9ec79c33ec9942ab8353589fcb2e04dc",
		"9ec79c33ec9942ab8353589fcb2e04dc":     "9ec79c33ec9942ab8353589fcb2e04dc",
		"9ec79c33ec9942ab8353589fcb2e04d":      "",
		"9ec79c33ec9942ab8353589fcb2e04dcc":    "",
		"00000000000000000000000000000000":     "",
		"xyz":                                  "",
		"":                                     "",
	} {
		if got, ok := NormalizeID(in); got != want || ok != (want != "") {
			t.Errorf("%q: %q", in, got)
		}
	}
}
