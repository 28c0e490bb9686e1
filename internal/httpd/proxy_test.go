package httpd

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mesher/mesher/internal/fault"
)

func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	proxies, err := ParseProxies("127.0.0.1, 10.0.0.0/8, ::1")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		peer, forwarded, want string
	}{
		"passed on":              {"127.0.0.1:5", "203.0.113.9", "203.0.113.9:0"},
		"two proxies":            {"10.1.1.1:5", "203.0.113.9, 10.2.2.2", "203.0.113.9:0"},
		"a forged hop":           {"10.1.1.1:5", "1.2.3.4, 203.0.113.9", "203.0.113.9:0"},
		"IPv6":                   {"[::1]:5", "2001:db8::1", "[2001:db8::1]:0"},
		"straight from a client": {"203.0.113.9:5", "1.2.3.4", "203.0.113.9:5"},
		"no header":              {"127.0.0.1:5", "", "127.0.0.1:5"},
		"rubbish":                {"127.0.0.1:5", "203.0.113.9, x", "127.0.0.1:5"},
		"mapped":                 {"[::ffff:127.0.0.1]:5", "203.0.113.9", "203.0.113.9:0"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		var got string
		behind(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
	if _, err := ParseProxies("10.0.0.0/99"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a bad range: %v", err)
	}
}
