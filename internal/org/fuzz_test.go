package org

import "testing"

func FuzzParseDSN(f *testing.F) {
	f.Add("http://0123456789abcdef0123456789abcdef@127.0.0.1:8080/1")
	f.Add("https://key:secret@[::1]:9/some/path/7/")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDSN(text)
		if err == nil && (d.Key == "" || d.Host == "" || d.Project == "") {
			t.Errorf("%q is %+v", text, d)
		}
	})
}
