package grouping

import (
	"strings"
	"testing"
	"testing/quick"
)

func TestParameterize(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain words stay", "plain words stay"},
		{"payment 123 declined for user 7", "payment <n> declined for user <v>"},
		{"  many   spaces\tand\n\nlines\nthird", "many spaces and lines"},
		{"missing ids: 1, 2 and 3", "missing ids: <n>"},
		{"status code 404 after 3 tries", "status code 404 after <n> tries"},
		{"GET /orders/17 returned 503 Service Unavailable", "GET <path> returned 503 Service Unavailable"},
		{"SQLSTATE[23505]: duplicate key 17", "SQLSTATE[23505]: duplicate key <n>"},
		{"[Errno 111] connect to 10.0.0.7:6379 failed", "[Errno 111] connect to <host> failed"},
		{"exited with code 137 after 2m30s", "exited with code 137 after <dur>"},
		{"mail to zoe@x.test bounced", "mail to <email> bounced"},
		{"see https://a.test/x?y=1, then retry", "see <url>, then retry"},
		{"id 7c1811ed-e98f-4c9c-a9f9-58c757ff494f gone", "id <n> gone"},
		{"at 2024-01-02T03:04:05.678Z or Mon, 02 Jan 2006 15:04:05 MST", "at <date>"},
		{"Unknown encoding: utf-8", "Unknown encoding: utf-8"},
		{"TLSv1.3 over HTTP/2 with sha256", "TLSv1.3 over HTTP/2 with sha256"},
		{"Cannot read properties of undefined (reading 'user.id')", "Cannot read properties of undefined (reading 'user.id')"},
		{"Fee::add() called", "Fee::add() called"},
		{"undefined function Shop.Cart.add/2", "undefined function Shop.Cart.add/2"},
		{"cus_Nf9qA1xYz3b2Kd not found", "cus_<n> not found"},
		{"pod api-7d9c6b5f4-x2k8q evicted", "pod api-<n> evicted"},
		{"order A77 and order B1090", "order <n> and order <n>"},
		{"processed 4,150,908 rows (1.5 GB)", "processed <n> rows"},
		{`{"ok": true, "id": "x17", "kind": "card"}`, `{"ok": <v>, "id": <v>, "kind": "card"}`},
		{"open C:\\temp\\a1.txt: denied", "open <path>: denied"},
		{"Failed password for root from 10.0.0.1 port 22 ssh2", "Failed password for <v> from <host> port <n> ssh2"},
		{"KeyError: 'user_id'", "KeyError: 'user_id'"},
		{"blk_1 blk_2 blk_3 lost", "blk_<n> lost"},
	}
	for _, tt := range tests {
		if got := Parameterize(tt.in); got != tt.want {
			t.Errorf("Parameterize(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if got := string(AppendParameterized([]byte("x"), tt.in)); got != "x"+tt.want {
			t.Errorf("AppendParameterized(%q) = %q", tt.in, got)
		}
	}
}

func TestParameterizeDoesNotAllocateWhenNothingMatches(t *testing.T) {
	for _, s := range []string{"connection refused", "user account is locked: try later", strings.Repeat("plain words ", 200) + "end", "trailing newline\n", "TLSv1.3 and utf-8 stay (as they are)"} {
		if n := testing.AllocsPerRun(100, func() { Parameterize(s) }); n != 0 {
			t.Errorf("Parameterize(%.40q) allocates %v times", s, n)
		}
	}
}

func TestAppendParameterizedDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 4096)
	const line = "GET https://a.test/x took 250ms for user 17 at 10.0.0.1:80"
	if n := testing.AllocsPerRun(100, func() { buf = AppendParameterized(buf[:0], line) }); n != 0 {
		t.Errorf("allocates %v times", n)
	}
}

// looked counts the steps of the scanner by how much text it can at most look at twice.
func TestParameterizeReadsHostileTextOnce(t *testing.T) {
	t.Parallel()
	for unit, text := range hostile(1 << 20) {
		if got := Parameterize(text); len(got) > maxMessage*2 {
			t.Errorf("%q: %d bytes come out of %d", unit, len(got), maxMessage)
		}
	}
}

func TestParameterizeIsIdempotentOnRandomText(t *testing.T) {
	t.Parallel()
	idempotent := func(s string) bool { once := Parameterize(s); return Parameterize(once) == once }
	if err := quick.Check(idempotent, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func FuzzParameterize(f *testing.F) {
	for unit := range hostile(64) {
		f.Add(unit)
	}
	for _, s := range []string{"a 1, 2 and 3 (4) b=5 'c': 'd6' 10.0.0.1:80 fe80::1%eth0 2024-01-02T03:04:05Z", "user=17 for user bob x.y.com/2 <n>, <n> <1s $$Lambda$1/2@3", `"k": -1e5, 'x': True C:\a\b \\h\s ~/a/b file:/x/y`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Parameterize(s)
		if string(AppendParameterized(nil, s)) != once {
			t.Fatalf("Parameterize and AppendParameterized differ on %q", s)
		}
		if twice := Parameterize(once); twice != once {
			t.Fatalf("not idempotent: %q\n  once  %q\n  twice %q", s, once, twice)
		}
	})
}
