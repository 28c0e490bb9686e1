package ingesttest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Recorded is one request of the corpus of real clients.
type Recorded struct {
	// Name is "client/number".
	Name    string
	Method  string
	Path    string
	Headers http.Header
	Body    []byte
	// Answered is the status the recorder gave.
	Answered int
}

// Request makes an HTTP request of r.
func (r *Recorded) Request() *http.Request {
	req := httptest.NewRequest(r.Method, "http://127.0.0.1"+r.Path, bytes.NewReader(r.Body))
	req.Header = r.Headers.Clone()
	return req
}

// Corpus returns the recorded requests; the test is skipped when they are not
// beside the repository.
func Corpus(t testing.TB) []Recorded {
	t.Helper()
	dir := corpusDir(t)
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.http-meta.json"))
	if err != nil || len(names) == 0 {
		t.Skip("the corpus of real clients is not beside the repository")
	}
	var all []Recorded
	for _, name := range names {
		var meta struct {
			Method  string      `json:"method"`
			Path    string      `json:"path"`
			Headers http.Header `json:"headers"`
			Status  int         `json:"status"`
		}
		raw, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, &meta)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		stem := strings.TrimSuffix(name, ".http-meta.json")
		body, err := os.ReadFile(stem + ".body")
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(dir, stem)
		all = append(all, Recorded{Name: rel, Method: meta.Method, Path: meta.Path, Headers: meta.Headers, Body: body, Answered: meta.Status})
	}
	return all
}

func corpusDir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return filepath.Join(dir, "..", "shared", "corpus", "sdk")
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no go.mod above the test")
	return ""
}
