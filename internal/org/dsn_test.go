package org

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mesher/mesher/internal/fault"
)

func TestParseDSN(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]DSN{
		"http://abc@127.0.0.1:8080/1":             {Scheme: "http", Host: "127.0.0.1:8080", Key: "abc", Project: "1"},
		"https://abc:old@example.org/mesher/x/42": {Scheme: "https", Host: "example.org", Prefix: "/mesher/x", Key: "abc", Project: "42"},
		" http://abc@[::1]:9/7/ ":                 {Scheme: "http", Host: "[::1]:9", Key: "abc", Project: "7"},
	} {
		got, err := ParseDSN(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for _, text := range []string{"", "abc", "ftp://a@h/1", "http://h/1", "http://a@h", "http://a@h/", "http://a@/1", "http://a@h:%/1"} {
		if _, err := ParseDSN(text); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want an invalid field", text, err)
		}
	}
}

func TestDSNText(t *testing.T) {
	t.Parallel()
	const text = "https://abc@example.org/pre/42"
	d, err := ParseDSN(text)
	if err != nil {
		t.Fatal(err)
	}
	if d.String() != text || d.BaseURL() != "https://example.org/pre" {
		t.Errorf("got %s and %s", d, d.BaseURL())
	}
}

func TestNewDSN(t *testing.T) {
	t.Parallel()
	for want, base := range map[string]string{
		"https://abc@example.org/pre/7": "https://example.org/pre/",
		"http://abc@127.0.0.1:8080/7":   "http://127.0.0.1:8080",
	} {
		if got := NewDSN(base, "abc", 7).String(); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}
