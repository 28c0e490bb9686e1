package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mesher/mesher/internal/fault"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		status int
		code   string
		detail string
		field  string
		retry  string
	}{
		{"field", fault.Field("body.name", "too long"), 400, "invalid", "too long", "body.name", ""},
		{"limit", &fault.Error{Code: fault.RateLimited, Message: "slow down", RetryAfter: 1500 * time.Millisecond}, 429, "rate_limited", "slow down", "", "2"},
		{"secret", errors.New("pq: password is hunter2"), 500, "internal", "internal error", "", ""},
		{"library", WithStatus(http.StatusNotAcceptable, "no"), 406, "unsupported", "no", "", ""},
		{"wrapped", errors.Join(errors.New("x"), fault.New(fault.NotFound, "gone")), 404, "not_found", "gone", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			w.Header().Set("X-Request-Id", "r1")
			Write(w, tt.err)
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || p.Status != tt.status || p.Code != tt.code || p.Detail != tt.detail || p.RequestID != "r1" {
				t.Errorf("got %d %+v", w.Code, p)
			}
			if tt.field != "" && (len(p.Errors) != 1 || p.Errors[0].Location != tt.field) {
				t.Errorf("errors = %+v", p.Errors)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After = %q", got)
			}
			if got := w.Header().Get("Content-Type"); got != ContentType {
				t.Errorf("Content-Type = %q", got)
			}
		})
	}
}
