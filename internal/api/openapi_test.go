package api

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write web/openapi.json and testdata instead of comparing")

// documentFile is where the web client is generated from.
const documentFile = "../../web/openapi.json"

func TestDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	got, err := New(Options{}).Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run go test ./internal/api -run TestDocumentIsCurrent -update", documentFile)
	}
}

func TestDocsPage(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	New(Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/docs", nil))
	page := w.Body.String()
	for _, part := range []string{"/api/v1/projects/{project_id}/issues", "issue:read", `id="schema-Issue"`} {
		if w.Code != http.StatusOK || !strings.Contains(page, part) {
			t.Errorf("docs (%d) lack %q", w.Code, part)
		}
	}
	if strings.Contains(page, "http://") || strings.Contains(page, "<script") {
		t.Error("docs load something from elsewhere or run a script")
	}
}
