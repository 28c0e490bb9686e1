package skim

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestObject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in      string
		members int
		length  int
		ok      bool
	}{
		{`{}`, 0, 2, true},
		{`{ }x`, 0, 3, true},
		{`{"a":1}` + "\n", 1, 7, true},
		{`{"a" : {"b":"}\""} , "c":[1,"]"]}`, 2, 33, true},
		{`{"a":1,}`, 0, 0, false},
		{`{"a":1`, 0, 0, false},
		{`{"a":[}`, 0, 0, false},
		{`{a:1}`, 0, 0, false},
		{``, 0, 0, false},
		{`[]`, 0, 0, false},
	}
	for _, tt := range tests {
		members := 0
		n, err := Object([]byte(tt.in), func(_, _ []byte) bool { members++; return true })
		if (err == nil) != tt.ok || tt.ok && (n != tt.length || members != tt.members) {
			t.Errorf("%s: %d members, length %d, %v", tt.in, members, n, err)
		}
	}
}

func TestArray(t *testing.T) {
	t.Parallel()
	var items []string
	n, err := Array([]byte(`[ 1, "a,b" ,{"c":[]} ] `), func(item []byte) bool {
		items = append(items, string(item))
		return true
	})
	if err != nil || n != 22 || len(items) != 3 || items[1] != `"a,b"` {
		t.Errorf("%d %q %v", n, items, err)
	}
	for _, bad := range []string{`[1,]`, `[1`, `[`, `{}`} {
		if _, err := Array([]byte(bad), func([]byte) bool { return true }); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestTextsOfEveryLength(t *testing.T) {
	t.Parallel()
	for length := range 70 {
		for _, fill := range []string{"a", "!", "#", "\xa2", "\\\"", "\\\\"} { // bytes near a quote, and those that escape
			text := `"` + strings.Repeat(fill, length) + `"`
			for _, rest := range []string{"", `:1`, `,"another long text behind it"`} {
				if n, err := Value([]byte(text + rest)); n != len(text) || err != nil {
					t.Errorf("%s%s: %d, %v", text, rest, n, err)
				}
			}
			if _, err := Value([]byte(text[:len(text)-1])); err == nil {
				t.Errorf("%s: no error without the last quote", text)
			}
		}
	}
}

func BenchmarkWhole(b *testing.B) {
	body := []byte(`{"frames":[` + strings.Repeat(`{"function":"inner","module":"django.core.handlers.exception","lineno":500,"in_app":false},`, 60) + `{}]}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if !Whole(body) {
			b.Fatal("not whole")
		}
	}
}

// What encoding/json reads as an object or a list, skim must walk to its end.
func FuzzSkim(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":"c\\"}]}`, `["\"",{}]`, `{"":{"":[]}}`, `[[[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		everything := func(_, v []byte) bool { _ = v; return true }
		_, _ = Object(b, everything)
		_, _ = Array(b, func([]byte) bool { return true })
		Whole(b)
		if !json.Valid(b) || len(b) > maxDepth {
			return
		}
		b = b[Space(b):]
		switch {
		case b[0] == '{':
			if n, err := Object(b, everything); err != nil || n+Space(b[n:]) != len(b) {
				t.Errorf("%q: %d, %v", b, n, err)
			}
		case b[0] == '[':
			if m, arrayErr := Array(b, func([]byte) bool { return true }); arrayErr != nil || m+Space(b[m:]) != len(b) {
				t.Errorf("%q: %d, %v", b, m, arrayErr)
			}
		}
	})
}
