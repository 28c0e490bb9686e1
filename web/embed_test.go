package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		".stub":              {Data: []byte("stub")},
		"index.html":         {Data: []byte("<title>Mesher</title>")},
		"theme.js":           {Data: []byte("theme")},
		"assets/app-1.js":    {Data: []byte("plain")},
		"assets/app-1.js.gz": {Data: []byte("squeezed")},
	}
}

func get(t *testing.T, files fstest.MapFS, target, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	handler{files: files}.ServeHTTP(w, r)
	return w.Result()
}

func TestHandler(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, target, encoding string
		status                 int
		body, cache, kind      string
	}{
		{"root", "/", "", 200, "<title>Mesher</title>", "no-cache", "text/html; charset=utf-8"},
		{"page of the browser's router", "/projects/1/issues", "", 200, "<title>Mesher</title>", "no-cache", "text/html; charset=utf-8"},
		{"hashed file", "/assets/app-1.js", "", 200, "plain", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"},
		{"compressed twin", "/assets/app-1.js", "gzip, br", 200, "squeezed", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"},
		{"file without hash", "/theme.js", "", 200, "theme", "no-cache", "text/javascript; charset=utf-8"},
		{"file of an older build", "/assets/app-0.js", "", 404, "404 page not found\n", "", "text/plain; charset=utf-8"},
		{"stub is no page", "/.stub", "", 200, "<title>Mesher</title>", "no-cache", "text/html; charset=utf-8"},
		{"path that climbs", "/../../etc/passwd", "", 200, "<title>Mesher</title>", "no-cache", "text/html; charset=utf-8"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp := get(t, built(), tc.target, tc.encoding)
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{string(body), resp.Header.Get("Cache-Control"), resp.Header.Get("Content-Type")}
			want := []string{tc.body, tc.cache, tc.kind}
			if resp.StatusCode != tc.status || strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("GET %s = %d %q, want %d %q", tc.target, resp.StatusCode, got, tc.status, want)
			}
		})
	}
}

func TestHandlerWithoutBuildSaysHowToBuild(t *testing.T) {
	t.Parallel()
	resp := get(t, fstest.MapFS{".stub": {}}, "/", "gzip")
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || !strings.Contains(string(body), "make web") {
		t.Errorf("GET / = %d %q, want a page that names make web", resp.StatusCode, body)
	}
}

func TestHandlerRefusesWrites(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	handler{files: built()}.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST / = %d, want 405", w.Code)
	}
}

func TestFilesHoldTheStub(t *testing.T) {
	t.Parallel()
	f, err := Files().Open(".stub")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}
