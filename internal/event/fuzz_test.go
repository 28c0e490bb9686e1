package event

import (
	"testing"
	"unicode/utf8"

	"github.com/mesher/mesher/test/allocs"
)

// checkSize bounds what the store keeps of an event by what its client sent:
// normalization cuts, and adds no more than keys, defaults and notes.
func checkSize(t *testing.T, raw []byte, e *Event) {
	if n := len(AppendJSON(nil, e)); n > 16*len(raw)+64<<10 {
		t.Errorf("%d bytes became %d", len(raw), n)
	}
}

func FuzzScrubText(f *testing.F) {
	for _, seed := range []string{
		"password=hunter2 for https://u:p@h/x", "card 4111 1111 1111 1111, token: Bearer abc.def", "ghp_0123456789abcdefghijABCDEFGHIJ012345",
		"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", `{"api_key":"x","Cookie":"a=b; c=d"}`, "a=\xff\x00b",
	} {
		f.Add(seed, 40)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 4 + max(limit, -limit)&0xffff
		allocs.AtMost(t, 128*len(text), func() {
			once := defaultScrubber.Clean(text, limit)
			if !utf8.ValidString(once) || utf8.RuneCountInString(once) > limit {
				t.Fatalf("%q became %q", text, once)
			}
			if utf8.RuneCountInString(text) > limit {
				return // what is cut in the middle may look different afterwards
			}
			if twice := defaultScrubber.Clean(once, limit); utf8.RuneCountInString(once) < limit && twice != once {
				t.Errorf("%q became %q, then %q", text, once, twice)
			}
		})
	})
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2026-11-23T14:00:44", "1795442400.5", "1795442400000000000", "2026-11-23 14:00:44.5+02:00", "1e400", "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if micros, ok := ParseTime(text); ok && (micros < 0 || micros > lastMicros) {
			t.Errorf("%q is %d", text, micros)
		}
	})
}

func FuzzNormalizeID(f *testing.F) {
	f.Add("9EC79C33-EC99-42AB-8353-589FCB2E04DC")
	f.Add("00000000000000000000000000000000")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := NormalizeID(text)
		if again, same := NormalizeID(id); ok && (!same || again != id || len(id) != 32) {
			t.Errorf("%q became %q, then %q", text, id, again)
		}
	})
}

func FuzzParseUserAgent(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0")
	f.Fuzz(func(t *testing.T, header string) {
		if a := ParseUserAgent(header); len(a.BrowserVersion) > len(header) {
			t.Errorf("%+v", a)
		}
	})
}
