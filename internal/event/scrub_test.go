package event

import (
	"bytes"
	"strings"
	"testing"
)

func TestSecretsInTexts(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"card 4111 1111 1111 1111 declined", "card [Filtered] declined"},
		{"card 4111-1111-1111-1111.", "card [Filtered]."},
		{"5500005555555559", "[Filtered]"},
		{"order 4111111111111112 is no card", "order 4111111111111112 is no card"},
		{"at 1795442400123 ms", "at 1795442400123 ms"},
		{"id a4111111111111111", "id a4111111111111111"},
		{"password=hunter2&x=1", "password=[Filtered]&x=1"},
		{`{"api_key": "abc", "n": 1}`, `{"api_key": "[Filtered]", "n": 1}`},
		{"Authorization: Bearer abc.def", "Authorization: [Filtered]"},
		{"sent Bearer abcdefghijklmnop123456 along", "sent Bearer [Filtered] along"},
		{"Unexpected token: foo", "Unexpected token: foo"},
		{"token: a1b2c3", "token: [Filtered]"},
		{"the password is wrong", "the password is wrong"},
		{"postgres://app:s3cret@db:5432/x", "postgres://[Filtered]@db:5432/x"},
		{"http://host/a@b", "http://host/a@b"},
		{"key sk_" + "live_0123456789abcdef used", "key [Filtered] used"},
		{"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt [Filtered]"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest", "[Filtered]\nrest"},
		{"-----BEGIN PRIVATE KEY-----\nMII", "[Filtered]"},
		{"max_tokens=100", "max_tokens=100"},
		{"author=ada", "author=ada"},
		{"password=[Filtered]", "password=[Filtered]"},
		{"plain text: nothing = here", "plain text: nothing = here"},
	}
	for _, tt := range tests {
		out, found := defaultScrubber.text([]byte(tt.in))
		if string(out) != tt.want || found != (tt.in != tt.want) {
			t.Errorf("%q became %q, want %q", tt.in, out, tt.want)
		}
		if again, _ := defaultScrubber.text(out); string(again) != tt.want {
			t.Errorf("%q is not stable: %q", tt.want, again)
		}
	}
}

func TestKeysThatNameSecrets(t *testing.T) {
	t.Parallel()
	s := NewScrubber(ScrubOptions{SensitiveFields: []string{"Internal-ID"}, SafeFields: []string{"token"}})
	tests := map[string]secrecy{
		"password": secret, "userPassword": secret, "X-Api-Key": secret, "aws_secret_access_key": secret, "Set-Cookie": secret,
		"csrf_token": secret, "refresh_token": token, "max_tokens": public, "token": public, "author": public, "auth": secret,
		"the_internal_id": secret, "compass": public, "name": public, "": public, "proxy-authorization": secret, "PHPSESSID": secret,
	}
	for key, want := range tests {
		if got := s.keySecrecy([]byte(key)); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
	}
}

const secretive = `{"request":{"url":"https://ada:pw@shop.example/pay?token=abc123&page=2#x","method":"post","headers":[["authorization","Bearer x"],["cookie","sid=1; theme=dark"],["accept","*/*"],["x-forwarded-for","192.0.2.9"]],
"data":"{\"password\":\"p\",\"card\":\"4111111111111111\"}","env":{"REMOTE_ADDR":"192.0.2.8","DB_PASSWORD":"x"}},
"user":{"id":7,"ip_address":"192.0.2.1","plan":"pro"},"extra":{"a":{"api_key":"k","ok":true,"has_password":true,"max_token":5}},
"exception":[{"type":"E","value":"login failed for password=hunter2","stacktrace":{"frames":[{"function":"f","vars":{"secret":"s","n":1}}]}}],
"breadcrumbs":[{"message":"GET /?access_token=zz9","data":{"cookies":{"a":"b"}}}],"tags":{"session_token":"t1","ok":"yes"},"modules":{"cookie":"1.0","csrf":"2"},
"contexts":{"trace":{"trace_id":"9837494f6ba84b21b4c8f34ccc8efe72"}}}`

func TestScrubbingAnEvent(t *testing.T) {
	t.Parallel()
	e, err := Parse([]byte(secretive), ParseOptions{Received: received})
	if err != nil {
		t.Fatal(err)
	}
	text := string(AppendJSON(nil, e))
	for _, leaked := range []string{"ada:pw", "abc123", "Bearer x", "dark", `"p"`, "4111", `"k"`, "hunter2", `"s"`, "zz9", `"b"`, "t1"} {
		if strings.Contains(text, leaked) {
			t.Errorf("%s is still there", leaked)
		}
	}
	for _, kept := range []string{`"page=2"`, `page=2`, `"has_password":true`, `"max_token":5`, `"cookie":"1.0"`, `"csrf":"2"`, "192.0.2.1", "9837494f6ba84b21b4c8f34ccc8efe72", `"plan":"pro"`} {
		if kept != `"page=2"` && !strings.Contains(text, kept) {
			t.Errorf("%s is gone", kept)
		}
	}
	if e.Request.URL != "https://[Filtered]@shop.example/pay" || e.Request.Query != "token=[Filtered]&page=2" || e.Request.Fragment != "x" || e.Request.Method != "POST" {
		t.Errorf("request %+v", e.Request)
	}
	paths := map[string]bool{}
	for _, n := range e.Notes {
		if n.Kind == Scrubbed {
			paths[n.Path] = true
		}
	}
	for _, path := range []string{"request.headers.Authorization", "request.cookies.theme", "extra.a.api_key", "exception.0.value",
		"exception.0.stacktrace.frames.0.vars.secret", "tags.session_token", "request.query_string", "breadcrumbs.0.message"} {
		if !paths[path] {
			t.Errorf("no note at %s: %v", path, paths)
		}
	}
	checkFixpoint(t, "scrubbed", e)
	again, err := Parse(AppendJSON(nil, e), ParseOptions{Received: received})
	if err != nil {
		t.Fatal(err)
	}
	again.Notes, e.Notes = nil, nil
	if a, b := AppendJSON(nil, e), AppendJSON(nil, again); !bytes.Equal(a, b) {
		t.Errorf("scrubbing twice changes the event:\n%s\n%s", a, b)
	}
}

func TestScrubbingCanBeTurnedOffAndExtended(t *testing.T) {
	t.Parallel()
	off, err := Parse([]byte(secretive), ParseOptions{Scrubber: NewScrubber(ScrubOptions{Disabled: true})})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(AppendJSON(nil, off)); strings.Contains(text, filtered) || !strings.Contains(text, "hunter2") {
		t.Errorf("something was replaced: %s", text)
	}
	noIP, err := Parse([]byte(secretive), ParseOptions{RemoteIP: "192.0.2.7", Scrubber: NewScrubber(ScrubOptions{Disabled: true, IPAddresses: true, SensitiveFields: []string{"plan"}})})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(AppendJSON(nil, noIP)); strings.Contains(text, "192.0.2") || strings.Contains(text, `"pro"`) || !strings.Contains(text, "hunter2") {
		t.Errorf("addresses or fields stayed: %s", text)
	}
}
