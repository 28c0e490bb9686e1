package httpd

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Check is one condition for taking traffic. Run returns nil when it holds; the
// error says what is wrong in words for the operator and holds no secret.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// checkTimeout bounds one check, so that a hanging database reads as not ready.
const checkTimeout = 2 * time.Second

// checked is one check's outcome in the answer of /readyz.
type checked struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
}

// healthz says that the process answers, and nothing else: whoever restarts on
// its failure must not do so because a database is away.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func readiness(checks []Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, word := http.StatusOK, "ready"
		results := make([]checked, len(checks))
		for i, c := range checks {
			if results[i] = c.run(r.Context()); !results[i].OK {
				status, word = http.StatusServiceUnavailable, "not_ready"
			}
		}
		writeJSON(w, status, map[string]any{"status": word, "checks": results})
	})
}

func (c Check) run(ctx context.Context) checked {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := c.Run(ctx); err != nil {
		return checked{Name: c.Name, Reason: err.Error()}
	}
	return checked{Name: c.Name, OK: true}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // impossible: strings and flags only
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone when this fails
}
